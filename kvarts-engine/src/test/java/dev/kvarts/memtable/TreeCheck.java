package dev.kvarts.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Looks at every node of a tree at rest: keys in order, between the separators, each leaf linked
/// to its neighbours, heads in the order of the keys.
final class TreeCheck {
    private final BPlusTree tree;
    private final List<Long> leaves = new ArrayList<>();
    private long keys;
    private long equalHeads; // neighbours in a leaf

    private TreeCheck(BPlusTree tree) {
        this.tree = tree;
    }

    static TreeCheck of(BPlusTree tree) {
        var check = new TreeCheck(tree);
        long root = tree.root();
        check.node(BPlusTree.block(root), BPlusTree.height(root), null, null);
        for (int i = 0; i < check.leaves.size(); i++) {
            long leaf = check.leaves.get(i);
            assertEquals(i == 0 ? 0 : check.leaves.get(i - 1), check.word(leaf, TreeNode.BEFORE));
            long next = i + 1 == check.leaves.size() ? 0 : check.leaves.get(i + 1);
            assertEquals(next, check.word(leaf, TreeNode.NEXT));
        }
        return check;
    }

    private long word(long node, int index) {
        return tree.blocks.words(node)[tree.blocks.base(node) + index];
    }

    /// @param low lowest key that may be in it, or null
    /// @param high the keys in it are lower, or null
    private void node(long node, int height, byte[] low, byte[] high) {
        long order = word(node, 0);
        assertEquals(0, order & (TreeNode.LOCKED | TreeNode.CLOSED));
        int count = TreeNode.count(order);
        boolean[] seen = new boolean[TreeNode.SLOTS];
        for (int i = 0; i < count; i++) {
            int slot = TreeNode.slot(order, i);
            assertTrue(slot < count && !seen[slot], "order " + Long.toHexString(order));
            seen[slot] = true;
            if (i > 0) {
                assertTrue(head(node, order, i - 1) <= head(node, order, i));
            }
        }
        if (height == 0) {
            leaf(node, order, low, high);
        } else {
            inner(node, order, height, low, high);
        }
    }

    private long head(long node, long order, int position) {
        return word(node, TreeNode.HEADS + TreeNode.slot(order, position));
    }

    private void leaf(long leaf, long order, byte[] low, byte[] high) {
        leaves.add(leaf);
        byte[] before = null;
        for (int i = 0; i < TreeNode.count(order); i++) {
            byte[] key = key(word(leaf, TreeNode.LINKS + TreeNode.slot(order, i)));
            assertTrue(before == null || Arrays.compareUnsigned(before, key) < 0);
            assertTrue(low == null || Arrays.compareUnsigned(low, key) <= 0);
            assertTrue(high == null || Arrays.compareUnsigned(key, high) < 0);
            before = key;
            keys++;
            equalHeads += i > 0 && head(leaf, order, i - 1) == head(leaf, order, i) ? 1 : 0;
        }
    }

    private void inner(long node, long order, int height, byte[] low, byte[] high) {
        int count = TreeNode.count(order);
        assertTrue(count > 0);
        byte[] from = low;
        for (int i = 0; i < count; i++) {
            byte[] to = i + 1 < count ? separator(node, order, i + 1) : high;
            long child = word(node, TreeNode.LINKS + TreeNode.slot(order, i));
            node(child, height - 1, from, to);
            from = to;
        }
    }

    private byte[] separator(long node, long order, int position) {
        long record = word(word(node, TreeNode.SEPARATORS), TreeNode.slot(order, position));
        assertTrue(RecordLayout.kept(tree.memory, record));
        return key(record);
    }

    private byte[] key(long record) {
        var memory = tree.memory;
        byte[] key = new byte[RecordLayout.keySize(memory.chunk(record), memory.offset(record))];
        RecordLayout.copyKey(memory, record, key);
        return key;
    }

    long keys() {
        return keys;
    }

    int leaves() {
        return leaves.size();
    }

    double keysPerLeaf() {
        return (double) keys / leaves.size();
    }

    long equalHeads() {
        return equalHeads;
    }
}
