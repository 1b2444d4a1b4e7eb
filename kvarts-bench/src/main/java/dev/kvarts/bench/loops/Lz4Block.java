package dev.kvarts.bench.loops;

import dev.kvarts.bytes.Lz4;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/// A block of 4 KiB compressed, and restored, between native segments.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Lz4Block {
    private static final int SIZE = CompressibleBlock.SIZE;

    private final Arena arena = Arena.ofShared();
    private final Lz4 lz4 = new Lz4();
    private MemorySegment block;
    private MemorySegment compressed;
    private MemorySegment restored;
    private int size;

    @Setup
    public void fill() {
        block = arena.allocate(SIZE).copyFrom(MemorySegment.ofArray(CompressibleBlock.bytes()));
        compressed = arena.allocate(Lz4.compressedSizeMax(SIZE));
        restored = arena.allocate(SIZE);
        size = compress();
    }

    @TearDown
    public void close() {
        arena.close();
    }

    @Benchmark
    public int compress() {
        return lz4.compress(block, 0, SIZE, compressed, 0);
    }

    @Benchmark
    public MemorySegment restore() {
        Lz4.decompress(compressed, 0, size, restored, 0, SIZE);
        return restored;
    }
}
