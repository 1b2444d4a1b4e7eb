package dev.kvarts.bench.loops;

import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.log.CommitLog;
import dev.kvarts.log.LogFormat;
import dev.kvarts.log.RecoveredLog;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// An append to the commit log by one thread, not synced: lock, copy, checksum, unlock. Segments
/// that are full are released, as a flush does, and used again.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LogAppend {
    static final int KEY_SIZE = 16;
    static final int VALUE_SIZE = 100;
    static final int BATCH_ENTRIES = 128;

    /// Bytes of an entry, and of 128: 16 KiB.
    static final long ENTRY_BYTES = EntryFormat.size(KEY_SIZE, VALUE_SIZE);

    static final long BATCH_BYTES = BATCH_ENTRIES * ENTRY_BYTES;

    /// A quarter of the default, so that the log soon goes round.
    static final long SEGMENT_BYTES = 16 << 20;

    private static final int KEYSPACE = 1;
    private static final long SEED = 42;

    CommitLog log;
    private final byte[] key = new byte[KEY_SIZE];
    private final byte[] value = new byte[VALUE_SIZE];
    private final EntryBatch single = new EntryBatch();
    private final EntryBatch batch = new EntryBatch();
    private TemporaryFolder folder;
    private Scheduler scheduler;
    private long unreleased;

    @Setup
    public void open() throws IOException {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < BATCH_ENTRIES; i++) {
            random.nextBytes(key);
            random.nextBytes(value);
            batch.add(EntryFormat.PUT, KEYSPACE, key, KEY_SIZE, value, VALUE_SIZE);
        }
        folder = TemporaryFolder.create();
        scheduler = new ThreadScheduler(1);
        log =
                new CommitLog(
                        RealDirectory.open(folder.path(), false),
                        scheduler,
                        SEGMENT_BYTES,
                        SEED,
                        new RecoveredLog(List.of(), 0, 1, 0, 0, List.of(), List.of()));
    }

    @TearDown
    public void close() throws IOException {
        scheduler.close();
        log.close();
        folder.close();
    }

    @Benchmark
    public long entry() throws IOException {
        single.clear();
        single.add(EntryFormat.PUT, KEYSPACE, key, KEY_SIZE, value, VALUE_SIZE);
        long sequence = log.append(single);
        release(LogFormat.recordSize(ENTRY_BYTES));
        return sequence;
    }

    @Benchmark
    public long batch() throws IOException {
        long sequence = log.append(batch);
        release(LogFormat.recordSize(BATCH_BYTES));
        return sequence;
    }

    private void release(long appended) throws IOException {
        unreleased += appended;
        if (unreleased >= SEGMENT_BYTES) {
            unreleased = 0;
            log.release(log.end().generation());
        }
    }
}
