package dev.kvarts.memtable;

import dev.kvarts.jobs.SpinLock;

import java.util.concurrent.atomic.AtomicInteger;

/// Makes a [BPlusTree] larger: splits full nodes, and sees to it that there is memory for that
/// before a record is linked.
///
/// **Memory.** A link may split a node of each level. What links that are reserved can need at the
/// worst is kept available: as many at a time as there are shards, and more when a batch reserves
/// several in a shard.
///
/// Thread safety: splits under the lock of the structure, `reserve` and `settle` under the lock of
/// the shard.
final class TreeGrowth {
    private static final int HEIGHT_MAX = 40; // of nodes half full: more than all memory
    private static final int ENTRIES = TreeNode.SLOTS + 1; // of a node that must be split
    private static final int LEFT = ENTRIES / 2;
    private static final int SHARD_STRIDE = 32; // ints: two cache lines, which are fetched in pairs
    private static final int LEAF_BLOCKS = 2; // of a split: two nodes
    private static final int INNER_BLOCKS = 4; // and their separators
    private static final int LEAF_SPLITS = 3;
    private static final int LINKS_PER_SPLIT = 3;

    // Fixed at construction.
    private final BPlusTree tree;
    private final StoreMemory memory;
    private final TreeBlocks blocks;
    private final int shards;

    /// Links reserved in each shard. Guarded by the shard's lock.
    private final int[] reserved;

    /// Links reserved in shards beyond one in each.
    private final AtomicInteger surplus = new AtomicInteger();

    // Guarded by the structure's lock.
    private final SpinLock structure = new SpinLock();
    private final long[] nodesAt = new long[HEIGHT_MAX + 1]; // level, the leaves' is 0
    private volatile long enough; // blocks for a link in each shard

    // The way to the leaf, by level; guarded by the structure's lock.
    private final long[] path = new long[HEIGHT_MAX + 1];
    private final int[] positions = new int[HEIGHT_MAX + 1];
    private final long[] lows = new long[HEIGHT_MAX + 1]; // separators on both sides; 0: none
    private final long[] highs = new long[HEIGHT_MAX + 1];

    // The entries of the node that is being split, in order; guarded by the structure's lock.
    private final long[] entryHeads = new long[ENTRIES];
    private final long[] entryLinks = new long[ENTRIES];
    private final long[] entrySeparators = new long[ENTRIES];

    TreeGrowth(BPlusTree tree, int shards) {
        this.tree = tree;
        this.memory = tree.memory;
        this.blocks = tree.blocks;
        this.shards = shards;
        this.reserved = new int[shards * SHARD_STRIDE];
        blocks.ensure(1);
        long leaf = blocks.take();
        long[] words = blocks.words(leaf);
        int base = blocks.base(leaf);
        words[base + TreeNode.NEXT] = 0;
        words[base + TreeNode.BEFORE] = 0;
        words[base + TreeNode.SKIP] = -1;
        words[base] = 0;
        nodesAt[0] = 1;
        tree.setRoot(leaf, 0);
        enough = worst(shards);
    }

    // Memory.

    void reserve(int shard) {
        int more = reserved[shard * SHARD_STRIDE] == 0 ? surplus.get() : surplus.incrementAndGet();
        reserved[shard * SHARD_STRIDE]++;
        if (more != 0 || blocks.available() < enough) {
            try {
                ensure();
            } catch (OutOfMemoryError e) {
                settle(shard);
                throw e;
            }
        }
    }

    private void ensure() {
        structure.lock();
        try {
            blocks.ensure(worst((long) shards + surplus.get()));
        } finally {
            structure.unlock();
        }
    }

    /// Takes back what one reserved link has not used.
    void settle(int shard) {
        if (--reserved[shard * SHARD_STRIDE] > 0) {
            surplus.decrementAndGet();
        }
    }

