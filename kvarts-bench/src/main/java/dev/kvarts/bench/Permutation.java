package dev.kvarts.bench;

/// A pseudo-random order of 0..size-1 in which each number comes once, computed and not stored: a
/// bijection of the next power of two, walked along its cycle until it falls inside.
///
/// Thread safety: immutable.
final class Permutation {
    private static final long MULTIPLIER_1 = 0xD1342543DE82EF95L;
    private static final long MULTIPLIER_2 = 0xAF251AF3B0F025B5L;

    private final long size;
    private final long mask;
    private final int shift;
    private final long offset;

    Permutation(long size, long seed) {
        if (size < 1) {
            throw new IllegalArgumentException("permutation: size=" + size + " must be at least 1");
        }
        this.size = size;
        int bits = Math.max(2, Long.SIZE - Long.numberOfLeadingZeros(size - 1));
        this.mask = (1L << bits) - 1;
        this.shift = (bits + 1) / 2;
        this.offset = SplitMix.mix(seed);
    }

    /// The number at `index`, which is 0..size-1.
    long at(long index) {
        long x = index;
        do {
            // Each step is a bijection of `bits` bits: odd factors, and shifts by at least half the
            // width.
            x = (x + offset) * MULTIPLIER_1 & mask;
            x ^= x >>> shift;
            x = x * MULTIPLIER_2 & mask;
            x ^= x >>> shift;
            x = x * MULTIPLIER_1 & mask;
        } while (x >= size);
        return x;
    }
}
