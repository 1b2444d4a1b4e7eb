package dev.kvarts.memtable;

import dev.kvarts.jobs.SpinLock;

/// A B+tree whose readers wait for nobody, in the spirit of Masstree (Mao, Kohler, Morris 2012).
/// Nothing is ever taken out.
///
/// A key costs one comparison of 8 bytes in a node, its *head*; only equal heads need the record.
/// Heads begin behind what all keys of a node have in common: behind the prefix that [KeyHeads]
/// guesses, or, in a node in which heads were equal when it was made, behind the common prefix of
/// the separators on both sides of it.
///
/// **Writing.** A writer finds the leaf as a reader does, looks, locks the leaf by one
/// compare-and-set of the order that it has looked at, and stores slot and order. So it holds the
/// lock for some ten instructions, and only if nothing changed since it looked.
///
/// **Splitting** is done by [TreeGrowth], one at a time. The full leaf is locked; two new leaves,
/// locked, get its keys; the neighbours' links lead to them, then the parent; then they are
/// unlocked and the old one is closed. Who stands in the old leaf, or reaches it over a link that
/// was read before, still finds all keys that were linked before the split. For a reader that is
/// enough: it looks for what was linked before it began, and every node that it can reach was part
/// of the tree at some time since then. A writer that meets a closed leaf begins anew. A child is
/// taken only if the order by which it was chosen still stands: the link of a split child leads to
/// its left half, and the right half is in the new order alone.
///
/// ```
///          [ ..  a  .. ]                        [ ..  a  m  .. ]
///                |              full leaf             |  |
///     [..] <-> [a-z] <-> [..]     ==>       [..] <-> [a-l] <-> [m-z] <-> [..]
///                                             \______[a-z]______/  closed, seen only from within
/// ```
///
/// A key that comes behind all of a full leaf, right after the last two that came, gets a leaf of
/// its own behind it. So ascending keys leave full leaves behind, not half-full ones; also several
/// sequences of them at a time, each of which soon has a leaf of its own to grow from.
final class BPlusTree implements SortedIndex {
    // What linkIn answers besides a reference.
    static final long FULL = -1;
    static final long CLOSED = -2;

    private static final int HEIGHT_BITS = 8;
    private static final int HEIGHT_MASK = (1 << HEIGHT_BITS) - 1;

    // Fixed at construction.
    final StoreMemory memory;
    final KeyHeads heads;
    final TreeBlocks blocks;
    private final TreeGrowth growth;

    private volatile long root; // block and height

    BPlusTree(StoreMemory memory, RecordArena[] arenas, KeyHeads heads) {
        this.memory = memory;
        this.heads = heads;
        this.blocks = new TreeBlocks(memory);
        this.growth = new TreeGrowth(this, arenas.length);
    }

    @Override
    public void reserve(int shard) {
        growth.reserve(shard);
    }

    @Override
    public void abandon(int shard) {
        growth.settle(shard);
    }

    long root() {
        return root;
    }

    /// Inner nodes above a leaf.
    static int height(long root) {
        return (int) root & HEIGHT_MASK;
    }

    static long block(long root) {
        return root >>> HEIGHT_BITS;
    }

    void setRoot(long block, int height) {
        root = block << HEIGHT_BITS | height;
    }

    // Searching.

    /// The head by which a key is looked for in a node.
    static long headIn(long[] words, int base, long head, byte[] key, int keySize) {
        long skip = words[base + TreeNode.SKIP];
        return skip < 0 ? head : KeyHeads.at(key, (int) skip, keySize);
    }

    private long leaf(long head, byte[] key, int keySize) {
        long root = root();
        long node = block(root);
        for (int height = height(root); height > 0; ) {
            long[] words = blocks.words(node);
            int base = blocks.base(node);
            long order = TreeNode.acquire(words, base);
            int position = childPosition(words, base, order, head, key, keySize);
            long child = record(words, base, order, position);
            if (isStill(words, base, order)) {
                node = child;
                height--;
            }
        }
        return node;
    }

    /// Whether an inner node has got no child since its order was read. If it has, a link that was
    /// read since may lead to the left half of what the order speaks of.
    private static boolean isStill(long[] words, int base, long order) {
        return TreeNode.acquire(words, base) == order;
    }

    /// Position of the child of an inner node that the key belongs to.
    int childPosition(long[] words, int base, long order, long head, byte[] key, int keySize) {
        long own = headIn(words, base, head, key, keySize);
        int less = 0;
        int same = 0;
        int end = base + TreeNode.HEADS + TreeNode.count(order);
        for (int i = base + TreeNode.HEADS; i < end; i++) {
            long each = words[i];
            less += each < own ? 1 : 0;
            same += each == own ? 1 : 0;
        }
        return same == 0
                ? less - 1
                : childAmong(words, base, order, Math.max(1, less), less + same, key, keySize);
    }

