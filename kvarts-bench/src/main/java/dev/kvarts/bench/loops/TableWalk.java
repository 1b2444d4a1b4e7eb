package dev.kvarts.bench.loops;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryCursor;

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

/// One step of a cursor over a table that is in cache, round and round: the whole key, and the
/// beginning of the value.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TableWalk {
    @Param({"false", "true"})
    boolean slotted;

    Records records;
    private BareTable table;
    private EntryCursor cursor;

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
    public long next() {
        if (!cursor.next()) {
            cursor.first();
        }
        return looked();
    }

    @Benchmark
    public long previous() {
        if (!cursor.previous()) {
            cursor.last();
        }
        return looked();
    }

    private long looked() {
        return Bytes.getLong(cursor.key(), 8)
                + cursor.valueSegment().get(Bytes.LONG, cursor.valueOffset());
    }
}
