package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Database;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.io.ForwardingDirectory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.io.WritableFile;
import dev.kvarts.jobs.ForwardingScheduler;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Writers do not wait for a compaction when all that they need is a flush.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FlushFirstTest {
    private static final int KEYS = 20_000;

    @TempDir private Path folder;

    private static final int COMPACTIONS = 20;

    private volatile OrderedKeyspace keyspace;
    private volatile boolean compacting;
    private final AtomicInteger flushesInQueue = new AtomicInteger();
    private final AtomicInteger compactions = new AtomicInteger(); // beside which a flush waited
    private final AtomicLong flushes = new AtomicLong(); // that went first

    /// The only background thread is in a compaction when the memtable fills up.
    @Test
    void aCompactionLetsAFlushGoFirstThatWaitsForAThread() throws Exception {
        var scheduler =
                new ForwardingScheduler(1) {
                    @Override
                    public void submit(String name, Runnable job) {
                        if (name.startsWith("lsm: compact")) {
                            super.submit(name, () -> compact(job));
                        } else if (name.startsWith("lsm: flush")) {
                            flushesInQueue.incrementAndGet();
                            super.submit(name, () -> flush(job));
                        } else {
                            super.submit(name, job);
                        }
                    }
                };
        var directory =
                new ForwardingDirectory(RealDirectory.open(folder, true)) {
                    @Override
                    public WritableFile create(String name) throws IOException {
                        if (compacting && name.startsWith("table-")) {
                            scheduler.await(
                                    () -> flushesInQueue.get() > 0, TimeUnit.SECONDS.toNanos(1));
                        }
                        return super.create(name);
                    }
                };
        try (Database db = Engine.open(directory, scheduler, Samples.small())) {
            keyspace = db.ordered("k");
            for (int i = 0; flushes.get() == 0 && compactions.get() < COMPACTIONS; i++) {
                keyspace.put(Samples.key(i * 7919 % KEYS), Samples.filled(100, i));
            }
            assertTrue(flushes.get() > 0, "each flush waited for a compaction to end");
            assertTrue(db.verify().ok());
        }
    }

    // In the background thread.

    private void flush(Runnable job) {
        flushesInQueue.decrementAndGet();
        job.run();
    }

    private void compact(Runnable job) {
        compacting = true;
        long before = keyspace == null ? 0 : keyspace.stats().flushes();
        job.run();
        compacting = false;
        if (keyspace != null && flushesInQueue.get() > 0) {
            compactions.incrementAndGet();
            flushes.addAndGet(keyspace.stats().flushes() - before);
        }
    }
}
