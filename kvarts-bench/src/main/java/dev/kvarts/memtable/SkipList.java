package dev.kvarts.memtable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/// A skip list in a store's chunks, whose nodes carry the keys' heads. Nothing is ever taken out.
///
/// | offset | size | field    | meaning                                            |
/// |-------:|-----:|----------|----------------------------------------------------|
/// |      0 |    8 | head     | of the key                                         |
/// |      8 |    8 | record   | reference of the newest, replaced when overwritten |
/// |     16 | 8 h  | next     | references of the next nodes, level 0 first        |
///
/// A node is linked from level 0 upwards by compare-and-set (Herlihy, Lev, Luchangco, Shavit 2006,
/// without removal). `previous` is a search from the top.
final class SkipList implements SortedIndex {
    private static final int HEIGHT_MAX = 12;
    private static final int BRANCHING_BITS = 2; // one node in four reaches the next level
    private static final int RECORD = 8;
    private static final int NEXT = 16;
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    // Fixed at construction.
    private final StoreMemory memory;
    private final RecordArena[] arenas;
    private final KeyHeads heads;
    private final Writer[] writers;
    private final long top; // a node of full height before all others

    /// What the writers of a shard need. Guarded by the shard's lock.
    private static final class Writer {
        private final long[] before = new long[HEIGHT_MAX];
        private final long[] after = new long[HEIGHT_MAX];
        private long[] spares = new long[16]; // nodes
        private int[] spareHeights = new int[16];
        private int spareCount;
        private int reserved;
        private long random;
    }

    SkipList(StoreMemory memory, RecordArena[] arenas, KeyHeads heads) {
        this.memory = memory;
        this.arenas = arenas;
        this.heads = heads;
        this.writers = new Writer[arenas.length];
        for (int i = 0; i < writers.length; i++) {
            writers[i] = new Writer();
            writers[i].random = i + 1L;
        }
        this.top = newNode(0, HEIGHT_MAX);
    }

    private long newNode(int shard, int height) {
        long node = arenas[shard].allocate(NEXT + 8L * height);
        MemorySegment chunk = memory.chunk(node);
        chunk.asSlice(memory.offset(node), NEXT + 8L * height).fill((byte) 0);
        return node;
    }

    @Override
    public void reserve(int shard) {
        Writer writer = writers[shard];
        if (writer.spareCount == writer.reserved) {
            if (writer.spareCount == writer.spares.length) {
                writer.spareHeights = Arrays.copyOf(writer.spareHeights, 2 * writer.spareCount);
                writer.spares = Arrays.copyOf(writer.spares, 2 * writer.spareCount);
            }
            int height = randomHeight(writer);
            writer.spares[writer.spareCount] = newNode(shard, height);
            writer.spareHeights[writer.spareCount++] = height;
        }
        writer.reserved++;
    }

    private static int randomHeight(Writer writer) {
        writer.random += 0x9E3779B97F4A7C15L;
        long mixed = (writer.random ^ writer.random >>> 32) * 0xD6E8FEB86659FD93L;
        int zeros = Long.numberOfLeadingZeros(mixed | 1L << 64 - BRANCHING_BITS * HEIGHT_MAX);
        return Math.min(HEIGHT_MAX, 1 + zeros / BRANCHING_BITS);
    }

    @Override
    public void abandon(int shard) {
        writers[shard].reserved--;
    }

    @Override
    public long link(int shard, byte[] key, int keySize, long reference) {
        Writer writer = writers[shard];
        writer.reserved--;
        long head = heads.of(key, keySize);
        long present = search(head, key, keySize, writer.before, writer.after);
        MemorySegment recordChunk = memory.chunk(reference);
        long recordAt = memory.offset(reference);
        if (present != 0) {
            long older = record(present);
            RecordLayout.previous(recordChunk, recordAt, older);
            WORD.setRelease(memory.chunk(present), memory.offset(present) + RECORD, reference);
            return older;
        }
        RecordLayout.previous(recordChunk, recordAt, 0);
        int spare = --writer.spareCount;
        long node = writer.spares[spare];
        MemorySegment chunk = memory.chunk(node);
        long at = memory.offset(node);
        WORD.set(chunk, at, head);
        WORD.set(chunk, at + RECORD, reference);
        for (int level = 0; level < writer.spareHeights[spare]; level++) {
            insert(writer, level, node, chunk, at, head, key, keySize);
        }
        return 0;
    }

