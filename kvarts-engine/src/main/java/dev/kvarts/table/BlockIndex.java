package dev.kvarts.table;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.table.TableFormat.Sections;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Which block a key is in: in memory, 12 bytes a block.
///
/// Of each separator the first eight bytes behind what all keys of the table begin with are kept as
/// a number; the whole separator is looked at only where these are equal.
///
/// Thread safety: immutable.
final class BlockIndex {
    // Fixed at construction.
    private final int blocks;
    private final MemorySegment heads;
    private final MemorySegment offsets; // one more than there are blocks
    private final byte[] prefix; // of all keys
    private final MemorySegment index; // entries and separators
    private final long entriesAt;
    private final long separatorsAt;

    private BlockIndex(
            int blocks,
            MemorySegment heads,
            MemorySegment offsets,
            byte[] prefix,
            MemorySegment index,
            long entriesAt,
            long separatorsAt) {
        this.blocks = blocks;
        this.heads = heads;
        this.offsets = offsets;
        this.prefix = prefix;
        this.index = index;
        this.entriesAt = entriesAt;
        this.separatorsAt = separatorsAt;
    }

    /// Reads the index of a table.
    ///
    /// @param arena owner of what is kept in memory
    /// @param index holds entries and separators, for as long as this is used
    /// @param base offset in the file of that segment's beginning
    /// @param prefix what all keys begin with
    static BlockIndex read(
            Arena arena,
            MemorySegment index,
            long base,
            Sections sections,
            byte[] prefix,
            String name) {
        int blocks = Math.toIntExact(sections.blocks());
        if (sections.filter() > TableFormat.BLOCKS_END_MAX) {
            throw new CorruptionException("table: index is damaged", name, base);
        }
        MemorySegment heads = arena.allocate(8L * blocks, 64);
        MemorySegment offsets = arena.allocate(4L * (blocks + 1), 64);
        long separatorsSize = sections.rangeTombstones() - sections.separators();
        long offset = TableFormat.PAGE_SIZE;
        long separator = 0;
        byte[] start = new byte[8];
        for (int i = 0; i < blocks; i++) {
            long at = sections.index() - base + (long) i * TableFormat.INDEX_ENTRY_SIZE;
            long here = index.get(Bytes.LONG, at);
            long end = index.get(Bytes.LONG, at + 8);
            boolean sound =
                    (i == 0 ? here == offset && end == 0 : here > offset && end > separator)
                            && here < sections.filter()
                            && end <= separatorsSize;
            if (!sound) {
                throw new CorruptionException("table: index is damaged", name, base + at);
            }
            offsets.set(Bytes.INT, 4L * i, (int) here);
            long from = sections.separators() - base + separator + prefix.length;
            int size = Math.clamp(end - separator - prefix.length, 0, 8);
            MemorySegment.copy(index, Bytes.BYTE, size == 0 ? 0 : from, start, 0, size);
            heads.set(Bytes.LONG, 8L * i, BlockFormat.head(start, 0, size));
            offset = here;
            separator = end;
        }
        offsets.set(Bytes.INT, 4L * blocks, (int) sections.filter());
        return new BlockIndex(
                blocks,
                heads,
                offsets,
                prefix,
                index,
                sections.index() - base,
                sections.separators() - base);
    }

    int blocks() {
        return blocks;
    }

    /// Where a block begins in the file, or, of the number of blocks, where the last one ends.
    long offset(int block) {
        return Bytes.getUnsignedInt(offsets, 4L * block);
    }

    /// Bytes of what is in memory beside the segment that it was read from.
    long memoryBytes() {
        return heads.byteSize() + offsets.byteSize();
    }

    /// The block in which the newest version of a key is, if it is in the table. All keys in blocks
    /// before are lower, all keys in blocks behind are higher, or older versions of the same.
    /// Requires: there is a block.
    int find(byte[] key, int keySize) {
        int from = prefix.length;
        if (from != 0) {
            int common = Arrays.mismatch(prefix, 0, from, key, 0, keySize);
            if (common >= 0 && common < from) {
                boolean lower = common == keySize || (key[common] & 0xFF) < (prefix[common] & 0xFF);
                return lower ? 0 : blocks - 1;
            }
        }
        long head = BlockFormat.head(key, from, keySize) + Long.MIN_VALUE;
        int low = 1; // the first block's separator is lower than everything
        int count = blocks - 1;
        while (count > 0) {
            int half = count + 1 >>> 1;
            low += headAt(low + half - 1) < head ? half : 0;
            count -= half;
        }
        if (low < blocks && headAt(low) == head) {
            return findAmongEqual(low, head, key, keySize);
        }
        return low - 1;
    }

    private long headAt(int block) {
        return heads.get(Bytes.LONG, 8L * block) + Long.MIN_VALUE;
    }

    private int findAmongEqual(int first, long head, byte[] key, int keySize) {
        int low = first;
        int high = blocks; // the first block whose separator is higher than the key
        for (int step = 1; low + step < high; step <<= 1) {
            if (headAt(low + step) != head) {
                high = low + step;
            }
        }
        while (low < high) {
            int middle = low + high >>> 1;
            if (headAt(middle) == head && compare(key, keySize, middle) >= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    private int compare(byte[] key, int keySize, int block) {
        long start = separatorStart(block);
        return BlockFormat.compare(
                key, 0, keySize, index, separatorsAt + start, separatorEnd(block) - start);
    }

    private long separatorStart(int block) {
        return block == 0 ? 0 : separatorEnd(block - 1);
    }

    private long separatorEnd(int block) {
        return index.get(Bytes.LONG, entriesAt + (long) block * TableFormat.INDEX_ENTRY_SIZE + 8);
    }

    byte[] separator(int block) {
        long start = separatorStart(block);
        return Bytes.copyOut(index, separatorsAt + start, (int) (separatorEnd(block) - start));
    }
}
