package dev.kvarts.memtable;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.Lookup;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.management.ManagementFactory;
import java.util.function.IntConsumer;

/// Puts, lookups and moves allocate nothing on the heap.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SortedStoreAllocationTest {
    private static final int KEYS = 2000;
    private static final int WARM_UP = 30_000;
    private static final int MEASURED = 5_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final SortedStores stores = new SortedStores();
    private final byte[][] keys = new byte[KEYS][16];
    private final byte[] value = new byte[100];
    private long seen;

    @BeforeEach
    void fill() {
        for (int i = 0; i < KEYS; i++) {
            Bytes.putLong(keys[i], 0, i % 2 == 0 ? i * 0x9E3779B97F4A7C15L : 7);
            Bytes.putInt(keys[i], 12, i);
            stores.publish(keys[i], value);
        }
    }

    @AfterEach
    void close() {
        stores.close();
    }

    /// Least bytes per operation of a few measurements: the compiler allocates now and then.
    private void assertNone(String what, IntConsumer operation) {
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
        assertTrue(least < 1, what + " allocates bytes " + least);
    }

    @Test
    void overwritingAllocatesNothing() {
        assertNone(
                "put",
                i -> {
                    byte[] key = keys[i % KEYS];
                    long sequence = stores.visible.get() + 1;
                    SortedStores.putInPlace(stores.store, key, value, sequence);
                    stores.visible.set(sequence);
                });
    }

    @Test
    void lookingUpAllocatesNothing() {
        var lookup = new Lookup();
        assertNone(
                "find", i -> seen += stores.find(lookup, keys[i % KEYS], Long.MAX_VALUE).valueSize);
    }

    @Test
    void walkingAllocatesNothing() {
        EntryCursor cursor = stores.store.cursor(Long.MAX_VALUE);
        assertNone("next", _ -> seen += cursor.next() || cursor.first() ? cursor.keySize() : 0);
        assertNone("previous", _ -> seen += cursor.previous() || cursor.last() ? 1 : 0);
        assertNone("seek", i -> seen += cursor.seek(keys[i % KEYS], 16) ? 1 : 0);
    }
}
