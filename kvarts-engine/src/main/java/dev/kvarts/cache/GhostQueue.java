package dev.kvarts.cache;

/// Remembers which blocks were put out of the small queue of late: a queue without its blocks.
///
/// It keeps no order: a bucket of four holds fingerprints with the time, counted in insertions, at
/// which they came. What is older than the queue is long is forgotten, and overwritten when its
/// place is needed.
///
/// Thread safety: one thread at a time, under the shard's lock.
final class GhostQueue {
    private static final int WAYS = 4;

    private final long[] entries; // fingerprint << 32 | time; 0 is none
    private int time;

    /// @param lengthMax what [#contains] may be asked for, at most
    GhostQueue(int lengthMax) {
        int buckets = Integer.highestOneBit(Math.max(lengthMax, WAYS) - 1) * 2 / WAYS;
        this.entries = new long[buckets * WAYS];
    }

    void add(long hash) {
        time++;
        int bucket = bucket(hash);
        int oldest = bucket;
        for (int i = bucket; i < bucket + WAYS; i++) {
            if (entries[i] == 0) {
                oldest = i;
                break;
            }
            if (age(entries[i]) > age(entries[oldest])) {
                oldest = i;
            }
        }
        entries[oldest] = fingerprint(hash) | Integer.toUnsignedLong(time);
    }

    /// Whether it was among the last `length` that were added.
    boolean contains(long hash, int length) {
        int bucket = bucket(hash);
        for (int i = bucket; i < bucket + WAYS; i++) {
            if ((entries[i] & 0xFFFFFFFF_00000000L) == fingerprint(hash)
                    && age(entries[i]) < length) {
                return true;
            }
        }
        return false;
    }

    private int age(long entry) {
        return time - (int) entry;
    }

    /// Never 0, which is none.
    private static long fingerprint(long hash) {
        return (hash | 1L << 32) & 0xFFFFFFFF_00000000L;
    }

    private int bucket(long hash) {
        return ((int) hash & entries.length / WAYS - 1) * WAYS;
    }
}
