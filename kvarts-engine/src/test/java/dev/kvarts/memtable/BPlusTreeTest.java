package dev.kvarts.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.cache.MemoryBudget.Account;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;

/// The shape of the tree.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BPlusTreeTest {
    private static final int KEYS = 20_000;
    private static final byte[] NO_VALUE = new byte[0];

    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final ChunkPool pool = new ChunkPool(budget, 64 << 10, 0);
    private final Epochs epochs = new Epochs(null); // nobody waits
    private BPlusTree tree;
    private SortedStore store = newStore(null);
    private long sequence;

    private SortedStore newStore(SortedStore before) {
        return new SortedStore(
                pool,
                budget,
                epochs,
                new LiveSnapshots(() -> sequence, epochs, false),
                2,
                before,
                0,
                (memory, arenas, heads) -> tree = new BPlusTree(memory, arenas, heads));
    }

    @AfterEach
    void close() {
        store.release();
        pool.close();
        assertEquals(0, budget.used(Account.MEMORY_STORES));
    }

    private void put(byte[] key) {
        SortedStores.put(store, key, NO_VALUE, ++sequence);
    }

    private void put(String key) {
        put(key.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void nastyKeysMakeASoundTree() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var keys = new TreeSet<byte[]>(Arrays::compareUnsigned);
        for (int round = 0; round < 40; round++) {
            for (int i = 0; i < 200; i++) {
                byte[] key = SortedStores.nastyKey(random);
                keys.add(key);
                put(key);
            }
            assertEquals(keys.size(), TreeCheck.of(tree).keys(), "seed=" + seed);
        }
    }

    @Test
    void keysAtRandomFillTwoThirdsOfTheirLeaves() {
        var random = new Random(7);
        for (int i = 0; i < KEYS; i++) {
            byte[] key = new byte[12];
            random.nextBytes(key);
            put(key);
        }
        TreeCheck check = TreeCheck.of(tree);
        assertTrue(check.keysPerLeaf() > 9, "keys per leaf " + check.keysPerLeaf());
    }

    @Test
    void ascendingKeysFillTheirLeaves() {
        for (int i = 0; i < KEYS; i++) {
            put(String.format("%012d", i));
        }
        TreeCheck check = TreeCheck.of(tree);
        assertTrue(check.keysPerLeaf() > 13.9, "keys per leaf " + check.keysPerLeaf());
    }

    @Test
    void severalAscendingSequencesFillTheirLeaves() {
        for (int i = 0; i < KEYS; i++) {
            put(String.format("%02d/%08d", i % 50, i));
        }
        TreeCheck check = TreeCheck.of(tree);
        assertTrue(check.keysPerLeaf() > 11, "keys per leaf " + check.keysPerLeaf());
    }

    @Test
    void descendingKeysFillHalfOfTheirLeaves() {
        for (int i = KEYS; i > 0; i--) {
            put(String.format("%012d", i));
        }
        TreeCheck check = TreeCheck.of(tree);
        assertTrue(check.keysPerLeaf() > 6.9, "keys per leaf " + check.keysPerLeaf());
    }

    @Test
    void descendingKeysBehindAscendingOnesFillHalfOfTheirLeaves() {
        for (int i = 0; i < 14; i++) {
            put(String.format("%012d", i));
        }
        for (int i = KEYS; i > 14; i--) {
            put(String.format("%012d", i));
        }
        TreeCheck check = TreeCheck.of(tree);
        assertTrue(check.keysPerLeaf() > 6.9, "keys per leaf " + check.keysPerLeaf());
    }

    @Test
    void shortSequencesAtRandomFillHalfOfTheirLeaves() {
        var random = new Random(7);
        for (int i = 0; i < KEYS / 4; i++) {
            String order = Integer.toString(random.nextInt(1 << 30), 36);
            for (int line = 0; line < 4; line++) {
                put(order + "/" + line);
            }
        }
        TreeCheck check = TreeCheck.of(tree);
        assertTrue(check.keysPerLeaf() > 7, "keys per leaf " + check.keysPerLeaf());
    }

    @Test
    void headsBeginBehindWhatTheKeysOfALeafHaveInCommon() {
        for (int i = 0; i < KEYS; i++) {
            int number = (int) (i * 7919L % KEYS);
            put(String.format("customer-%04d/order-%06d", number / 100, number));
        }
        TreeCheck check = TreeCheck.of(tree);
        // In the leaves with keys of two customers, of which each has a hundred keys.
        int most = KEYS / 100 * TreeNode.SLOTS;
        assertTrue(check.equalHeads() < most, "equal heads " + check.equalHeads());
    }

    @Test
    void overwritingTakesNoMoreNodes() {
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 2000; i++) {
                put("key" + i);
            }
        }
        TreeCheck check = TreeCheck.of(tree);
        assertEquals(2000, check.keys());
        assertTrue(check.leaves() < 2000 / 6, "leaves " + check.leaves());
    }

    @Test
    void nodesOutOfUseAreUsedAgain() {
        var random = new Random(7);
        for (int i = 0; i < KEYS; i++) {
            byte[] key = new byte[12];
            random.nextBytes(key);
            put(key);
        }
        // 48 bytes a record; a leaf takes 256 bytes for 9 keys, what is above it a third of that.
        long most = KEYS * (48 + 256 / 9 * 4 / 3) + 4 * (64 << 10);
        assertTrue(store.sizeBytes() < most, "bytes " + store.sizeBytes() + " most " + most);
    }

    @Test
    void aStoreThatIsPinnedGrowsButKeepsItsNodes() {
        put("first");
        int token = epochs.enter();
        SortedIndex.Cursor cursor = tree.cursor();
        store.pin();
        epochs.exit(token);
        for (int i = 0; i < KEYS; i++) {
            put("key" + i);
        }
        assertTrue(cursor.next() != 0);
        store.unpin();
    }

    @Test
    void whatALargeBatchReservesIsEnough() {
        for (int i = 0; i < 500; i++) {
            put("key" + i * 1000);
        }
        int links = 10_000;
        byte[][] keys = new byte[links][];
        long[] references = new long[links];
        for (int i = 0; i < links; i++) {
            keys[i] = ("key" + (i % 500) * 1000 + "/" + i).getBytes(StandardCharsets.UTF_8);
            references[i] = store.reserve(0, keys[i].length);
            store.fill(0, references[i], EntryFormat.PUT, keys[i], keys[i].length, NO_VALUE, 0);
        }
        for (int i = 0; i < links; i++) {
            store.link(0, references[i], ++sequence);
        }
        assertEquals(links + 500, TreeCheck.of(tree).keys());
    }
}
