package dev.kvarts.bench.loops;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Block;
import dev.kvarts.cache.BlockCache;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// One word of a block of 4 KiB that is in the cache, with the epoch that a lookup is in.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CachedBlock {
    static final int BLOCK_SIZE = 4096;
    static final int PROBES = 1 << 16;
    static final long SEED = 42;

    /// 4 MB, and 400 MB.
    @Param({"1000", "100000"})
    int blocks;

    private Scheduler scheduler;
    private Epochs epochs;
    private BlockCache cache;
    private int[] order;
    private int next;

    static int[] order(int blocks) {
        return new SplittableRandom(SEED).ints(PROBES, 0, blocks).toArray();
    }

    @Setup
    public void fill() throws IOException {
        scheduler = new ThreadScheduler(1);
        epochs = new Epochs(scheduler);
        long capacity = Math.max(blocks * (BLOCK_SIZE + 1024L), BlockCache.CAPACITY_BYTES_MIN);
        cache = new BlockCache(new MemoryBudget(capacity), epochs, capacity);
        for (int block = 0; block < blocks; block++) {
            int epoch = epochs.enter();
            cache.load(
                    1,
                    (long) block * BLOCK_SIZE,
                    BLOCK_SIZE,
                    (segment, offset, _) -> segment.set(Bytes.LONG, offset, 0));
            epochs.exit(epoch);
        }
        order = order(blocks);
    }

    @TearDown
    public void close() {
        cache.close();
        scheduler.close();
    }

    @Benchmark
    public long hit() {
        int epoch = epochs.enter();
        Block block = cache.get(1, (long) order[next & PROBES - 1] * BLOCK_SIZE);
        long word = block == null ? -1 : block.segment.get(Bytes.LONG, block.offset);
        epochs.exit(epoch);
        next += 1 + (int) word; // 0 in every block: makes the next question wait for the answer
        return word;
    }
}
