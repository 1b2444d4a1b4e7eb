package dev.kvarts.bench.loops;

import dev.kvarts.bytes.Bytes;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// The rival of [CachedBlock]: a map that keeps everything for ever, of arrays on the heap.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MapOfBlocks {
    @Param({"1000", "100000"})
    int blocks;

    private final ConcurrentHashMap<Long, byte[]> map = new ConcurrentHashMap<>();
    private int[] order;
    private int next;

    @Setup
    public void fill() {
        for (int block = 0; block < blocks; block++) {
            map.put((long) block * CachedBlock.BLOCK_SIZE, new byte[CachedBlock.BLOCK_SIZE]);
        }
        order = CachedBlock.order(blocks);
    }

    @Benchmark
    public long hit() {
        int probe = order[next & CachedBlock.PROBES - 1];
        byte[] block = map.get((long) probe * CachedBlock.BLOCK_SIZE);
        long word = block == null ? -1 : Bytes.getLong(block, 0);
        next += 1 + (int) word; // 0 in every block: makes the next question wait for the answer
        return word;
    }
}
