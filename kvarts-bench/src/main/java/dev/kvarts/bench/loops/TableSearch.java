package dev.kvarts.bench.loops;

import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.Lookup;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// Where a key's value lies in a table that is in cache: filter, block index, tags, the full key;
/// or, of a seek, the heads of the block.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TableSearch {
    @Param({"false", "true"})
    boolean slotted;

    Records records;
    final Lookup lookup = new Lookup();
    EntryCursor cursor;
    private BareTable table;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void write() throws IOException {
        records = new Records(100, slotted);
        table = BareTable.write(records);
        cursor = table.table.cursor(Long.MAX_VALUE);
    }

    @TearDown
    public void close() throws IOException {
        cursor.close();
        table.close();
    }

    @Benchmark
    public boolean hit() {
        return search(records.present);
    }

    @Benchmark
    public boolean miss() {
        return search(records.absent);
    }

    private boolean search(Records.Question[] questions) {
        Records.Question question = questions[next & questions.length - 1];
        lookup.key = question.key();
        lookup.keySize = Records.KEY_SIZE;
        lookup.hash = question.hash();
        lookup.visible = Long.MAX_VALUE;
        boolean found = table.table.find(lookup);
        next += 1 + (lookup.reads & zero);
        return found;
    }

    /// Goes to the first entry that is not lower.
    @Benchmark
    public boolean seek() {
        Records.Question question = records.absent[next & records.absent.length - 1];
        boolean found = cursor.seek(question.key(), Records.KEY_SIZE);
        next += 1 + (cursor.keySize() & zero);
        return found;
    }
}
