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
import java.util.concurrent.TimeUnit;

/// The rival of [TableSearch]: binary search over all keys, sorted, on the heap.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SortedArraySearch {
    @Param({"false", "true"})
    boolean slotted;

    Records records;
    byte[][] keys;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void sort() {
        records = new Records(100, slotted);
        keys = records.keys.clone();
        Arrays.sort(keys, Arrays::compareUnsigned);
    }

    @Benchmark
    public boolean hit() {
        return search(records.present) >= 0;
    }

    @Benchmark
    public boolean miss() {
        return search(records.absent) >= 0;
    }

    @Benchmark
    public boolean seek() {
        return -1 - search(records.absent) < keys.length;
    }

    /// Place of the key, or -1 less the place where it would be.
    private int search(Records.Question[] questions) {
        byte[] key = questions[next & questions.length - 1].key();
        int low = 0;
        int high = keys.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            int order = Arrays.compareUnsigned(keys[middle], key);
            if (order == 0) {
                next += 1 + (middle & zero);
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        next += 1 + (low & zero);
        return -1 - low;
    }
}
