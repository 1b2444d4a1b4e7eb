package dev.kvarts.memtable;

/// Record sizes that share a free list: multiples of 16 up to 128 bytes, then eight per doubling.
final class SizeClasses {
    static final int COUNT = 210; // up to the largest key and value
    private static final int LINEAR_MAX = 128;

    private SizeClasses() {}

    static int of(long size) {
        if (size <= LINEAR_MAX) {
            return (int) (size + 15 >>> 4); // 0..8
        }
        int log = 63 - Long.numberOfLeadingZeros(size - 1); // size in (2^log, 2^(log+1)]
        int eighth = (int) ((size - 1 - (1L << log)) >>> (log - 3));
        return 9 + (log - 7) * 8 + eighth;
    }

    /// Largest size in the class.
    static long sizeOf(int sizeClass) {
        if (sizeClass <= 8) {
            return sizeClass * 16L;
        }
        int log = (sizeClass - 9 >>> 3) + 7;
        int eighth = sizeClass - 9 & 7;
        return (1L << log) + ((eighth + 1L) << (log - 3));
    }
}
