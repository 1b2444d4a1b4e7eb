package dev.kvarts.hash;

import dev.kvarts.api.StorageException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Slabs;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Makes maplets: from entries in order of their values, or by merging changes into an old one.
///
/// Used again and again, so that a flush over a thousand partitions allocates nothing but the
/// maplets.
///
/// Thread safety: one thread.
final class MapletBuilder {
    static final double LOAD_MAX = 8.5;
    private static final int BLOCK_ENTRIES_MAX = 255;

    private long[] sizes = new long[16];
    private short[] entries = new short[256];
    private int blocks;
    private int count;
    private int block;
    private int blockCount; // entries in the present block
    private boolean overflow;

    /// Blocks for a partition of this many entries. Each partition aims at a load of its own, so
    /// that they do not all outgrow theirs in the same flush.
    static int blocksFor(int count, int partition) {
        double target = 5.2 + 2.0 * (partition * 0x9E3779B9 >>> 8) / (1 << 24);
        return (int) Math.max(1, Math.ceil(count / (Maplet.GROUPS_PER_BLOCK * target)));
    }

    static boolean overloaded(int blocks, int count) {
        return count > blocks * Maplet.GROUPS_PER_BLOCK * LOAD_MAX;
    }

    void begin(int blocks) {
        this.blocks = blocks;
        this.count = 0;
        this.block = 0;
        this.blockCount = 0;
        this.overflow = false;
        if (sizes.length < blocks) {
            sizes = new long[blocks + (blocks >> 1)];
        }
        Arrays.fill(sizes, 0, blocks, 0);
    }

    /// Adds an entry; values come in the order of their quotients.
    void add(int value, int run) {
        if (count == entries.length) {
            entries = Arrays.copyOf(entries, 2 * count);
        }
        entries[count++] = (short) (value << 8 | run);
        if (value >>> 11 != block) {
            block = value >>> 11;
            blockCount = 0;
        }
        if (++blockCount > BLOCK_ENTRIES_MAX) {
            overflow = true;
            return;
        }
        sizes[block] += 1L << (value >>> 5 & 0x38);
    }

    /// Whether some block got more entries than it can count: more blocks are needed.
    boolean overflowed() {
        return overflow;
    }

    int count() {
        return count;
    }

    /// Merges changes into an old maplet, keeping its number of blocks.
    ///
    /// @param added values and runs of new entries, packed as value << 8 | run, ascending
    /// @param removed entries to leave out, each once, packed in the same way, ascending
    /// @param victims runs all of whose entries are left out, or null
    void merge(
            Maplet old,
            long[] added,
            int addedCount,
            long[] removed,
            int removedCount,
            boolean[] victims) {
        begin(old.blocks);
        int nextAdded = 0;
        int nextRemoved = 0;
        for (int b = 0; b < old.blocks; b++) {
            long oldSizes = old.sizes(b);
            long at = old.start(b);
            for (int group = b << 3; group < b + 1 << 3; group++) {
                int size = (int) (oldSizes & 0xFF);
                oldSizes >>>= 8;
                while (nextAdded < addedCount && added[nextAdded] >>> 16 == group) {
                    long packed = added[nextAdded++];
                    add((int) (packed >>> 8), (int) packed & 0xFF);
                }
                int removedEnd = nextRemoved;
                while (removedEnd < removedCount && removed[removedEnd] >>> 16 == group) {
                    removedEnd++;
                }
                for (int i = 0; i < size; i++) {
                    int entry = old.entry(at++);
                    if (victims != null && victims[entry & 0xFF]) {
                        continue;
                    }
                    if (nextRemoved < removedEnd
                            && take(removed, nextRemoved, removedEnd, (long) group << 16 | entry)) {
                        continue;
                    }
                    add(group << 8 | entry >>> 8, entry & 0xFF);
                }
                nextRemoved = removedEnd;
            }
        }
        if (nextAdded != addedCount || nextRemoved != removedCount) {
            throw new AssertionError(
                    "maplet: changes are out of order, added="
                            + nextAdded
                            + "/"
                            + addedCount
                            + " removed="
                            + nextRemoved
                            + "/"
                            + removedCount);
        }
    }

    /// Strikes one entry off the list of those to be removed, if it is on it.
    private static boolean take(long[] removed, int from, int to, long packed) {
        for (int i = from; i < to; i++) {
            if (removed[i] == packed) {
                removed[i] = -1;
                return true;
            }
        }
        return false;
    }

    Maplet finish(Slabs slabs) {
        var memory = slabs.allocate(Maplet.sizeBytes(blocks, count));
        MemorySegment segment = memory.segment;
        long at = memory.offset;
        MemorySegment.copy(sizes, 0, segment, Bytes.LONG, at, blocks);
        at += 8L * blocks;
        long slope = Maplet.slope(blocks, count);
        long start = 0;
        for (int b = 0; b < blocks; b++) {
            long deviation = start - (b * slope >>> 32);
            if (deviation != (short) deviation) {
                throw new StorageException(
                        "maplet: hashes are not spread evenly, deviation=" + deviation, null);
            }
            segment.set(Bytes.SHORT, at + 2L * b, (short) deviation);
            long all = sizes[b];
            start += (all & 0x00FF00FF00FF00FFL) * 0x0001000100010001L >>> 48;
            start += (all >>> 8 & 0x00FF00FF00FF00FFL) * 0x0001000100010001L >>> 48;
        }
        at += 2L * blocks;
        MemorySegment.copy(entries, 0, segment, Bytes.SHORT, at, count);
        return new Maplet(memory, blocks, count);
    }
}
