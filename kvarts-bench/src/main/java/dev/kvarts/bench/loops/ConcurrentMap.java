package dev.kvarts.bench.loops;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;

/// A rival of [Memtable]: the sorted map that the JDK has for several threads, with arrays for keys
/// and values, which are copied as a store copies them.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ConcurrentMap {
    @Param("400000")
    int keys;

    SortedKeys entries;
    ConcurrentSkipListMap<byte[], byte[]> map;
    private Iterator<byte[]> walk;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void fill() {
        entries = new SortedKeys(keys);
        map = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
        for (byte[] key : entries.keys) {
            map.put(key.clone(), entries.value.clone());
        }
        walk = map.keySet().iterator();
    }

    @Benchmark
    public int put() {
        if (next == 0) {
            map = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
        }
        map.put(entries.keys[next].clone(), entries.value.clone());
        int put = next++;
        if (next == keys) {
            next = 0;
        }
        return put;
    }

    @Benchmark
    public long find() {
        byte[] value = map.get(entries.questions[next]);
        long size = value == null ? -1 : value.length;
        next += 1 + ((int) size & zero);
        if (next == keys) {
            next = 0;
        }
        return size;
    }

    @Benchmark
    public int walk() {
        if (!walk.hasNext()) {
            walk = map.keySet().iterator();
        }
        return walk.next()[0];
    }
}
