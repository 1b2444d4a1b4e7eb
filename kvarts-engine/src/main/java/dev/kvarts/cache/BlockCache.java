package dev.kvarts.cache;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Blocks of files, decompressed and checked, in memory outside the heap.
///
/// Which blocks stay is decided by S3-FIFO (Yang, Zhang, Qiu, Yue, Vinayak: "FIFO queues are all
/// you need for cache eviction", SOSP 2023): a small queue takes new blocks, and only those used
/// again there come into the main queue, so that a scan passes through a tenth of the memory. A hit
/// changes nothing but a counter of two bits in the block; queues are touched by misses only. Hence
/// a hit takes no lock and allocates nothing.
///
/// Blocks are spread over shards by their names' hash, each with a lock, a share of the capacity
/// and slabs that grow with use ([BlockMemory]). What is put out is freed when two epochs have
/// passed and nobody has it pinned; until then it takes room, therefore blocks are put out a little
/// ahead of need.
///
/// ```
/// int token = epochs.enter();
/// try {
///     Block block = cache.get(file, position);
///     if (block == null) block = cache.load(file, position, size, loader);
///     if (block == null) ... // no room for it
///     ... look at it; or pin it, look at it after the epoch, unpin it
/// } finally { epochs.exit(token); }
/// ```
///
/// Thread safety: any number of threads.
public final class BlockCache implements AutoCloseable {
    public static final long CAPACITY_BYTES_MIN = 1 << 20;

    private static final long SHARD_BYTES_MIN = 4L << 20;
    private static final int SHARDS_MAX = 16;
    private static final int SLABS_PER_SHARD = 16;
    private static final int SLAB_SIZE_MIN = 256 << 10;
    private static final int SLAB_SIZE_MAX = 2 << 20;
    private static final int STRIPES = 16;
    private static final int PADDING = 16; // longs: two cache lines, which are fetched in pairs
    private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(long[].class);

    private final BlockCacheShard[] shards;
    private final int shardShift;
    private final long[] hits = new long[(STRIPES + 1) * PADDING];
    private volatile long capacityBytes;

    /// Fills memory with a block.
    @FunctionalInterface
    public interface Loader {
        /// Writes `size` bytes at `offset`. If it throws, nothing is kept.
        void load(MemorySegment segment, long offset, int size) throws IOException;
    }

    /// @param capacityBytes at least [#CAPACITY_BYTES_MIN]; taken as it is needed
    public BlockCache(MemoryBudget budget, Epochs epochs, long capacityBytes) {
        this(budget, epochs, capacityBytes, shardsFor(capacityBytes));
    }

    BlockCache(MemoryBudget budget, Epochs epochs, long capacityBytes, int shardCount) {
        requireCapacity(capacityBytes);
        this.capacityBytes = capacityBytes;
        this.shards = new BlockCacheShard[shardCount];
        this.shardShift = 64 - Integer.numberOfTrailingZeros(shardCount);
        long share = capacityBytes / shardCount;
        int slabSize =
                Math.clamp(
                        Long.highestOneBit(share / SLABS_PER_SHARD), SLAB_SIZE_MIN, SLAB_SIZE_MAX);
        for (int i = 0; i < shardCount; i++) {
            shards[i] = new BlockCacheShard(epochs, budget, share, slabSize);
        }
    }

    private static int shardsFor(long capacityBytes) {
        return Math.clamp(Long.highestOneBit(capacityBytes / SHARD_BYTES_MIN), 1, SHARDS_MAX);
    }

    private static void requireCapacity(long capacityBytes) {
        if (capacityBytes < CAPACITY_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "block cache too small: bytes=" + capacityBytes + " min=" + CAPACITY_BYTES_MIN);
        }
    }

    static long hash(long file, long position) {
        long a = file * 0x9E3779B97F4A7C15L ^ position;
        long b = 0xD6E8FEB86659FD93L ^ Long.rotateLeft(file, 32);
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }

    private BlockCacheShard shard(long hash) {
        return shards[(int) (hash >>> shardShift) & shards.length - 1];
    }

    /// The block at this position of the file, or null if it is not here. Requires: the caller is
    /// in an epoch.
    public Block get(long file, long position) {
        long hash = hash(file, position);
        Block block = shard(hash).find(hash, file, position);
        if (block != null) {
            count();
        }
        return block;
    }

    private void count() {
        int at = ((int) Thread.currentThread().threadId() & STRIPES - 1) * PADDING + PADDING;
        COUNTER.setOpaque(hits, at, (long) COUNTER.getOpaque(hits, at) + 1);
    }

    /// Loads a block that [#get] did not find, and returns it, or one that another thread loaded
    /// meanwhile. Null, without a call of the loader, if there is no room for it: it is too large,
    /// or what was put out cannot be freed because readers stay in their epochs; then whoever asks
    /// reads it into memory of his own. Requires: the caller is in an epoch.
    ///
    /// @throws IOException if the loader does; nothing is kept then
    public Block load(long file, long position, int size, Loader loader) throws IOException {
        long hash = hash(file, position);
        BlockCacheShard shard = shard(hash);
        Block block = shard.reserve(hash, file, position, size);
        if (block == null || !block.loading) {
            return block;
        }
        boolean loaded = false;
        try {
            loader.load(block.segment, block.offset, size);
            loaded = true;
        } finally {
            if (!loaded) {
                shard.abandon(block);
            }
        }
        return shard.admit(hash, block);
    }

    /// Puts out all blocks of a file that is deleted or closed.
    public void forget(long file) {
        for (BlockCacheShard shard : shards) {
            shard.forget(file);
        }
    }

    /// Changes the capacity. Memory above it goes back as readers leave. Shards were sized for the
    /// first capacity: one that is much smaller may be too little for them to keep anything.
    public void resize(long capacityBytes) {
        requireCapacity(capacityBytes);
        this.capacityBytes = capacityBytes;
        for (BlockCacheShard shard : shards) {
            shard.resize(capacityBytes / shards.length);
        }
    }

    public BlockCacheStatistics statistics() {
        var sum = new BlockCacheStatistics.Sum();
        for (BlockCacheShard shard : shards) {
            shard.addTo(sum);
        }
        long found = 0;
        for (int i = 1; i <= STRIPES; i++) {
            found += (long) COUNTER.getOpaque(hits, i * PADDING);
        }
        return new BlockCacheStatistics(
                found,
                sum.misses,
                sum.evictions,
                sum.returned,
                sum.passing,
                sum.blocks,
                sum.blockBytes,
                sum.reservedBytes,
                capacityBytes);
    }

    /// Bytes of the reserved ones that hold nothing, neither a block nor one that is on its way
    /// out.
    long freeBytes() {
        long sum = 0;
        for (BlockCacheShard shard : shards) {
            sum += shard.freeBytes();
        }
        return sum;
    }

    /// Entries of the queues.
    int queued() {
        int sum = 0;
        for (BlockCacheShard shard : shards) {
            sum += shard.queued();
        }
        return sum;
    }

    /// Requires: nobody uses the cache or a block of it any more.
    @Override
    public void close() {
        for (BlockCacheShard shard : shards) {
            shard.close();
        }
    }
}
