package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.WriteOptions;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/// An interrupt closes a file channel for everybody; here it must not.
final class InterruptTest {
    private static final int THREADS = 3;
    private static final int KEYS = 2_000;
    private static final int OPERATIONS = 20_000;

    @ParameterizedTest
    @EnumSource(ReadMode.class)
    void interruptingCallersAtRandomHarmsNobody(ReadMode mode, @TempDir Path directory)
            throws Exception {
        var options =
                Options.defaults()
                        .withMemory(16 << 20)
                        .withMemoryStore(64 << 10)
                        .withLogSegmentBytes(256 << 10)
                        .withReadMode(mode);
        var failure = new AtomicReference<Throwable>();
        try (Database database = Kvarts.open(directory, options)) {
            Keyspace keyspace = database.hashed("interrupted");
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int owner = i;
                threads.add(
                        Thread.ofPlatform()
                                .uncaughtExceptionHandler((_, e) -> failure.compareAndSet(null, e))
                                .start(() -> work(database, keyspace, owner)));
            }
            var random = new Random(7);
            while (threads.stream().anyMatch(Thread::isAlive)) {
                threads.get(random.nextInt(THREADS)).interrupt();
                Thread.yield();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            if (failure.get() != null) {
                throw new AssertionError("mode=" + mode, failure.get());
            }
            assertEquals(List.of(), database.verify().problems());
        }
    }

    private static void work(Database database, Keyspace keyspace, int owner) {
        int[] written = new int[KEYS];
        var random = new Random(owner);
        for (int i = 1; i <= OPERATIONS; i++) {
            int key = random.nextInt(KEYS);
            if (random.nextBoolean()) {
                keyspace.put(bytes(owner, key), bytes(key, i));
                written[key] = i;
            } else {
                byte[] expected = written[key] == 0 ? null : bytes(key, written[key]);
                assertArrayEquals(expected, keyspace.get(bytes(owner, key)));
            }
            if (i % 4_000 == 0) {
                keyspace.put(bytes(owner, key), bytes(key, i), WriteOptions.SYNC);
                written[key] = i;
                database.flush();
            }
        }
        assertTrue(keyspace.estimatedCount() > 0);
    }

    private static byte[] bytes(int a, int b) {
        return ByteBuffer.allocate(8).putInt(a).putInt(b).array();
    }
}