    /// Blocks that so many links can need. Each node that is there may be full. A new inner node
    /// takes six entries before it is. A full leaf may be split into one that is full and one of a
    /// single key, twice; after that it takes three links at least.
    private long worst(long links) {
        long need = 0;
        long entries = links;
        for (int level = 0; entries > 0; level++) {
            long nodes = level <= HEIGHT_MAX ? nodesAt[level] : 0;
            long splits =
                    level == 0
                            ? Math.min(entries, LEAF_SPLITS * nodes + entries / LINKS_PER_SPLIT)
                            : Math.min(entries, nodes + entries / (LEFT - 1));
            need += splits * (level == 0 ? LEAF_BLOCKS : INNER_BLOCKS);
            need += nodes == 0 ? INNER_BLOCKS : 0; // a new root
            entries = splits;
        }
        return need;
    }

    // Splitting.

    /// Links a record whose leaf was full.
    ///
    /// @return as [BPlusTree#linkIn], but never that the leaf was full
    long link(long head, byte[] key, int keySize, long reference) {
        structure.lock();
        try {
            descend(head, key, keySize);
            long leaf = path[0];
            long older = tree.linkIn(leaf, head, key, keySize, reference);
            if (older != BPlusTree.FULL) {
                return older;
            }
            lock(leaf);
            int position =
                    -1
                            - tree.leafPosition(
                                    blocks.words(leaf),
                                    blocks.base(leaf),
                                    word(leaf, 0) & ~TreeNode.LOCKED,
                                    head,
                                    key,
                                    keySize);
            tree.setPrevious(reference, 0);
            split(leaf, position, head, key, keySize, reference);
            enough = worst(shards);
            return 0;
        } finally {
            structure.unlock();
        }
    }

    private void descend(long head, byte[] key, int keySize) {
        long root = tree.root();
        long node = BPlusTree.block(root);
        long low = 0;
        long high = 0;
        for (int level = BPlusTree.height(root); ; level--) {
            path[level] = node;
            lows[level] = low;
            highs[level] = high;
            if (level == 0) {
                return;
            }
            long[] words = blocks.words(node);
            int base = blocks.base(node);
            long order = words[base];
            int position = tree.childPosition(words, base, order, head, key, keySize);
            positions[level] = position;
            low = position > 0 ? separator(node, order, position) : low;
            high =
                    position + 1 < TreeNode.count(order)
                            ? separator(node, order, position + 1)
                            : high;
            node = words[base + TreeNode.LINKS + TreeNode.slot(order, position)];
        }
    }

    private long separator(long node, long order, int position) {
        long separators = word(node, TreeNode.SEPARATORS);
        return word(separators, TreeNode.slot(order, position));
    }

    private void lock(long leaf) {
        long[] words = blocks.words(leaf);
        int base = blocks.base(leaf);
        for (int attempt = 0; ; attempt++) {
            long order = TreeNode.acquire(words, base);
            if ((order & TreeNode.LOCKED) == 0
                    && TreeNode.compareAndSet(words, base, order, order | TreeNode.LOCKED)) {
                return;
            }
            SpinLock.pause(attempt);
        }
    }

    private void split(
            long leaf, int position, long head, byte[] key, int keySize, long reference) {
        long[] words = blocks.words(leaf);
        int base = blocks.base(leaf);
        long order = words[base] & ~TreeNode.LOCKED;
        long own = BPlusTree.headIn(words, base, head, key, keySize);
        boolean ascends = TreeNode.ascends(order, position);
        if (ascends && position == TreeNode.SLOTS && (order & TreeNode.APPENDED) == 0) {
            append(leaf, own, reference);
            TreeNode.release(words, base, order | TreeNode.APPENDED);
            return;
        }
        gatherLeaf(words, base, order, position, own, reference);
        // Behind ascending keys what is not of them: the next one finds itself last in its leaf.
        int middle = ascends && position >= LEFT && position < TreeNode.SLOTS ? position + 1 : LEFT;
        boolean equal = equalHeads(1);
        long skip = words[base + TreeNode.SKIP];
        long separator = entryLinks[middle];
        RecordLayout.keep(memory, separator);
        long left = blocks.take();
        long right = blocks.take();
        long before = words[base + TreeNode.BEFORE];
        long next = words[base + TreeNode.NEXT];
        writeLeaf(left, 0, middle, equal ? longer(skip, lows[0], separator) : skip, skip);
        writeLeaf(right, middle, ENTRIES, equal ? longer(skip, separator, highs[0]) : skip, skip);
        setLinks(left, before, right);
        setLinks(right, left, next);
        show(before, left, right, next);
        replace(1, left, right, separator);
        unlock(left);
        unlock(right);
        TreeNode.release(words, base, order | TreeNode.CLOSED);
        blocks.retire(leaf);
        nodesAt[0]++;
    }

