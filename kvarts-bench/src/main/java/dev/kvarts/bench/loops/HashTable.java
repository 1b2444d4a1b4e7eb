package dev.kvarts.bench.loops;

/// A hash table without a library: 56 bits of hash and the run of each key in one `long`, the next
/// slot when one is taken, two thirds full. It answers what a maplet answers, surely, with 12 bytes
/// a key.
///
/// The slot follows from the high bits of the hash, so hashes in ascending order fill it from start
/// to end.
final class HashTable {
    private static final int SLACK = 1024; // beyond the last slot, instead of starting over

    private final long capacity;
    private final long[] slots; // 0: free

    HashTable(int keys) {
        this.capacity = keys + keys / 2L;
        this.slots = new long[(int) capacity + SLACK];
    }

    void add(long hash) {
        int slot = slotOf(hash);
        while (slots[slot] != 0) {
            slot++;
        }
        slots[slot] = hash;
    }

    /// The run that has a key of this hash, or -1.
    int find(long hash) {
        for (int slot = slotOf(hash); ; slot++) {
            long there = slots[slot];
            if (there == 0) {
                return -1;
            }
            if ((there ^ hash) >>> 8 == 0) {
                return (int) there & 0xFF;
            }
        }
    }

    private int slotOf(long hash) {
        return (int) Math.unsignedMultiplyHigh(hash, capacity);
    }
}
