package dev.kvarts.memtable;

import java.util.Arrays;

/// The newest version of every key of a frozen store, in the order of the hashes as unsigned
/// numbers: hashes and references side by side. Used again for the next store.
///
/// Thread safety: one thread.
public final class SortedEntries {
    private static final long TOMBSTONE = 1L << 63;

    private long[] hashes = new long[0];
    private long[] tagged = new long[0]; // references, with the highest bit for a tombstone
    private int count;

    /// Empties it.
    ///
    /// @param expected how many are to come
    public void clear(long expected) {
        count = 0;
        if (hashes.length < expected) {
            int capacity = Math.toIntExact(expected + (expected >> 3));
            hashes = new long[capacity];
            tagged = new long[capacity];
        }
    }

    void add(long hash, long reference, boolean tombstone) {
        if (count == hashes.length) {
            hashes = Arrays.copyOf(hashes, Math.max(64, 2 * count));
            tagged = Arrays.copyOf(tagged, Math.max(64, 2 * count));
        }
        hashes[count] = hash;
        tagged[count++] = tombstone ? reference | TOMBSTONE : reference;
    }

    /// Sorts what was added from `from` on, which is nearly sorted.
    void sortFrom(int from) {
        for (int i = from + 1; i < count; i++) {
            long hash = hashes[i];
            if (Long.compareUnsigned(hashes[i - 1], hash) <= 0) {
                continue;
            }
            long reference = tagged[i];
            int to = i;
            for (; to > from && Long.compareUnsigned(hashes[to - 1], hash) > 0; to--) {
                hashes[to] = hashes[to - 1];
                tagged[to] = tagged[to - 1];
            }
            hashes[to] = hash;
            tagged[to] = reference;
        }
    }

    public int count() {
        return count;
    }

    public long hash(int index) {
        return hashes[index];
    }

    public long reference(int index) {
        return tagged[index] & ~TOMBSTONE;
    }

    public boolean tombstone(int index) {
        return tagged[index] < 0;
    }

    public long memoryBytes() {
        return 16L * hashes.length;
    }
}
