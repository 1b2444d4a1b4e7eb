package dev.kvarts.lsm;

import dev.kvarts.api.Entry;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Range;
import dev.kvarts.api.StorageException;
import dev.kvarts.entry.Counters;
import dev.kvarts.io.NoSpaceException;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.OrderedMeta;
import dev.kvarts.memtable.FlushWork;
import dev.kvarts.memtable.SortedStore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// Flushes and compactions of one ordered keyspace: one flush and one compaction at a time, side by
/// side.
///
/// Each of them writes files, makes them durable, changes the manifest, and then shows the new
/// version. Until the manifest is changed a failure leaves everything as it was: the job is tried
/// again, by the next writer who needs it.
///
/// ```
/// flush       freeze -> write table and value file -> sync -> log order -> manifest -> new version, frozen one gone -> release log
/// compaction  pick -> merge -> sync -> manifest -> new version -> when nobody looks at them: delete inputs
/// ```
///
/// Thread safety: any number of threads.
final class Maintenance implements FlushWork {
    // Fixed at construction.
    private final LsmKeyspace keyspace;
    private final Environment environment;
    private final TreeFiles files;
    private final CompactionJob compaction;
    private final ReentrantLock flushLock = new ReentrantLock(true);
    private final ReentrantLock compactionLock = new ReentrantLock(true);
    private final ReentrantLock editLock = new ReentrantLock();
    private final AtomicBoolean flushScheduled = new AtomicBoolean();
    private final AtomicBoolean compactionScheduled = new AtomicBoolean();

    // Guarded by the edit lock.
    private final List<SortedStore> retiredStores = new ArrayList<>();

    private volatile KeyspaceOptions options;
    private volatile boolean broken;
    private volatile long attempts;
    private volatile StorageException failure;

    Maintenance(LsmKeyspace keyspace, Environment environment, OrderedMeta meta) {
        this.keyspace = keyspace;
        this.environment = environment;
        this.options = meta.options();
        this.files = new TreeFiles(keyspace, environment, meta.number());
        this.compaction = new CompactionJob(keyspace, environment, this);
    }

    TreeFiles files() {
        return files;
    }

    KeyspaceOptions options() {
        return options;
    }

    /// Takes on other options, for what is written from now on.
    void changeOptions(KeyspaceOptions changed) {
        options = changed;
        scheduleCompaction();
    }

    @Override
    public long attempts() {
        return attempts;
    }

    @Override
    public StorageException failure() {
        return failure;
    }

    /// How far compaction is behind: above 0 writers are slowed down, at 1 as much as can be.
    @Override
    public double lag() {
        return compaction.lag();
    }

    // In the background.

    @Override
    public void scheduleFlush() {
        if (flushScheduled.compareAndSet(false, true)) {
            environment
                    .scheduler()
                    .submit(
                            "lsm: flush " + keyspace.name(),
                            () -> {
                                flushScheduled.set(false);
                                flushWork();
                            });
        }
    }

    void scheduleCompaction() {
        if (compactionScheduled.compareAndSet(false, true)) {
            environment
                    .scheduler()
                    .submit(
                            "lsm: compact " + keyspace.name(),
                            () -> {
                                compactionScheduled.set(false);
                                compactionWork();
                            });
        }
    }

    private void flushWork() {
        if (flushLock.isHeldByCurrentThread()) {
            return; // a job that waits inside a flush ran this one
        }
        attempt(
                flushLock,
                () -> {
                    if (keyspace.view().frozen() != null) {
                        flushOnce();
                    }
                    return false;
                });
        attempts = attempts + 1;
        environment.scheduler().wakeUp();
    }

    /// A compaction lets a flush go first that waits for a thread, now and then: before it in the
    /// queue there may be parts of this compaction.
    void flushMeanwhile() {
        if (keyspace.view().frozen() != null && flushScheduled.compareAndSet(true, false)) {
            flushWork();
        }
    }

    private void compactionWork() {
        if (compactionLock.isHeldByCurrentThread()) {
            return;
        }
        boolean more = true;
        while (more) { // the lock is fair: between two steps others who wait for it get it
            more = attempt(compactionLock, compaction::runOnce);
        }
        environment.scheduler().wakeUp();
    }

    @FunctionalInterface
    private interface Step {
        /// Returns whether there may be more to do.
        boolean run() throws IOException;
    }

    private boolean attempt(ReentrantLock lock, Step step) {
        lock.lock();
        try {
            boolean more = !broken && !keyspace.isStopped() && step.run();
            failure = broken ? failure : null;
            return more;
        } catch (Compaction.Stopped closing) {
            return false;
        } catch (UncheckedIOException e) {
            failed(e.getCause());
        } catch (IOException | RuntimeException | Error e) { // whoever waits must hear of it
            failed(e);
        } finally {
            lock.unlock();
        }
        return false;
    }

    private void failed(Throwable cause) {
        boolean full = cause instanceof NoSpaceException;
        failure =
                cause instanceof StorageException already
                        ? already
                        : new StorageException(
                                "keyspace: background work failed, name="
                                        + keyspace.name()
                                        + " cause="
                                        + cause.getMessage(),
                                cause,
                                full);
        // Only a full disk leaves everything certain: after any other failure nobody knows what
        // reached the device.
        if (broken || !full || environment.manifest().isBroken()) {
            broken = true;
            environment.fail(failure);
        }
    }

    // Flushing.

