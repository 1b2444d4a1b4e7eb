package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.LiveSnapshots;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// The memory of one store: chunks cut into slices, and what tells when a piece may be used again.
///
/// A reference is a chunk's number and an offset in units of 16 bytes, plus one chunk so that 0 is
/// none.
///
/// Thread safety: any number of threads.
final class StoreMemory {
    static final int UNIT_BITS = 4;
    private static final long UNIT = 1L << UNIT_BITS;
    private static final int SLICES_PER_CHUNK = 32;

    // Fixed at construction.
    private final ChunkPool pool;
    private final MemoryBudget budget;
    private final Epochs epochs;
    private final LiveSnapshots snapshots;
    private final long born; // every version in the store is newer than this sequence number
    private final int chunkShift; // of a reference

    // Guarded by this, read by all.
    private volatile MemorySegment[] chunks = new MemorySegment[0];
    private final List<ChunkPool.Chunk> owned = new ArrayList<>();
    private int sliceChunk = -1;
    private int slicesTaken = SLICES_PER_CHUNK;
    private int mediumChunk = -1;
    private long mediumTaken;
    private volatile long chunkBytes;
    private final List<long[]> nodeChunks = new ArrayList<>();

    private final LongAdder heapBytes = new LongAdder();
    private final AtomicInteger pins = new AtomicInteger();

    StoreMemory(
            ChunkPool pool,
            MemoryBudget budget,
            Epochs epochs,
            LiveSnapshots snapshots,
            long born) {
        this.pool = pool;
        this.budget = budget;
        this.epochs = epochs;
        this.snapshots = snapshots;
        this.born = born;
        this.chunkShift = 63 - Long.numberOfLeadingZeros(pool.chunkSize()) - UNIT_BITS;
    }

    MemorySegment chunk(long reference) {
        return chunks[(int) (reference >>> chunkShift) - 1];
    }

    long offset(long reference) {
        return (reference & (1L << chunkShift) - 1) << UNIT_BITS;
    }

    long sliceSize() {
        return pool.chunkSize() / SLICES_PER_CHUNK;
    }

    synchronized long allocateSlice() {
        if (slicesTaken == SLICES_PER_CHUNK) {
            sliceChunk = add(pool.take());
            slicesTaken = 0;
        }
        long offset = slicesTaken++ * sliceSize();
        return (sliceChunk + 1L << chunkShift) + (offset >>> UNIT_BITS);
    }

    /// For records that would waste too much of a slice: they share chunks, or get one of their
    /// own.
    synchronized long allocateLarge(long size) {
        long rounded = Bytes.roundUp(size, UNIT);
        if (rounded > pool.chunkSize() / 2) {
            return add(pool.takeLarge(rounded)) + 1L << chunkShift;
        }
        if (mediumChunk < 0 || mediumTaken + rounded > pool.chunkSize()) {
            mediumChunk = add(pool.take());
            mediumTaken = 0;
        }
        long reference = (mediumChunk + 1L << chunkShift) + (mediumTaken >>> UNIT_BITS);
        mediumTaken += rounded;
        return reference;
    }

    private int add(ChunkPool.Chunk chunk) {
        int number = owned.size();
        MemorySegment[] present = chunks;
        if (number == present.length) {
            present = Arrays.copyOf(present, Math.max(16, 2 * number));
        }
        present[number] = chunk.segment();
        owned.add(chunk);
        chunkBytes += chunk.segment().byteSize();
        chunks = present; // a volatile write: who gets a reference into the chunk sees it
        return number;
    }

    int nodeChunkSize() {
        return pool.nodeChunkSize();
    }

    /// An array for nodes of a tree, of [#nodeChunkSize()] bytes or a little less. What is in it is
    /// of no meaning.
    synchronized long[] takeNodeChunk() {
        long[] chunk = pool.takeNodes();
        nodeChunks.add(chunk);
        chunkBytes += (long) Long.BYTES * chunk.length;
        return chunk;
    }

    /// Accounts for memory that is not in chunks; negative gives back.
    void charge(long bytes) {
        heapBytes.add(bytes);
        budget.charge(MemoryBudget.Account.MEMORY_STORES, bytes);
    }

    Epochs epochs() {
        return epochs;
    }

    long visible() {
        return snapshots.visible();
    }

    /// Whether who sees versions up to this sequence number may look into the store. Who sees none
    /// of it must not: old versions are used again without a thought of him.
    boolean mayShow(long visible) {
        return visible >= born;
    }

    /// The sequence numbers of the live snapshots that may look into the store.
    long[] snapshots() {
        return snapshots.sequencesFrom(born);
    }

    boolean pinned() {
        return pins.get() != 0;
    }

    void pin() {
        pins.incrementAndGet();
    }

    void unpin() {
        pins.decrementAndGet();
    }

    /// Bytes taken, in chunks and beside them.
    long sizeBytes() {
        return chunkBytes + heapBytes.sum();
    }

    /// Gives everything back. Requires: not pinned, and no reader can find it any more.
    synchronized void release() {
        owned.forEach(pool::giveBack);
        owned.clear();
        nodeChunks.forEach(pool::giveBack);
        nodeChunks.clear();
        budget.charge(MemoryBudget.Account.MEMORY_STORES, -heapBytes.sum());
        heapBytes.reset();
        chunks = new MemorySegment[0];
        chunkBytes = 0;
    }
}
