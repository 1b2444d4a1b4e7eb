package dev.kvarts.bench.loops;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.TimeUnit;

/// The rival of [Lz4Block]: the same block by lz4-java's code without native library and Unsafe,
/// between arrays.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Lz4JavaBlock {
    private static final int SIZE = CompressibleBlock.SIZE;

    private final LZ4Compressor compressor = LZ4Factory.safeInstance().fastCompressor();
    private final LZ4SafeDecompressor decompressor = LZ4Factory.safeInstance().safeDecompressor();
    private final byte[] restored = new byte[SIZE];
    private byte[] block;
    private byte[] compressed;
    private int size;

    @Setup
    public void fill() {
        block = CompressibleBlock.bytes();
        compressed = new byte[compressor.maxCompressedLength(SIZE)];
        size = compress();
    }

    @Benchmark
    public int compress() {
        return compressor.compress(block, 0, SIZE, compressed, 0, compressed.length);
    }

    @Benchmark
    public byte[] restore() {
        decompressor.decompress(compressed, 0, size, restored, 0, SIZE);
        return restored;
    }
}
