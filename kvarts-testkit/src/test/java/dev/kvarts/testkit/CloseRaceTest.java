package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/// Closing and dropping while others are at it.
final class CloseRaceTest {
    private static final int ROUNDS = 8;
    private static final int WARM = 20;

    private static Options options() {
        return Options.defaults()
                .withMemory(16 << 20)
                .withMemoryStore(64 << 10)
                .withLogSegmentBytes(256 << 10);
    }

    private interface Caller {
        void call(Database database, Keyspace keyspace, int i);
    }

    @Test
    void whoReadsOrWritesWhileOthersCloseGetsIllegalStateException(@TempDir Path directory)
            throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Database database = Kvarts.open(directory, options());
            race(database, database.hashed("race"), database::close);
        }
        try (Database database = Kvarts.open(directory, options())) {
            assertEquals(List.of(), database.verify().problems());
        }
    }

    @Test
    void whoReadsOrWritesWhileOthersDropGetsIllegalStateException(@TempDir Path directory)
            throws Exception {
        try (Database database = Kvarts.open(directory, options())) {
            for (int round = 0; round < ROUNDS; round++) {
                race(database, database.hashed("race"), () -> database.drop("race"));
            }
        }
    }

    private static void race(Database database, Keyspace keyspace, Runnable end) throws Exception {
        var failure = new AtomicReference<Throwable>();
        List<Caller> callers =
                List.of(
                        (_, k, i) -> k.put(key(i), new byte[200]),
                        (_, k, i) -> k.get(key(i)),
                        (_, k, i) -> k.get(key(i), value -> value.byteSize()),
                        (d, k, i) ->
                                d.write(
                                        d.batch()
                                                .put(k, key(i), new byte[50])
                                                .delete(k, key(i + 1))),
                        (_, k, _) -> walk(k));
        var warm = new CountDownLatch(callers.size());
        List<Thread> threads = new ArrayList<>();
        for (Caller caller : callers) {
            threads.add(
                    Thread.ofPlatform()
                            .uncaughtExceptionHandler((_, e) -> failure.compareAndSet(null, e))
                            .start(() -> callUntilClosed(caller, database, keyspace, warm)));
        }
        warm.await();
        end.run();
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new AssertionError("caller failed", failure.get());
        }
    }

    private static void callUntilClosed(
            Caller caller, Database database, Keyspace keyspace, CountDownLatch warm) {
        try {
            for (int i = 0; ; i++) {
                caller.call(database, keyspace, i);
                if (i == WARM) {
                    warm.countDown();
                }
            }
        } catch (IllegalStateException closed) {
            warm.countDown(); // as documented
        }
    }

    private static void walk(Keyspace keyspace) {
        try (Cursor cursor = keyspace.cursor()) {
            while (cursor.next()) {
                cursor.key();
            }
        }
    }

    private static byte[] key(int i) {
        return ByteBuffer.allocate(4).putInt(i % 5_000).array();
    }
}
