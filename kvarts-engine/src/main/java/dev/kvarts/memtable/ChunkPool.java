package dev.kvarts.memtable;

import dev.kvarts.cache.MemoryBudget;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/// Native chunks of one size, kept for the next memory store when the last one is done: fresh
/// memory costs a page fault per 4 KiB. And arrays for the nodes of trees, which need not be
/// collected then.
///
/// Thread safety: any number of threads.
public final class ChunkPool implements AutoCloseable {
    private static final int CHUNKS_PER_STORE = 64;
    private static final long CHUNK_MIN = 16 << 10;
    private static final long CHUNK_MAX = 1 << 20;
    private static final int NODE_CHUNK_SHARE = 4; // an array is so much smaller than a chunk
    private static final int NODE_CHUNK_SLACK = 256; // for its header, so that it fits a power of 2

    private final MemoryBudget budget;
    private final int chunkSize;
    private final int keepMax;
    private final ArrayDeque<Chunk> free = new ArrayDeque<>();
    private final ArrayDeque<long[]> freeNodes = new ArrayDeque<>();
    private boolean closed;

    /// One chunk and the arena that owns it.
    record Chunk(Arena arena, MemorySegment segment) {}

    public ChunkPool(MemoryBudget budget, int chunkSize, long keepBytesMax) {
        this.budget = budget;
        this.chunkSize = chunkSize;
        // A writer that is slowed down takes a store to half as much again before it waits.
        this.keepMax = (int) ((keepBytesMax + keepBytesMax / 2) / chunkSize);
    }

    /// For memory stores of up to so many bytes.
    public static ChunkPool forStores(MemoryBudget budget, long storeBytes) {
        long chunk =
                Math.clamp(Long.highestOneBit(storeBytes / CHUNKS_PER_STORE), CHUNK_MIN, CHUNK_MAX);
        return new ChunkPool(budget, (int) chunk, storeBytes);
    }

    int chunkSize() {
        return chunkSize;
    }

    synchronized Chunk take() {
        Chunk chunk = free.poll();
        return chunk != null ? chunk : allocate(chunkSize);
    }

    /// A chunk of its own for a record larger than the usual chunk.
    Chunk takeLarge(long size) {
        return allocate(size);
    }

    private Chunk allocate(long size) {
        Arena arena = budget.newArena();
        try {
            var chunk = new Chunk(arena, arena.allocate(size, 8));
            budget.charge(MemoryBudget.Account.MEMORY_STORES, size);
            return chunk;
        } catch (OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    synchronized void giveBack(Chunk chunk) {
        if (!closed && chunk.segment.byteSize() == chunkSize && free.size() < keepMax) {
            free.push(chunk);
        } else {
            release(chunk);
        }
    }

    int nodeChunkSize() {
        return chunkSize / NODE_CHUNK_SHARE;
    }

    synchronized long[] takeNodes() {
        long[] nodes = freeNodes.poll();
        if (nodes == null) {
            nodes = new long[(nodeChunkSize() - NODE_CHUNK_SLACK) / Long.BYTES];
            budget.charge(MemoryBudget.Account.MEMORY_STORES, sizeOf(nodes));
        }
        return nodes;
    }

    private static long sizeOf(long[] nodes) {
        return (long) Long.BYTES * nodes.length;
    }

    synchronized void giveBack(long[] nodes) {
        if (!closed && freeNodes.size() < keepMax) {
            freeNodes.push(nodes);
        } else {
            budget.charge(MemoryBudget.Account.MEMORY_STORES, -sizeOf(nodes));
        }
    }

    private void release(Chunk chunk) {
        budget.charge(MemoryBudget.Account.MEMORY_STORES, -chunk.segment.byteSize());
        chunk.arena.close();
    }

    @Override
    public synchronized void close() {
        closed = true;
        free.forEach(this::release);
        free.clear();
        freeNodes.forEach(
                nodes -> budget.charge(MemoryBudget.Account.MEMORY_STORES, -sizeOf(nodes)));
        freeNodes.clear();
    }
}
