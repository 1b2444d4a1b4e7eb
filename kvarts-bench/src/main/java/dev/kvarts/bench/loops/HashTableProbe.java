package dev.kvarts.bench.loops;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.TimeUnit;

/// The rival of [MapletProbe]: the same questions to a [HashTable].
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HashTableProbe {
    @Param({"100000", "100000000"})
    int keys;

    long[] present;
    long[] absent;
    private HashTable table;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void fill() {
        var hashed = new HashedKeys(keys);
        table = new HashTable(keys);
        hashed.into(
                (_, hashes) -> {
                    for (long hash : hashes) {
                        table.add(hash);
                    }
                });
        present = hashed.present;
        absent = hashed.absent;
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
        int run = table.find(hashes[next & hashes.length - 1]);
        next += 1 + (run & zero);
        return run;
    }
}
