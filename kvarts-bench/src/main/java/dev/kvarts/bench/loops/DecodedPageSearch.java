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

/// The rival of [PageSearch]: the same questions to [DecodedPages].
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecodedPageSearch {
    @Param({"false", "true"})
    boolean slotted;

    @Param({"100", "1024"})
    int valueSize;

    Records records;
    private DecodedPages pages;
    private int next;
    private int zero; // the compiler cannot know: makes the next question wait for the answer

    @Setup
    public void decode() {
        records = new Records(valueSize, slotted);
        pages = new DecodedPages(records, valueSize);
    }

    @Benchmark
    public int hit() {
        return search(records.present);
    }

    @Benchmark
    public int miss() {
        return search(records.absent);
    }

    private int search(Records.Question[] questions) {
        int place = pages.find(questions[next & questions.length - 1]);
        next += 1 + (place & zero);
        return place;
    }
}
