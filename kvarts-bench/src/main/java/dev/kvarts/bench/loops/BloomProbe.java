package dev.kvarts.bench.loops;

import org.fastfilter.bloom.Bloom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.TimeUnit;

/// The rival of [FilterProbe]: the same questions to a Bloom filter of 10 bits a key, as others use
/// by default. 1 absent key of 120 passes.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BloomProbe {
    private static final int BITS_PER_KEY = 10;

    @Param({"100000", "30000000"})
    int keys;

    private long[] present;
    private long[] absent;
    private Bloom filter;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void fill() {
        long[] hashes = FilterProbe.hashes(keys);
        filter = Bloom.construct(hashes, BITS_PER_KEY);
        present = FilterProbe.present(hashes);
        absent = FilterProbe.absent();
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
        int passed = filter.mayContain(hashes[next & FilterProbe.PROBES - 1]) ? 1 : 0;
        next += 1 + (passed & zero);
        return passed;
    }
}
