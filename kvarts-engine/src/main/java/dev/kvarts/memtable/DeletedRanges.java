package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.RangeDelete;
import dev.kvarts.entry.RangeTombstones;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The ranges that were deleted in a store: a snapshot that each deletion replaces.
///
/// A tombstone that a newer one covers is forgotten, as an overwritten version is: when the newer
/// one is visible to every new reader, two epochs have passed for the old ones, no live snapshot
/// lies between the two, and the store is not pinned. So a queue whose beginning is deleted again
/// and again keeps one tombstone, not one for each time.
///
/// Thread safety: any number of threads; readers take no lock.
final class DeletedRanges {
    private static final int BATCH = 64;
    private static final long FRAGMENT_BYTES = 96; // four objects and a reference

    private final StoreMemory memory;

    // Guarded by this, read by all.
    private volatile RangeTombstones present = RangeTombstones.NONE;
    private volatile long count;

    // Guarded by this.
    private long chargedBytes;
    private int sinceForgotten; // deletions
    private long waitingSeen; // who begins now sees so much; 0: nobody is waited for
    private long waitingSince; // epoch

    DeletedRanges(StoreMemory memory) {
        this.memory = memory;
    }

    RangeTombstones present() {
        return present;
    }

    /// How many deletions there were.
    long count() {
        return count;
    }

    /// Adds the range of a delete whose key and value lie at `at`. An empty range deletes nothing.
    synchronized void add(
            MemorySegment chunk, long at, int keySize, long valueSize, long sequence) {
        byte[] from = Bytes.copyOut(chunk, at, keySize);
        byte[] to = RangeDelete.decode(chunk, at + keySize, valueSize);
        if (to != null && Arrays.compareUnsigned(from, to) >= 0) {
            return;
        }
        present = present.with(from, to, sequence);
        charge(2 * FRAGMENT_BYTES + from.length + valueSize);
        count++;
        if (++sinceForgotten >= BATCH) {
            sinceForgotten = 0;
            forget();
        }
    }

    private void forget() {
        if (waitingSeen != 0 && memory.epochs().passed(waitingSince) && !memory.pinned()) {
            present = present.asSeenFrom(waitingSeen, memory.snapshots());
            waitingSeen = 0;
        }
        if (waitingSeen == 0) {
            waitingSeen = memory.visible();
            waitingSince = memory.epochs().current();
        }
        charge(memoryBytes() - chargedBytes);
    }

    private void charge(long bytes) {
        memory.charge(bytes);
        chargedBytes += bytes;
    }

    private long memoryBytes() {
        long sum = 0;
        for (RangeTombstones.Fragment fragment : present.fragments()) {
            sum +=
                    FRAGMENT_BYTES
                            + fragment.from().length
                            + (fragment.to() == null ? 0 : fragment.to().length)
                            + 8L * fragment.sequences().length;
        }
        return sum;
    }
}
