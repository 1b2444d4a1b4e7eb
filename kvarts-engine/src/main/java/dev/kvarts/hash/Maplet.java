package dev.kvarts.hash;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Slabs;

import java.lang.foreign.MemorySegment;

/// The index of one partition: for each key eight bits of its hash and the run that holds it.
///
/// Entries stand in the order of the hash. The hash's place in the partition, scaled to `blocks * 8
/// * 256` values, gives a *quotient* (which of the small groups) and a *remainder* of eight bits (a
///   quotient filter's split, Bender et al. 2012, but packed: no empty slots). An entry is two
///   bytes, remainder and run id. A block is eight groups; their sizes are eight bytes of one
///   `long`, so that the start of a group is one multiplication away from the start of its block.
///
/// ```
/// block memory:  sizes[blocks] 8 bytes each | start deviations[blocks] 2 bytes each | entries[count] 2 bytes each
///
/// start of block b = b * count / blocks + deviation[b]
/// start of group k = start of block + sum of sizes 0 .. k-1
/// ```
///
/// About `load` entries share a group, so a lookup that misses sees a false candidate with
/// probability `load / 256`. The load lies between 5.2 and 8.5: 2.15 to 2.24 bytes per key, and at
/// most 0.033 false candidates. A low load costs little, because there are no empty slots; it
/// leaves room for more keys before a partition must be made anew from its records.
///
/// Immutable. Flushes and reclaims make a new one in a linear merge ([MapletBuilder]) and publish
/// it; readers in the old one finish there. Since a flush is in hash order as well, the merge
/// touches memory in order.
final class Maplet {
    static final int GROUPS_PER_BLOCK = 8;
    static final int VALUES_PER_BLOCK = GROUPS_PER_BLOCK * 256;

    // Fixed at construction.
    final Slabs.Block memory; // owned by the index; given back after a grace period
    final MemorySegment segment;
    final long base;
    final int blocks;
    final int count;
    private final long scale;
    private final long slope; // entries per block, 32 bits after the point
    private final long deviations;
    private final long entries;

    Maplet(Slabs.Block memory, int blocks, int count) {
        this.memory = memory;
        this.segment = memory.segment;
        this.base = memory.offset;
        this.blocks = blocks;
        this.count = count;
        this.scale = (long) blocks * VALUES_PER_BLOCK;
        this.slope = slope(blocks, count);
        this.deviations = base + 8L * blocks;
        this.entries = deviations + 2L * blocks;
    }

    static long slope(int blocks, int count) {
        return ((long) count << 32) / blocks;
    }

    static long sizeBytes(int blocks, int count) {
        return 10L * blocks + 2L * count;
    }

    /// Quotient and remainder of a hash whose partition bits are shifted out.
    int value(long fraction) {
        return (int) Math.unsignedMultiplyHigh(fraction, scale);
    }

    /// Loads about where the group's entries are expected, without waiting for the sizes that tell
    /// exactly: two cache misses at once instead of one after the other.
    int touch(int value) {
        long near = start(value >>> 11) + ((value >>> 8 & 7) * slope >>> 35);
        return entry(Math.min(near, count - 1L));
    }

    /// Where the group of a value is: the index of its first entry << 8 | the number of its
    /// entries.
    long group(int value) {
        int block = value >>> 11;
        int shift = value >>> 5 & 0x38; // 8 * group in the block
        long sizes = segment.get(Bytes.LONG, base + 8L * block);
        // Bytes below the group, multiplied so that the top byte is their sum (a block has at most
        // 255 entries).
        long below = sizes & (1L << shift) - 1;
        long before = below * 0x0101010101010101L >>> 56;
        return start(block) + before << 8 | sizes >>> shift & 0xFF;
    }

    long start(int block) {
        return (block * slope >>> 32) + segment.get(Bytes.SHORT, deviations + 2L * block);
    }

    long sizes(int block) {
        return segment.get(Bytes.LONG, base + 8L * block);
    }

    /// Remainder << 8 | run id.
    int entry(long index) {
        return Bytes.getUnsignedShort(segment, entries + 2 * index);
    }

    MemorySegment sizesSegment() {
        return segment.asSlice(base, 8L * blocks);
    }

    MemorySegment entriesSegment() {
        return segment.asSlice(entries, 2L * count);
    }
}
