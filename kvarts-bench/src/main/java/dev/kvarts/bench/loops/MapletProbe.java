package dev.kvarts.bench.loops;

import dev.kvarts.hash.BareMaplets;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.util.concurrent.TimeUnit;

/// Which run may hold a key, by the maplet: 2.2 bytes a key, and now and then a wrong yes.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MapletProbe {
    /// 100,000 keys make maplets of 220 KB, 100 million 220 MB: in the second-level cache, and
    /// several times the last-level cache.
    @Param({"100000", "100000000"})
    int keys;

    long[] present;
    long[] absent;
    private BareMaplets maplets;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void fill() {
        var hashed = new HashedKeys(keys);
        maplets = new BareMaplets(hashed.partitionBits);
        hashed.into(maplets::fill);
        present = hashed.present;
        absent = hashed.absent;
    }

    @TearDown
    public void close() {
        maplets.close();
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
        int run = maplets.find(hashes[next & hashes.length - 1]);
        next += 1 + (run & zero);
        return run;
    }
}
