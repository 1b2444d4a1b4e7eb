package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Many threads that read and then write the same key: each of them gets its turn.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ContendedUpdateTest {
    private static final int INCREMENTS = 4_000;
    private static final byte[] COUNTER = Samples.bytes("counter");

    @TempDir private Path directory;

    /// A thread that was taken off its processor between its record in the log and the rise of the
    /// watermark made all others use up their attempts, and throw.
    @Test
    void incrementsOfManyThreadsAddUpAndNoneIsRefused() throws Exception {
        for (int threads = 4; threads <= 8; threads += 4) {
            long before = sum();
            try (Database db = open()) {
                Keyspace keyspace = db.hashed("k");
                together(
                        threads,
                        () -> {
                            for (int i = 0; i < INCREMENTS; i++) {
                                keyspace.increment(COUNTER, 1);
                            }
                        });
            }
            assertEquals(before + (long) threads * INCREMENTS, sum());
        }
    }

    /// Writers of other keys hold the watermark back as well.
    @Test
    void incrementsAddUpBesideWritersOfOtherKeys() throws Exception {
        try (Database db = open()) {
            Keyspace keyspace = db.hashed("k");
            together(
                    4,
                    () -> {
                        byte[] own = Samples.bytes(Thread.currentThread().getName());
                        for (int i = 0; i < INCREMENTS; i++) {
                            keyspace.increment(COUNTER, 1);
                            keyspace.put(own, own);
                        }
                    });
        }
        assertEquals(4 * INCREMENTS, sum());
    }

    @Test
    void appendsOfManyThreadsAreAllThere() throws Exception {
        try (Database db = open()) {
            Keyspace keyspace = db.hashed("k");
            together(
                    6,
                    () -> {
                        for (int i = 0; i < 300; i++) {
                            keyspace.append(COUNTER, new byte[] {1});
                        }
                    });
            assertEquals(6 * 300, keyspace.get(COUNTER).length);
        }
    }

    private Database open() {
        return Kvarts.open(directory, Samples.small());
    }

    private long sum() {
        try (Database db = open()) {
            return db.hashed("k").increment(COUNTER, 0);
        }
    }

    private static void together(int threads, Runnable task) throws Exception {
        try (var executor = Executors.newFixedThreadPool(threads)) {
            List<Callable<Object>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                tasks.add(Executors.callable(task));
            }
            for (Future<Object> done : executor.invokeAll(tasks)) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }
}
