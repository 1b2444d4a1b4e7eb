package dev.kvarts.memtable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Where the records of one shard's keys come from: a slice of a chunk, and what was freed before.
///
/// An overwritten version is used again for new records when nobody can look at it any more: when
/// the newer version is visible to every new reader, two epochs have passed for the old ones, no
/// live snapshot lies between the two, and the store is not pinned. So a key that is overwritten
/// for ever takes no more memory than one that is not. What a snapshot needs at that time is not
/// asked for again: it goes with the store.
///
/// Who looks for an old version comes by all the newer ones. While there is a snapshot that is
/// older than what overwrote a version, one that none of them needs is therefore taken out of the
/// chain first, and used again two epochs later. Versions of a key come in the order of their age,
/// so the newer neighbour is still there. Snapshots that are younger stop at the neighbour.
///
/// Thread safety: under the shard's lock.
final class RecordArena {
    private static final int RETIRED_BATCH = 64;
    private static final int ENTRY = 3; // reference, that of the newer version, its sequence number
    private static final long UNLINKED = 0; // instead of a reference: out of the chain already

    private final StoreMemory memory;
    private final int headerSize;
    private long sliceAt; // reference of the next free byte in this arena's slice
    private long sliceEnd;
    private final long[] freeLists = new long[SizeClasses.COUNT];
    private long[] retired = new long[ENTRY * RETIRED_BATCH];
    private int retiredCount; // longs
    private long retiredNewest; // sequence number that must be visible before they can go
    private long[] waiting = new long[0];
    private int waitingCount;
    private long waitingSince;

    RecordArena(StoreMemory memory, int headerSize) {
        this.memory = memory;
        this.headerSize = headerSize;
    }

    /// Takes memory for a record of this many bytes, its header included.
    long allocate(long size) {
        int sizeClass = SizeClasses.of(size);
        long head = freeLists[sizeClass];
        if (head == 0 && retiredCount >= ENTRY * RETIRED_BATCH) {
            recycle();
            head = freeLists[sizeClass];
        }
        if (head != 0) {
            freeLists[sizeClass] = RecordLayout.previous(memory.chunk(head), memory.offset(head));
            return head;
        }
        long rounded = SizeClasses.sizeOf(sizeClass);
        if (rounded > memory.sliceSize() / 4) {
            return memory.allocateLarge(rounded);
        }
        long units = rounded >>> StoreMemory.UNIT_BITS;
        if (sliceAt + units > sliceEnd) {
            sliceAt = memory.allocateSlice();
            sliceEnd = sliceAt + (memory.sliceSize() >>> StoreMemory.UNIT_BITS);
        }
        long reference = sliceAt;
        sliceAt += units;
        return reference;
    }

    /// Gives back memory that nobody has seen.
    void free(long reference, long size) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        int sizeClass = SizeClasses.of(size);
        RecordLayout.previous(chunk, at, freeLists[sizeClass]);
        freeLists[sizeClass] = reference;
    }

    /// Takes back a record that was overwritten.
    ///
    /// @param newer reference of what overwrote it
    /// @param newerSequence its sequence number
    void retire(long reference, long newer, long newerSequence) {
        addRetired(reference, newer, newerSequence);
        retiredNewest = newerSequence;
    }

    private void addRetired(long reference, long newer, long newerSequence) {
        if (retiredCount == retired.length) {
            retired = Arrays.copyOf(retired, 2 * retired.length);
        }
        retired[retiredCount++] = reference;
        retired[retiredCount++] = newer;
        retired[retiredCount++] = newerSequence;
    }

    /// Moves what nobody can see any more to the free lists. What was retired since is let wait
    /// from now on.
    private void recycle() {
        if (waitingCount > 0) {
            if (!memory.epochs().passed(waitingSince) || memory.pinned()) {
                return;
            }
            freeWaiting(memory.snapshots());
        }
        if (memory.visible() >= retiredNewest) {
            long[] empty =
                    waiting.length >= ENTRY * RETIRED_BATCH
                            ? waiting
                            : new long[ENTRY * RETIRED_BATCH];
            waiting = retired;
            waitingCount = retiredCount;
            waitingSince = memory.epochs().current();
            retired = empty;
            retiredCount = 0;
        }
    }

    private void freeWaiting(long[] live) {
        long oldest = Long.MAX_VALUE;
        for (long each : live) {
            oldest = Math.min(oldest, each);
        }
        for (int i = 0; i < waitingCount; i += ENTRY) {
            long reference = waiting[i];
            long newer = waiting[i + 1];
            long newerSequence = waiting[i + 2];
            if (newer == UNLINKED || newerSequence <= oldest) {
                free(reference, recordSize(reference));
            } else if (!isNeeded(reference, newerSequence, live)) {
                RecordLayout.previous(
                        memory.chunk(newer),
                        memory.offset(newer),
                        RecordLayout.previous(memory.chunk(reference), memory.offset(reference)));
                addRetired(reference, UNLINKED, 0);
            }
        }
        waitingCount = 0;
    }

    private boolean isNeeded(long reference, long newer, long[] live) {
        long sequence = RecordLayout.sequence(memory.chunk(reference), memory.offset(reference));
        for (long each : live) {
            if (sequence <= each && each < newer) {
                return true;
            }
        }
        return false;
    }

    private long recordSize(long reference) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        return headerSize + RecordLayout.keySize(chunk, at) + RecordLayout.valueSize(chunk, at);
    }
}
