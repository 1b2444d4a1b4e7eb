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

import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// The rival of [TableWalk]: the same entries on the heap, in order in a [TreeMap].
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TreeMapWalk {
    @Param({"false", "true"})
    boolean slotted;

    Records records;
    private NavigableMap<byte[], byte[]> entries;
    private Iterator<Map.Entry<byte[], byte[]>> forward;
    private Iterator<Map.Entry<byte[], byte[]>> backward;

    @Setup
    public void fill() {
        records = new Records(100, slotted);
        entries = new TreeMap<>(Arrays::compareUnsigned);
        for (int i = 0; i < records.keys.length; i++) {
            entries.put(records.keys[i], records.values[i]);
        }
        forward = entries.entrySet().iterator();
        backward = entries.descendingMap().entrySet().iterator();
    }

    @Benchmark
    public long next() {
        if (!forward.hasNext()) {
            forward = entries.entrySet().iterator();
        }
        return looked(forward.next());
    }

    @Benchmark
    public long previous() {
        if (!backward.hasNext()) {
            backward = entries.descendingMap().entrySet().iterator();
        }
        return looked(backward.next());
    }

    private static long looked(Map.Entry<byte[], byte[]> entry) {
        return Bytes.getLong(entry.getKey(), 8) + Bytes.getLong(entry.getValue(), 0);
    }
}