    /// The last position before `to` whose separator is not higher than the key; `from - 1` if
    /// there is none.
    private int childAmong(
            long[] words, int base, long order, int from, int to, byte[] key, int keySize) {
        long separators = words[base + TreeNode.SEPARATORS];
        long[] records = blocks.words(separators);
        int recordsBase = blocks.base(separators);
        int low = from;
        int high = to - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long record = records[recordsBase + TreeNode.slot(order, middle)];
            if (RecordLayout.compareKey(memory, record, key, keySize) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /// The key's position in a leaf, or `-1 - ` the position where it would be.
    int leafPosition(long[] words, int base, long order, long head, byte[] key, int keySize) {
        long own = headIn(words, base, head, key, keySize);
        int less = 0;
        int same = 0;
        int end = base + TreeNode.HEADS + TreeNode.count(order);
        for (int i = base + TreeNode.HEADS; i < end; i++) {
            long each = words[i];
            less += each < own ? 1 : 0;
            same += each == own ? 1 : 0;
        }
        int low = less;
        int high = less + same - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int compared =
                    RecordLayout.compareKey(
                            memory, record(words, base, order, middle), key, keySize);
            if (compared == 0) {
                return middle;
            }
            if (compared < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1 - low;
    }

    static long record(long[] words, int base, long order, int position) {
        return TreeNode.acquire(words, base + TreeNode.LINKS + TreeNode.slot(order, position));
    }

    @Override
    public long find(byte[] key, int keySize) {
        long head = heads.of(key, keySize);
        long leaf = leaf(head, key, keySize);
        long[] words = blocks.words(leaf);
        int base = blocks.base(leaf);
        long order = TreeNode.acquire(words, base);
        int position = leafPosition(words, base, order, head, key, keySize);
        return position < 0 ? 0 : record(words, base, order, position);
    }

    // Writing.

    @Override
    public long link(int shard, byte[] key, int keySize, long reference) {
        long head = heads.of(key, keySize);
        for (int attempt = 0; ; attempt++) {
            long older = linkIn(leaf(head, key, keySize), head, key, keySize, reference);
            if (older == FULL) {
                older = growth.link(head, key, keySize, reference);
            }
            if (older != CLOSED) {
                growth.settle(shard);
                return older;
            }
            SpinLock.pause(attempt); // the parent leads to other leaves in a moment
        }
    }

    /// Links a record in a leaf if that is open and has room or the key. Returns the reference of
    /// the version before, 0, [#FULL] or [#CLOSED].
    long linkIn(long leaf, long head, byte[] key, int keySize, long reference) {
        long[] words = blocks.words(leaf);
        int base = blocks.base(leaf);
        for (int attempt = 0; ; attempt++) {
            long order = TreeNode.acquire(words, base);
            if (order < 0) {
                return CLOSED;
            }
            if ((order & TreeNode.LOCKED) != 0) {
                SpinLock.pause(attempt);
                continue;
            }
            int position = leafPosition(words, base, order, head, key, keySize);
            int count = TreeNode.count(order);
            if (position < 0 && count == TreeNode.SLOTS) {
                return FULL;
            }
            if (!TreeNode.compareAndSet(words, base, order, order | TreeNode.LOCKED)) {
                continue;
            }
            if (position >= 0) {
                int slot = base + TreeNode.LINKS + TreeNode.slot(order, position);
                long older = words[slot];
                setPrevious(reference, older);
                TreeNode.release(words, slot, reference);
                TreeNode.release(words, base, order);
                return older;
            }
            setPrevious(reference, 0);
            words[base + TreeNode.HEADS + count] = headIn(words, base, head, key, keySize);
            words[base + TreeNode.LINKS + count] = reference;
            TreeNode.release(words, base, TreeNode.inserted(order, -1 - position));
            return 0;
        }
    }

    void setPrevious(long reference, long older) {
        RecordLayout.previous(memory.chunk(reference), memory.offset(reference), older);
    }

    // Walking.

    @Override
    public Cursor cursor() {
        return new Walk();
    }

    /// Stands on a position of a leaf as the leaf was when it came there.
    private final class Walk implements Cursor {
        private long[] words;
        private int base;
        private long order;
        private int position; // -1: before the first key of the leaf; count: behind the last

        Walk() {
            enter(edge(false));
            position = -1;
        }

        /// The first leaf or the last.
        private long edge(boolean last) {
            long root = root();
            long node = block(root);
            for (int height = height(root); height > 0; ) {
                long[] words = blocks.words(node);
                int base = blocks.base(node);
                long order = TreeNode.acquire(words, base);
                long child = record(words, base, order, last ? TreeNode.count(order) - 1 : 0);
                if (isStill(words, base, order)) {
                    node = child;
                    height--;
                }
            }
            return node;
        }

        private void enter(long leaf) {
            words = blocks.words(leaf);
            base = blocks.base(leaf);
            order = TreeNode.acquire(words, base);
        }

        private void enter(byte[] key, int keySize) {
            long head = heads.of(key, keySize);
            enter(leaf(head, key, keySize));
            int found = leafPosition(words, base, order, head, key, keySize);
            position = found < 0 ? -1 - found : found;
        }

        /// The record at the position, or the next one that there is.
        private long atOrBehind() {
            while (position == TreeNode.count(order)) {
                long next = TreeNode.acquire(words, base + TreeNode.NEXT);
                if (next == 0) {
                    return 0;
                }
                enter(next);
                position = 0;
            }
            return record(words, base, order, position);
        }

        private long atOrBefore() {
            while (position < 0) {
                long before = TreeNode.acquire(words, base + TreeNode.BEFORE);
                if (before == 0) {
                    return 0;
                }
                enter(before);
                position = TreeNode.count(order) - 1;
            }
            return record(words, base, order, position);
        }

        @Override
        public long first() {
            enter(edge(false));
            position = 0;
            return atOrBehind();
        }

        @Override
        public long last() {
            enter(edge(true));
            position = TreeNode.count(order) - 1;
            return atOrBefore();
        }

        @Override
        public long seek(byte[] key, int keySize) {
            enter(key, keySize);
            return atOrBehind();
        }

        @Override
        public long seekBefore(byte[] key, int keySize) {
            enter(key, keySize);
            position--;
            return atOrBefore();
        }

        @Override
        public long next() {
            if (position < TreeNode.count(order)) {
                position++;
            }
            return atOrBehind();
        }

        @Override
        public long previous() {
            if (position >= 0) {
                position--;
            }
            return atOrBefore();
        }
    }
}
