package dev.kvarts.bench.loops;

import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.Lookup;
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

/// The memory store of an ordered keyspace, filled with keys at random until it would be flushed,
/// and then anew; asked for keys; walked over.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Memtable {
    /// With values of 100 bytes these are 64 MiB in all.
    @Param("400000")
    int keys;

    SortedKeys entries;
    BareStore store;
    private final Lookup lookup = new Lookup();
    private EntryCursor cursor;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void fill() {
        fill(BareStore.withTree());
    }

    void fill(BareStore empty) {
        entries = new SortedKeys(keys);
        store = empty;
        for (byte[] key : entries.keys) {
            store.put(key, entries.value);
        }
        cursor = store.cursor();
    }

    @TearDown
    public void close() {
        store.close();
    }

    @Benchmark
    public int put() {
        if (next == 0) {
            store.clear();
        }
        store.put(entries.keys[next], entries.value);
        int put = next++;
        if (next == keys) {
            next = 0;
        }
        return put;
    }

    @Benchmark
    public long find() {
        store.find(entries.questions[next], lookup);
        long size = lookup.found ? lookup.valueSize : -1;
        next += 1 + ((int) size & zero);
        if (next == keys) {
            next = 0;
        }
        return size;
    }

    @Benchmark
    public int walk() {
        if (!cursor.next()) {
            cursor.first();
        }
        return cursor.key()[0];
    }
}