    private void insert(
            Writer writer,
            int level,
            long node,
            MemorySegment chunk,
            long at,
            long head,
            byte[] key,
            int keySize) {
        long before = writer.before[level];
        long after = writer.after[level];
        while (true) {
            WORD.set(chunk, at + NEXT + 8L * level, after);
            if (WORD.compareAndSet(
                    memory.chunk(before), memory.offset(before) + NEXT + 8L * level, after, node)) {
                return;
            }
            after = next(before, level);
            while (after != 0 && compare(after, head, key, keySize) < 0) {
                before = after;
                after = next(before, level);
            }
        }
    }

    /// Finds the key's node, or returns 0. Notes the nodes before and after it.
    private long search(long head, byte[] key, int keySize, long[] before, long[] after) {
        long node = top;
        for (int level = HEIGHT_MAX - 1; level >= 0; level--) {
            long next = next(node, level);
            int order = 1;
            while (next != 0 && (order = compare(next, head, key, keySize)) < 0) {
                node = next;
                next = next(node, level);
            }
            if (next != 0 && order == 0) {
                return next;
            }
            before[level] = node;
            after[level] = next;
        }
        return 0;
    }

    /// The last node whose key is lower; the top if there is none.
    private long lower(long head, byte[] key, int keySize) {
        long node = top;
        for (int level = HEIGHT_MAX - 1; level >= 0; level--) {
            long next = next(node, level);
            while (next != 0 && compare(next, head, key, keySize) < 0) {
                node = next;
                next = next(node, level);
            }
        }
        return node;
    }

    private long lastNode() {
        long node = top;
        for (int level = HEIGHT_MAX - 1; level >= 0; level--) {
            for (long next = next(node, level); next != 0; next = next(node, level)) {
                node = next;
            }
        }
        return node;
    }

    private long next(long node, int level) {
        return (long) WORD.getAcquire(memory.chunk(node), memory.offset(node) + NEXT + 8L * level);
    }

    private long record(long node) {
        return (long) WORD.getAcquire(memory.chunk(node), memory.offset(node) + RECORD);
    }

    private int compare(long node, long head, byte[] key, int keySize) {
        long nodeHead = (long) WORD.get(memory.chunk(node), memory.offset(node));
        if (nodeHead != head) {
            return nodeHead < head ? -1 : 1;
        }
        return RecordLayout.compareKey(memory, record(node), key, keySize);
    }

    @Override
    public long find(byte[] key, int keySize) {
        long head = heads.of(key, keySize);
        long next = next(lower(head, key, keySize), 0);
        return next != 0 && compare(next, head, key, keySize) == 0 ? record(next) : 0;
    }

    @Override
    public Cursor cursor() {
        return new Walk();
    }

    private final class Walk implements Cursor {
        private long node = top;
        private boolean behind; // the last one, `node` is where it came from
        private byte[] scratch = new byte[64];

        private long stand(long at) {
            behind = false;
            node = at;
            return at == top ? 0 : record(at);
        }

        private long forward(long from) {
            long next = SkipList.this.next(from, 0);
            if (next == 0) {
                node = from;
                behind = true;
                return 0;
            }
            return stand(next);
        }

        @Override
        public long first() {
            return forward(top);
        }

        @Override
        public long last() {
            return stand(lastNode());
        }

        @Override
        public long seek(byte[] key, int keySize) {
            return forward(lower(heads.of(key, keySize), key, keySize));
        }

        @Override
        public long seekBefore(byte[] key, int keySize) {
            return stand(lower(heads.of(key, keySize), key, keySize));
        }

        @Override
        public long next() {
            return behind ? 0 : forward(node);
        }

        @Override
        public long previous() {
            if (behind) {
                return last();
            }
            if (node == top) {
                return 0;
            }
            long reference = record(node);
            MemorySegment chunk = memory.chunk(reference);
            int keySize = RecordLayout.keySize(chunk, memory.offset(reference));
            if (scratch.length < keySize) {
                scratch = new byte[Math.max(keySize, 2 * scratch.length)];
            }
            RecordLayout.copyKey(memory, reference, scratch);
            return seekBefore(scratch, keySize);
        }
    }
}
