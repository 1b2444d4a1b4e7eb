package dev.kvarts.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.Lookup;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongUnaryOperator;

/// Whoever is on the way to a leaf while that is split gets to the right half of it. All threads
/// are after the keys of one leaf, the one that is split again and again: else they meet too seldom
/// for a test to see it.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SplitRaceTest {
    private static final int KEYS = 100_000;
    private static final int READERS = 3;
    private static final byte[] NO_VALUE = new byte[0];

    private final SortedStores stores = new SortedStores();
    private final SortedStore store = stores.store;
    private final long seed = new Random().nextLong();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    @AfterEach
    void close() {
        stores.close();
    }

    private static byte[] key(long number) {
        byte[] key = new byte[Long.BYTES];
        Bytes.putLong(key, 0, Long.reverseBytes(number));
        return key;
    }

    private void start(Runnable task) {
        threads.add(
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        task.run();
                                    } catch (Throwable e) {
                                        failure.compareAndSet(null, e);
                                        stop.set(true);
                                    }
                                }));
    }

    /// Links one key after the other, beside the readers.
    private void write(LongUnaryOperator keyOf) throws InterruptedException {
        for (int i = 0; i < KEYS && !stop.get(); i++) {
            SortedStores.putInPlace(store, key(keyOf.applyAsLong(i)), NO_VALUE, i + 1);
            stores.visible.set(i + 1);
        }
        finish();
    }

    private void finish() throws InterruptedException {
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertNull(failure.get(), () -> "seed=" + seed + " " + failure.get());
    }

    /// Descending keys split the first leaf; its right half has the seventh to the last and others.
    @Test
    void lookupsFindTheKeysOfTheRightHalf() throws InterruptedException {
        for (int t = 0; t < READERS; t++) {
            var random = new Random(seed + t);
            start(() -> readTheLast(random));
        }
        write(i -> KEYS - i);
    }

    private void readTheLast(Random random) {
        var lookup = new Lookup();
        while (!stop.get()) {
            int token = stores.epochs.enter();
            long visible = stores.visible.get();
            int before = TreeNode.SLOTS / 2 + random.nextInt(TreeNode.SLOTS / 2);
            if (visible > before) {
                stores.find(lookup, key(KEYS - (visible - 1 - before)), visible);
                assertTrue(lookup.found, "visible=" + visible + " before=" + before);
                assertEquals(visible - before, lookup.sequence);
            }
            stores.epochs.exit(token);
        }
    }

    /// Pairs of keys, the second first, so that nothing ascends: the last leaf is split.
    @Test
    void cursorsBeginAtTheEndOfTheRightHalf() throws InterruptedException {
        for (int t = 0; t < READERS; t++) {
            start(this::walkFromTheEnd);
        }
        write(i -> i ^ 1);
    }

    private void walkFromTheEnd() {
        while (!stop.get()) {
            int token = stores.epochs.enter();
            long visible = stores.visible.get() & -2; // whole pairs
            if (visible != 0) {
                EntryCursor cursor = store.cursor(visible);
                cursor.last();
                long last = Long.reverseBytes(Bytes.getLong(cursor.key(), 0));
                assertEquals(visible - 1, last, "visible=" + visible);
            }
            stores.epochs.exit(token);
        }
    }
}
