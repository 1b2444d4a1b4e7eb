package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.RangeDelete;
import dev.kvarts.entry.RangeTombstones;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// The ranges that were deleted in a store: a snapshot that each deletion replaces.
///
/// Thread safety: any number of threads; readers take no lock.
final class DeletedRanges {
    private final StoreMemory memory;

    // Guarded by this, read by all.
    private volatile RangeTombstones present = RangeTombstones.NONE;
    private volatile long count;
    private long chargedBytes;

    DeletedRanges(StoreMemory memory) {
        this.memory = memory;
    }

    RangeTombstones present() {
        return present;
    }

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
        RangeTombstones added = RangeTombstones.of(from, to, sequence);
        present = present.isEmpty() ? added : RangeTombstones.union(List.of(present, added));
        long bytes = memoryBytes();
        memory.charge(bytes - chargedBytes);
        chargedBytes = bytes;
        count++;
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

    private static final long FRAGMENT_BYTES = 96; // four objects and a reference
}
