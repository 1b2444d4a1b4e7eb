package dev.kvarts.bench.loops;

import dev.kvarts.bytes.FuseFilter;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// Whether a table may have a key, by its binary fuse filter: 9 bits a key, 1 absent key of 256
/// passes.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FilterProbe {
    static final int PROBES = 1 << 16;
    static final long SEED = 42;

    /// 100,000 keys make a filter of 113 KB, 30 million one of 34 MB.
    @Param({"100000", "30000000"})
    int keys;

    private final Arena arena = Arena.ofShared();
    private long[] present;
    private long[] absent;
    private FuseFilter filter;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    static long[] hashes(int keys) {
        return new SplittableRandom(SEED).longs(keys).toArray();
    }

    static long[] absent() {
        return new SplittableRandom(SEED + 1).longs(PROBES).toArray();
    }

    /// Of a table's keys some that lie apart.
    static long[] present(long[] hashes) {
        long[] present = new long[PROBES];
        for (int i = 0; i < PROBES; i++) {
            present[i] = hashes[(int) ((long) i * hashes.length / PROBES)];
        }
        return present;
    }

    @Setup
    public void fill() {
        long[] hashes = hashes(keys);
        MemorySegment stored = FuseFilter.build(hashes, keys, 8, arena);
        filter = FuseFilter.parse(stored, 0, stored.byteSize());
        present = present(hashes);
        absent = absent();
    }

    @TearDown
    public void close() {
        arena.close();
    }

    @Benchmark
    public int hit() {
        return probe(present);
    }

    @Benchmark
    public int miss() {
        return probe(absent);
    }

    private int probe(long[] hashes) {
        int passed = filter.mayContain(hashes[next & PROBES - 1]) ? 1 : 0;
        next += 1 + (passed & zero);
        return passed;
    }
}
