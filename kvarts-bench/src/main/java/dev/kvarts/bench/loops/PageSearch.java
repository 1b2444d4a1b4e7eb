package dev.kvarts.bench.loops;

import dev.kvarts.entry.Lookup;
import dev.kvarts.hash.BareRun;

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

/// Where a key's value lies in a run that is in cache: the page by the directory, eight tags at a
/// time, the full key. A record that crosses pages, as one of four does with values of 1 KiB, is
/// put together.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PageSearch {
    @Param({"false", "true"})
    boolean slotted;

    @Param({"100", "1024"})
    int valueSize;

    Records records;
    BareRun run;
    final Lookup lookup = new Lookup();
    private TemporaryFolder folder;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void write() throws IOException {
        records = new Records(valueSize, slotted);
        folder = TemporaryFolder.create();
        run = BareRun.write(folder.path(), records.keys, records.hashes, records.values);
    }

    @TearDown
    public void close() throws IOException {
        run.close();
        folder.close();
    }

    @Benchmark
    public long hit() {
        return search(records.present);
    }

    @Benchmark
    public long miss() {
        return search(records.absent);
    }

    private long search(Records.Question[] questions) {
        Records.Question question = questions[next & questions.length - 1];
        lookup.key = question.key();
        lookup.keySize = Records.KEY_SIZE;
        lookup.hash = question.hash();
        long ordinal = run.find(lookup);
        next += 1 + ((int) ordinal & zero);
        return ordinal;
    }
}