    /// Puts a leaf of one key behind a full one.
    private void append(long leaf, long head, long reference) {
        RecordLayout.keep(memory, reference);
        long right = blocks.take();
        long next = word(leaf, TreeNode.NEXT);
        long skip = word(leaf, TreeNode.SKIP);
        entryHeads[0] = head;
        entryLinks[0] = reference;
        writeLeaf(right, 0, 1, skip, skip);
        setLinks(right, leaf, next);
        show(leaf, right, right, next);
        replace(1, leaf, right, reference);
        unlock(right);
        nodesAt[0]++;
    }

    private void gatherLeaf(
            long[] words, int base, long order, int position, long head, long reference) {
        for (int i = 0, from = 0; i < ENTRIES; i++) {
            if (i == position) {
                entryHeads[i] = head;
                entryLinks[i] = reference;
            } else {
                int slot = TreeNode.slot(order, from++);
                entryHeads[i] = words[base + TreeNode.HEADS + slot];
                entryLinks[i] = words[base + TreeNode.LINKS + slot];
            }
        }
    }

    /// Writes entries into a new leaf, which is locked.
    private void writeLeaf(long leaf, int from, int to, long skip, long skipOfHeads) {
        long[] words = blocks.words(leaf);
        int base = blocks.base(leaf);
        words[base + TreeNode.SKIP] = skip;
        for (int i = from; i < to; i++) {
            words[base + TreeNode.HEADS + i - from] =
                    skip == skipOfHeads ? entryHeads[i] : headOf(entryLinks[i], skip);
            words[base + TreeNode.LINKS + i - from] = entryLinks[i];
        }
        TreeNode.release(words, base, TreeNode.sequence(to - from) | TreeNode.LOCKED);
    }

    private void setLinks(long leaf, long before, long next) {
        long[] words = blocks.words(leaf);
        int base = blocks.base(leaf);
        words[base + TreeNode.BEFORE] = before;
        words[base + TreeNode.NEXT] = next;
    }

    /// Lets the neighbours lead to new leaves.
    private void show(long before, long first, long last, long next) {
        if (before != 0) {
            TreeNode.release(blocks.words(before), blocks.base(before) + TreeNode.NEXT, first);
        }
        if (next != 0) {
            TreeNode.release(blocks.words(next), blocks.base(next) + TreeNode.BEFORE, last);
        }
    }

    private void unlock(long leaf) {
        long[] words = blocks.words(leaf);
        int base = blocks.base(leaf);
        TreeNode.release(words, base, words[base] & ~TreeNode.LOCKED);
    }