    private void flushOnce() throws IOException {
        View view = keyspace.view();
        // A reader takes the files first and then the watermark: it must find in them only what
        // the watermark covers.
        environment.scheduler().await(() -> environment.visible() >= view.frozenUpTo());
        TreeWriter.Output output = new FlushJob(keyspace, environment, options).run(view);
        try {
            environment.orderBefore(keyspace.number(), view.frozenUpTo());
            apply(
                    new TreeFiles.Edit(
                            Set.of(),
                            output.tables(),
                            output.valueFiles(),
                            view.frozenUpTo(),
                            false));
        } catch (IOException | RuntimeException | Error e) {
            discard(output);
            throw e;
        }
        editLock.lock();
        try {
            retiredStores.add(view.frozen());
            releaseRetired();
        } finally {
            editLock.unlock();
        }
        keyspace.counters.add(Counters.FLUSHES, 1);
        keyspace.counters.add(Counters.FLUSHED_BYTES, output.bytes());
        environment.releaseLog();
        compaction.noteLag();
        scheduleCompaction();
    }

    /// Keeps others from changing the files. Requires: the caller holds no lock of a shard.
    void lockEdits() {
        editLock.lock();
    }

    void unlockEdits() {
        editLock.unlock();
    }

    void apply(TreeFiles.Edit edit) throws IOException {
        editLock.lock();
        try {
            files.apply(edit);
            releaseRetired();
        } finally {
            editLock.unlock();
        }
    }

    /// Deletes what was written in vain, unless nobody knows whether the manifest names it.
    void discard(TreeWriter.Output output) {
        if (!environment.manifest().isBroken()) {
            output.names().forEach(files::deleteQuietly);
        }
    }

    private void releaseRetired() {
        keyspace.leases().endForgotten();
        keyspace.releaseKept();
        retiredStores.removeIf(
                store -> {
                    if (!store.releasable()) {
                        return false;
                    }
                    store.release();
                    return true;
                });
        files.releaseRetired();
    }

    /// Gives back what forgotten cursors held, and what closed ones did.
    void releaseUnused() {
        if (editLock.tryLock()) {
            try {
                releaseRetired();
            } finally {
                editLock.unlock();
            }
        }
    }

    /// Has what has expired dropped soon, if that is more than at the last call.
    void lookForExpired() {
        long horizon = environment.expiryHorizon(options);
        boolean more = false;
        for (LiveTable table : keyspace.view().version().tables()) {
            more |= table.moreExpired(horizon);
        }
        if (more) {
            scheduleCompaction();
        }
    }

    // On demand.

    /// Returns when everything that was in memory at the call is in files.
    void flush() {
        long target = environment.lastSequence();
        while (keyspace.hasMemory() && keyspace.memorySince() < target && !keyspace.isStopped()) {
            keyspace.freeze();
            long before = attempts;
            scheduleFlush();
            environment.scheduler().await(() -> attempts > before || keyspace.isStopped());
            StorageException cause = failure;
            if (cause != null) {
                throw new StorageException(cause.getMessage(), cause, cause.retryable());
            }
        }
        if (!keyspace.hasMemory()) {
            compaction.rest();
            scheduleCompaction();
        }
    }

    /// Flushes what is frozen, in the caller's thread. Requires: inside [#whileQuiet].
    void flushNow() {
        onDemand(
                flushLock,
                () -> {
                    while (keyspace.view().frozen() != null) {
                        flushOnce();
                    }
                    return false;
                });
    }

    void compact(Range range) {
        flush();
        onDemand(
                compactionLock,
                () -> {
                    compaction.runRange(range);
                    return false;
                });
    }

    long ingest(Iterator<Entry> entries, Consumer<Entry> check, Consumer<LongConsumer> sequences) {
        var job = new IngestJob(keyspace, environment, this);
        try {
            job.write(entries, check); // under no lock: flushes go on
        } catch (IOException e) {
            failed(e);
            throw failure;
        }
        try {
            onDemand(flushLock, () -> job.install(sequences));
        } catch (RuntimeException | Error e) {
            job.discard();
            throw e;
        }
        scheduleCompaction();
        return job.count();
    }

    private void onDemand(ReentrantLock lock, Step step) {
        lock.lock();
        try {
            if (broken) {
                throw new StorageException(
                        "keyspace: refusing work after a failure, name=" + keyspace.name(),
                        failure);
            }
            if (keyspace.isStopped()) {
                throw new IllegalStateException(
                        "keyspace was dropped or closed: name=" + keyspace.name());
            }
            step.run();
        } catch (Compaction.Stopped closing) {
            throw new IllegalStateException("keyspace is being closed", closing);
        } catch (UncheckedIOException e) {
            failed(e.getCause());
            throw failure;
        } catch (IOException e) {
            failed(e);
            throw failure;
        } finally {
            lock.unlock();
        }
    }

    /// Runs something while no job changes the files of this keyspace.
    void whileQuiet(Runnable action) {
        compactionLock.lock();
        try {
            flushLock.lock();
            try {
                action.run();
            } finally {
                flushLock.unlock();
            }
        } finally {
            compactionLock.unlock();
        }
    }

    // The end.

    void stop() {
        environment.scheduler().wakeUp();
    }

    /// Closes a keyspace that was dropped and deletes its files. Requires: no reader and no writer
    /// is inside.
    void deleteFiles() {
        whileQuiet(
                () -> {
                    List<String> names = TreeFiles.names(keyspace.view().version());
                    try {
                        keyspace.close();
                    } catch (IOException left) {
                        // The bytes are not needed any more.
                    }
                    names.forEach(files::deleteQuietly);
                });
    }

    /// Closes all files. Requires: no reader and no job is inside. Who gives back what is unused
    /// may be: the database does so now and then, also while a keyspace is dropped.
    void closeFiles() throws IOException {
        editLock.lock();
        try {
            retiredStores.forEach(SortedStore::release);
            retiredStores.clear();
            files.close();
        } finally {
            editLock.unlock();
        }
    }
}
