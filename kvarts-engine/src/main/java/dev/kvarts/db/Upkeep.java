package dev.kvarts.db;

import dev.kvarts.api.KvartsException;
import dev.kvarts.api.StorageException;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.log.CommitLog;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What an open database sees to from time to time.
///
/// Thread safety: made and closed by one thread.
final class Upkeep implements AutoCloseable {
    private static final long LOG_BYTES_PER_MEMORY = 4;
    private static final long PERIOD_NANOS = 100_000_000;

    // Fixed at construction.
    private final EngineEnvironment environment;
    private final KeyspaceTable keyspaces;
    private final Transactions transactions;
    private final ChangeLog changes;
    private final List<AutoCloseable> timers = new ArrayList<>();

    // Written by the timer.
    private long clockSequence; // of the last time that was written down
    private volatile long clockRecords;

    Upkeep(
            EngineEnvironment environment,
            KeyspaceTable keyspaces,
            Transactions transactions,
            ChangeLog changes) {
        this.environment = environment;
        this.keyspaces = keyspaces;
        this.transactions = transactions;
        this.changes = changes;
        this.clockSequence = environment.lastSequence();
        long interval = environment.options().syncInterval().toNanos();
        if (interval > 0) {
            timers.add(
                    environment.scheduler().repeat("log: sync", interval, this::syncInBackground));
        }
        timers.add(environment.scheduler().repeat("db: memory", PERIOD_NANOS, this::look));
    }

    /// How often it was written down what time it is.
    long clockRecords() {
        return clockRecords;
    }

    private void syncInBackground() {
        try {
            environment.log().force();
        } catch (StorageException kept) {
            // The log keeps the first cause; the next writer gets it.
        }
    }

    /// Writes down what time it is, if anything was written since the last time, or if somebody was
    /// told that something has expired: the next opening must not believe that it is earlier.
    private void tellTime() {
        long now = environment.nowMillis(); // also for those who do not ask the wall
        boolean relied = environment.clock().takeRelied();
        if (environment.lastSequence() != clockSequence || relied) {
            try {
                clockSequence = environment.pipeline().writeClock(now);
                clockRecords = clockRecords + 1;
            } catch (KvartsException kept) {
                // The log keeps the first cause; the next writer gets it.
            }
        }
    }

    private void look() {
        transactions.endForgotten();
        tellTime();
        flushWhatPinsTheLog();
        keyspaces.all().forEach(StoredKeyspace::releaseUnused);
        keyspaces.all().forEach(StoredKeyspace::lookForExpired);
        changes.lookAfter();
    }

    /// A keyspace that is seldom written to would keep old log segments for ever.
    private void flushWhatPinsTheLog() {
        CommitLog log = environment.log();
        long limit =
                Math.max(
                        4 * environment.options().logSegmentBytes(),
                        LOG_BYTES_PER_MEMORY * environment.options().effectiveMemoryStoreBytes());
        if (log.counts().segmentBytes() > limit) {
            keyspaces.all().stream()
                    .filter(StoredKeyspace::hasMemory)
                    .min(Comparator.comparingLong(StoredKeyspace::memorySince))
                    .ifPresent(keyspace -> keyspace.freezeAndSchedule());
        }
    }

    /// Returns when nothing of it is under way any more.
    @Override
    public void close() {
        for (AutoCloseable timer : timers) {
            try {
                timer.close();
            } catch (Exception e) {
                throw new AssertionError("timer: close failed", e);
            }
        }
    }
}
