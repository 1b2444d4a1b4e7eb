package dev.kvarts.bench.loops;

import dev.kvarts.memtable.BareStore;

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

/// A rival of [Memtable]: the same store, with a skip list for its index.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SkipListMemtable {
    @Param("400000")
    int keys;

    private final Memtable same = new Memtable();

    @Setup
    public void fill() {
        same.keys = keys;
        same.fill(BareStore.withSkipList());
    }

    @TearDown
    public void close() {
        same.close();
    }

    @Benchmark
    public int put() {
        return same.put();
    }

    @Benchmark
    public long find() {
        return same.find();
    }

    @Benchmark
    public int walk() {
        return same.walk();
    }
}
