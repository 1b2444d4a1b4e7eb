package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.function.IntConsumer;

/// A put allocates nothing, a get nothing but the array that it returns.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class AllocationTest {
    private static final int KEYS = 1000;
    private static final int WARM_UP = 40_000;
    private static final int MEASURED = 10_000;
    private static final int VALUE_SIZE = 100;
    private static final int ARRAY_SIZE = 16 + VALUE_SIZE + 4; // header, padding

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final byte[][] keys = new byte[KEYS][];
    private long seen;

    /// Least bytes per operation of a few measurements: the compiler allocates now and then.
    private double bytesPerOperation(IntConsumer operation) {
        for (int i = 0; i < WARM_UP; i++) {
            operation.accept(i);
        }
        double least = Double.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < MEASURED; i++) {
                operation.accept(i);
            }
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            least = Math.min(least, (double) bytes / MEASURED);
        }
        return least;
    }

    @Test
    void putsAllocateNothingAndGetsOnlyWhatTheyReturn(@TempDir Path folder) {
        for (int i = 0; i < KEYS; i++) {
            keys[i] = Samples.key(i);
        }
        byte[] value = new byte[VALUE_SIZE];
        try (Database db = Kvarts.open(folder, Samples.roomy())) {
            Keyspace keyspace = db.hashed("k");
            assertAtMost(1, "put", i -> keyspace.put(keys[i % KEYS], value));
            assertAtMost(
                    ARRAY_SIZE + 1,
                    "get from memory",
                    i -> seen += keyspace.get(keys[i % KEYS]).length);
            assertAtMost(1, "contains", i -> seen += keyspace.contains(keys[i % KEYS]) ? 1 : 0);
            db.flush();
            assertAtMost(
                    ARRAY_SIZE + 1,
                    "get from a run",
                    i -> seen += keyspace.get(keys[i % KEYS]).length);
            assertAtMost(1, "delete", i -> keyspace.delete(keys[i % KEYS]));
        }
    }

    @Test
    void stepsOfACursorAllocateNothing(@TempDir Path folder) {
        byte[] value = new byte[VALUE_SIZE];
        byte[] key = new byte[Samples.key(0).length];
        try (Database db = Kvarts.open(folder, Samples.roomy())) {
            OrderedKeyspace keyspace = db.ordered("o");
            for (int round = 0; round < 2; round++) { // two runs, one above the other
                for (int i = round; i < KEYS; i += 2) {
                    keyspace.put(Samples.key(i), value);
                }
                db.flush();
            }
            keyspace.put(Samples.key(0), value);
            try (OrderedCursor cursor = keyspace.cursor()) {
                assertAtMost(
                        1,
                        "next",
                        _ -> {
                            if (!cursor.next()) {
                                cursor.first();
                            }
                            seen += cursor.key(key) + cursor.value(value);
                        });
            }
        }
    }

    private void assertAtMost(double bytes, String what, IntConsumer operation) {
        double measured = bytesPerOperation(operation);
        assertTrue(measured <= bytes, what + " allocates bytes " + measured);
    }
}