    /// Has the parent lead to `left` where the path goes, and to `right` behind it.
    ///
    /// @param separator the lowest key of `right`
    private void replace(int level, long left, long right, long separator) {
        int height = BPlusTree.height(tree.root());
        if (level > height) {
            newRoot(level, left, right, separator);
            return;
        }
        long node = path[level];
        long[] words = blocks.words(node);
        int base = blocks.base(node);
        long order = words[base];
        int position = positions[level];
        int count = TreeNode.count(order);
        long skip = words[base + TreeNode.SKIP];
        if (count < TreeNode.SLOTS) {
            words[base + TreeNode.HEADS + count] = headOf(separator, skip);
            words[base + TreeNode.LINKS + count] = right;
            long separators = words[base + TreeNode.SEPARATORS];
            blocks.words(separators)[blocks.base(separators) + count] = separator;
            // First what is new: who finds the link to the left then finds that the order changed.
            TreeNode.release(words, base, TreeNode.inserted(order, position + 1));
            TreeNode.release(words, base + TreeNode.LINKS + TreeNode.slot(order, position), left);
            return;
        }
        gatherInner(node, order, position, left, right, separator);
        boolean equal = equalHeads(2);
        long middle = entrySeparators[LEFT];
        long low = writeInner(0, LEFT, equal ? longer(skip, lows[level], middle) : skip, skip);
        long high =
                writeInner(LEFT, ENTRIES, equal ? longer(skip, middle, highs[level]) : skip, skip);
        replace(level + 1, low, high, middle);
        blocks.retire(words[base + TreeNode.SEPARATORS]);
        blocks.retire(node);
        nodesAt[level]++;
    }

    private void newRoot(int level, long left, long right, long separator) {
        entryLinks[0] = left;
        entrySeparators[0] = 0;
        entryHeads[1] = headOf(separator, -1);
        entryLinks[1] = right;
        entrySeparators[1] = separator;
        nodesAt[level] = 1;
        tree.setRoot(writeInner(0, 2, -1, -1), level);
    }

    private void gatherInner(
            long node, long order, int position, long left, long right, long separator) {
        long[] words = blocks.words(node);
        int base = blocks.base(node);
        for (int i = 0, from = 0; i < ENTRIES; i++) {
            if (i == position + 1) {
                entryHeads[i] = headOf(separator, words[base + TreeNode.SKIP]);
                entryLinks[i] = right;
                entrySeparators[i] = separator;
            } else {
                int slot = TreeNode.slot(order, from);
                entryHeads[i] = words[base + TreeNode.HEADS + slot];
                entryLinks[i] = i == position ? left : words[base + TreeNode.LINKS + slot];
                entrySeparators[i] = separator(node, order, from++);
            }
        }
    }

    private long writeInner(int from, int to, long skip, long skipOfHeads) {
        long node = blocks.take();
        long separators = blocks.take();
        long[] words = blocks.words(node);
        int base = blocks.base(node);
        long[] separatorWords = blocks.words(separators);
        int separatorBase = blocks.base(separators);
        words[base + TreeNode.SEPARATORS] = separators;
        words[base + TreeNode.SKIP] = skip;
        for (int i = from; i < to; i++) {
            long head =
                    i == from
                            ? Long.MIN_VALUE
                            : skip == skipOfHeads
                                    ? entryHeads[i]
                                    : headOf(entrySeparators[i], skip);
            words[base + TreeNode.HEADS + i - from] = head;
            words[base + TreeNode.LINKS + i - from] = entryLinks[i];
            separatorWords[separatorBase + i - from] = entrySeparators[i];
        }
        TreeNode.release(words, base, TreeNode.sequence(to - from));
        return node;
    }

    // Heads.

    private long headOf(long record, long skip) {
        return skip < 0
                ? tree.heads.of(memory, record)
                : RecordLayout.head(memory, record, (int) skip) ^ Long.MIN_VALUE;
    }

    private boolean equalHeads(int from) {
        for (int i = from; i < ENTRIES; i++) {
            if (entryHeads[i] == entryHeads[i - 1]) {
                return true;
            }
        }
        return false;
    }

    /// Where heads shall begin in a node between two separators, 0 for none, if too many are equal
    /// where they begin now.
    private long longer(long skip, long low, long high) {
        if (low == 0 || high == 0) {
            return skip;
        }
        int common = RecordLayout.commonPrefix(memory, low, high);
        if (skip >= 0) {
            return common;
        }
        // Behind the guessed prefix, unless it does not fit the keys that are here.
        long head = headOf(high, -1);
        boolean fits = head != Long.MIN_VALUE && head != Long.MAX_VALUE;
        return fits && common <= tree.heads.prefixSize() ? -1 : common;
    }

    private long word(long node, int index) {
        return blocks.words(node)[blocks.base(node) + index];
    }
}
