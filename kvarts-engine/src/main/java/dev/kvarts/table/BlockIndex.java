package dev.kvarts.table;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.table.TableFormat.Sections;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Which block a key is in: in memory, 10 to 12 bytes a block.
///
/// ```
/// separator, behind what all keys begin with:  8 bytes, the head
///        the bits in which heads differ, the highest 32 of them: its rank
///        the highest of these: its bucket
/// buckets  [ 0 | 0 | 3 | 4 | ... ]      the first separator of each
/// records  [ rank, offset | ... ]       one or two in a bucket
/// ```
///
/// A search touches one line of the buckets and one of the records, whatever the number of blocks,
/// if heads are spread as evenly as the bits in which they differ allow: random bytes are, and so
/// are decimal digits, whose four upper bits are left out. Where heads crowd in a bucket, binary
/// search goes on in it. Whole separators are looked at only where ranks are equal.
///
/// A key that is asked for may differ from all heads in a bit that is the same in them. Then that
/// bit decides between the key and all heads that are equal to it above, and its rank is the lowest
/// or highest that such heads can have.
///
/// Thread safety: immutable.
final class BlockIndex {
    private static final int RANK_BITS_MAX = 32;

    // Fixed at construction.
    private final int blocks;
    private final MemorySegment records; // one more than there are blocks: where the last ends
    private final MemorySegment buckets; // one more than there are
    private final long differing; // bits of heads
    private final long constant; // the other bits, as they are in all heads
    private final int rankShift; // of the differing bits, to the rank
    private final int bucketShift; // of the rank, to the bucket
    private final byte[] prefix; // of all keys
    private final MemorySegment index; // entries and separators
    private final long entriesAt;
    private final long separatorsAt;

    private BlockIndex(
            Arena arena,
            MemorySegment index,
            long base,
            Sections sections,
            byte[] prefix,
            String name) {
        this.blocks = (int) sections.blocks();
        this.prefix = prefix;
        this.index = index;
        this.entriesAt = sections.index() - base;
        this.separatorsAt = sections.separators() - base;
        this.records = arena.allocate(8L * (blocks + 1), 64);
        readHeads(sections, base, name);
        long differ = 0;
        long first = blocks > 1 ? headAt(1) : 0; // the first block's separator is of no use
        for (int i = 2; i < blocks; i++) {
            differ |= headAt(i) ^ first;
        }
        this.differing = differ;
        this.constant = first & ~differ;
        int rankBits = Math.min(Long.bitCount(differ), RANK_BITS_MAX);
        this.rankShift = Long.bitCount(differ) - rankBits;
        int bucketBits = Math.min(rankBits, 31 - Integer.numberOfLeadingZeros(blocks | 1));
        this.bucketShift = rankBits - bucketBits;
        for (int i = 0; i < blocks; i++) {
            records.set(Bytes.LONG, 8L * i, rank(headAt(i)) | entryOffset(i) << 32);
        }
        records.set(Bytes.INT, 8L * blocks + 4, (int) sections.filter());
        this.buckets = arena.allocate(4L * ((1L << bucketBits) + 1), 64);
        int block = 1;
        for (int bucket = 0; bucket <= 1 << bucketBits; bucket++) {
            while (block < blocks && rankOf(block) >>> bucketShift < bucket) {
                block++;
            }
            buckets.set(Bytes.INT, 4L * bucket, block);
        }
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
        return new BlockIndex(arena, index, base, sections, prefix, name);
    }

    /// Checks that offsets and separators follow each other, and puts the heads of separators where
    /// the records will be.
    private void readHeads(Sections sections, long base, String name) {
        long separatorsSize = sections.rangeTombstones() - sections.separators();
        long offset = TableFormat.PAGE_SIZE;
        long separator = 0;
        boolean sound = sections.filter() <= TableFormat.BLOCKS_END_MAX;
        for (int i = 0; i < blocks && sound; i++) {
            long here = entryOffset(i);
            long end = separatorEnd(i);
            sound =
                    (i == 0 ? here == offset && end == 0 : here > offset && end > separator)
                            && here < sections.filter()
                            && end <= separatorsSize;
            if (sound) {
                records.set(Bytes.LONG, 8L * i, headOf(separator, end));
            }
            offset = here;
            separator = end;
        }
        if (!sound) {
            throw new CorruptionException("table: index is damaged", name, base);
        }
    }

    /// The head of a separator. Eight bytes can be read of any: the trailer is behind them.
    private long headOf(long start, long end) {
        long size = Math.clamp(end - start - prefix.length, 0, 8);
        if (size == 0) {
            return 0;
        }
        long bytes = index.get(Bytes.LONG, separatorsAt + start + prefix.length);
        return Long.reverseBytes(bytes) & -1L << 64 - 8 * size;
    }

    private long headAt(int block) {
        return records.get(Bytes.LONG, 8L * block);
    }

    int blocks() {
        return blocks;
    }

    /// Where a block begins in the file, or, of the number of blocks, where the last one ends.
    long offset(int block) {
        return Bytes.getUnsignedInt(records, 8L * block + 4);
    }

    /// Bytes of what is in memory beside the segment that it was read from.
    long memoryBytes() {
        return records.byteSize() + buckets.byteSize();
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
        long rank = rank(BlockFormat.head(key, from, keySize));
        long bucket = 4 * (rank >>> bucketShift);
        int low = buckets.get(Bytes.INT, bucket);
        int high = buckets.get(Bytes.INT, bucket + 4);
        while (low < high) { // to the first separator whose rank is not lower
            int middle = low + high >>> 1;
            if (rankOf(middle) < rank) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < blocks && rankOf(low) == rank
                ? findAmongEqual(low, rank, key, keySize)
                : low - 1;
    }

    /// A number of at most 32 bits: if it differs from that of a separator, it orders as the keys
    /// do.
    private long rank(long head) {
        long foreign = (head ^ constant) & ~differing;
        long ranked = head;
        if (foreign != 0) {
            long decides = Long.highestOneBit(foreign);
            ranked = (head & decides) != 0 ? head | decides - 1 : head & -decides;
        }
        return Long.compress(ranked, differing) >>> rankShift;
    }

    private long rankOf(int block) {
        return Bytes.getUnsignedInt(records, 8L * block);
    }

    private int findAmongEqual(int first, long rank, byte[] key, int keySize) {
        int low = first;
        int high = blocks; // the first block whose separator is higher than the key
        for (int step = 1; low + step < high; step <<= 1) {
            if (rankOf(low + step) != rank) {
                high = low + step;
            }
        }
        while (low < high) {
            int middle = low + high >>> 1;
            if (rankOf(middle) == rank && compare(key, keySize, middle) >= 0) {
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

    private long entryOffset(int block) {
        return index.get(Bytes.LONG, entriesAt + (long) block * TableFormat.INDEX_ENTRY_SIZE);
    }

    private long separatorStart(int block) {
        return block == 0 ? 0 : separatorEnd(block - 1);
    }

    private long separatorEnd(int block) {
        return index.get(Bytes.LONG, entriesAt + (long) block * TableFormat.INDEX_ENTRY_SIZE + 8);
    }
}
