package dev.kvarts.hash;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.StorageException;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.Counters;
import dev.kvarts.io.NoSpaceException;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.HashedMeta;
import dev.kvarts.manifest.ManifestState;
import dev.kvarts.memtable.FlushWork;
import dev.kvarts.memtable.HashStore;
import dev.kvarts.memtable.SortedEntries;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/// Flushes, reclaims, merges and checkpoints of one keyspace: one at a time.
///
/// Each of them writes a file, makes it durable, changes the manifest, and only then changes what
/// readers see. Until the manifest is changed a failure leaves everything as it was: the job is
/// tried again, by the next writer who needs it. A failure after that leaves index and manifest
/// apart: the database refuses writes from then on, and still reads.
///
/// ```
/// flush     freeze -> write run -> sync -> log order -> manifest -> apply to maplets -> drop frozen -> release log
/// reclaim   pick victims -> write survivors -> sync -> manifest -> apply to maplets -> grace -> delete victims
/// ```
///
/// Thread safety: any number of threads.
final class Maintenance implements FlushWork {
    private static final int CHECKPOINT_FLUSHES_MIN = 4;
    private static final int RECLAIMS_PER_FLUSH = 4;

    private final HashedKeyspace keyspace;
    private final Environment environment;
    private final int partitionBits;
    private final RunJob writer;
    private final ReentrantLock jobLock = new ReentrantLock(true);
    private final AtomicBoolean scheduled = new AtomicBoolean();

    // Guarded by the job lock.
    private final SortedEntries sorted = new SortedEntries();
    private long flushedSequence;
    private long checkpoint;
    private long checkpointRun;
    private long newestRun;
    private long bytesSinceCheckpoint;
    private boolean broken;
    private final List<HashStore> retiredStores = new ArrayList<>();
    private final List<Run> retiredRuns = new ArrayList<>();

    private volatile KeyspaceOptions options;
    private volatile long attempts;
    private volatile StorageException failure;

    Maintenance(HashedKeyspace keyspace, Environment environment, HashedMeta meta) {
        this.keyspace = keyspace;
        this.environment = environment;
        this.options = meta.options();
        this.partitionBits = meta.partitionBits();
        this.flushedSequence = meta.flushedSequence();
        this.checkpoint = meta.checkpoint();
        this.checkpointRun = meta.checkpointRun();
        meta.runs().forEach(run -> newestRun = Math.max(newestRun, run.number()));
        this.writer =
                new RunJob(
                        environment.directory(),
                        environment.database(),
                        meta.number(),
                        environment.hashSeed(),
                        environment.scheduler());
    }

    KeyspaceOptions options() {
        return options;
    }

    /// Takes on other options; reclaim may have to do by them.
    void changeOptions(KeyspaceOptions changed) {
        options = changed;
        schedule();
    }

    /// Counts the times that work of any kind was tried.
    @Override
    public long attempts() {
        return attempts;
    }

    @Override
    public StorageException failure() {
        return failure;
    }

    /// Reclaims are done between flushes, not behind them.
    @Override
    public double lag() {
        return 0;
    }

    @Override
    public void scheduleFlush() {
        schedule();
    }

    /// Has the work done soon that is to be done.
    void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            environment
                    .scheduler()
                    .submit(
                            "hash: maintain " + keyspace.name(),
                            () -> {
                                scheduled.set(false);
                                work();
                            });
        }
    }

    /// Does what is to be done until nothing is, or something fails.
    private void work() {
        boolean more = true;
        while (more) { // the lock is fair: between two steps others who wait for it get it
            jobLock.lock();
            try {
                more = !broken && !keyspace.isStopped() && workOnce();
                failure = broken ? failure : null;
            } catch (UncheckedIOException e) {
                failed(e.getCause());
                more = false;
            } catch (IOException | RuntimeException | Error e) { // whoever waits must hear of it
                failed(e);
                more = false;
            } finally {
                attempts = attempts + 1;
                jobLock.unlock();
                environment.scheduler().wakeUp();
            }
        }
    }

    /// Flushes first, but reclaims after each flush: writers who never pause must not make the runs
    /// run out of numbers or the disk of space. Returns whether there may be more to do.
    private boolean workOnce() throws IOException {
        releaseRetired();
        boolean more = false;
        if (keyspace.view().frozen() != null && keyspace.runs.freeId() >= 0) {
            flushFrozen();
            more = true;
        }
        for (int i = 0; i < RECLAIMS_PER_FLUSH && reclaimOnce(); i++) {
            more = true;
        }
        if (checkpointIsDue()) {
            writeCheckpoint();
        }
        return more;
    }

    private boolean reclaimOnce() throws IOException {
        long horizon = environment.expiryHorizon(options);
        List<Run> victims = pick(checkpointRun, horizon);
        if (!victims.isEmpty()) {
            reclaim(victims, horizon);
            return true;
        }
        if (newestRun != checkpointRun && !pick(newestRun, horizon).isEmpty()) {
            writeCheckpoint(); // then tombstones that are worth reclaiming have done their work
            return true;
        }
        return false;
    }

    private List<Run> pick(long covered, long horizon) {
        return ReclaimPicker.pick(
                loadedRuns(),
                environment.memoryStoreBytes(),
                options.utilisationPercent(),
                environment.lastSequence(),
                covered,
                horizon);
    }

    /// Whether some of the runs have tombstones that no checkpoint covers, or what becomes one.
    private boolean keepsTombstones(List<Run> some) {
        return some.stream()
                .anyMatch(
                        run ->
                                run.statistics.tombstones() + run.statistics.expiries().count() > 0
                                        && run.number > checkpointRun);
    }

    /// Has what has expired reclaimed soon, if that is more than at the last call.
    void lookForExpired() {
        long horizon = environment.expiryHorizon(options);
        boolean more = false;
        for (Run run : keyspace.runs.all()) {
            more |= run != null && run.moreExpired(horizon);
        }
        if (more) {
            schedule();
        }
    }

    /// What is dead in a run is known when every partition is loaded.
    private List<Run> loadedRuns() {
        keyspace.index.loadAll();
        return keyspace.runs.sorted();
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

    private void flushFrozen() throws IOException {
        keyspace.index.loadAll();
        HashedKeyspace.View view = keyspace.view();
        int id = keyspace.runs.freeId();
        if (id < 0) {
            throw new AssertionError("keyspace: no free run id, name=" + keyspace.name());
        }
        long number = environment.nextFileNumber();
        long sortedBytes = sorted.memoryBytes();
        sorted.clear(view.frozen().keyCount());
        environment
                .budget()
                .charge(MemoryBudget.Account.MEMORY_STORES, sorted.memoryBytes() - sortedBytes);
        RunJob.Output output =
                writer.flush(
                        view.frozen(),
                        sorted,
                        number,
                        id,
                        flushedSequence,
                        view.frozenUpTo(),
                        environment.expiryHorizon(options));
        environment.directory().sync();
        environment.orderBefore(keyspace.number(), view.frozenUpTo());
        commit(output, Set.of(), view.frozenUpTo());
        broken = true; // until index and manifest agree again
        Run run = keyspace.openRun(output.meta(), null);
        environment.scheduler().await(() -> environment.visible() >= view.frozenUpTo());
        boolean keepOld = keyspace.keepIndex();
        keyspace.index.applyFlush(run, new StoreRecords(view.frozen(), sorted), keepOld);
        keyspace.dropFrozen();
        broken = false;
        environment.epochs().await();
        retire(view.frozen());
        keyspace.counters.add(Counters.FLUSHES, 1);
        keyspace.counters.add(Counters.FLUSHED_BYTES, output.meta().fileBytes());
        bytesSinceCheckpoint += output.meta().fileBytes();
        environment.releaseLog();
    }

    private void commit(RunJob.Output output, Set<Long> removed, long flushed) throws IOException {
        environment
                .manifest()
                .change(
                        state -> {
                            HashedMeta changed =
                                    meta(state).withRuns(output.meta(), removed, flushed);
                            ManifestState next = state.withKeyspace(changed);
                            next =
                                    output.meta() == null
                                            ? next
                                            : next.withNextFile(output.meta().number() + 1);
                            return flushed == flushedSequence ? next : withLogFloor(next);
                        });
        flushedSequence = flushed;
        newestRun = output.meta() == null ? newestRun : output.meta().number();
    }

    private HashedMeta meta(ManifestState state) {
        return (HashedMeta) state.keyspace(keyspace.number());
    }

    private ManifestState withLogFloor(ManifestState next) {
        try {
            return environment.withLogFloor(next);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void reclaim(List<Run> victims, long horizon) throws IOException {
        int id = keyspace.runs.freeId();
        long number = environment.nextFileNumber();
        RunJob.Output output =
                writer.reclaim(
                        victims, number, id, checkpointRun, environment.lastSequence(), horizon);
        if (output.meta() != null) {
            environment.throttleBackground(output.meta().fileBytes());
        }
        environment.directory().sync();
        boolean[] gone = new boolean[RunSet.IDS];
        Set<Long> removed = new HashSet<>();
        for (Run victim : victims) {
            gone[victim.id] = true;
            removed.add(victim.number);
        }
        commit(output, removed, flushedSequence);
        broken = true; // until index and manifest agree again
        Run run = output.meta() == null ? null : keyspace.openRun(output.meta(), null);
        keyspace.index.applyReclaim(run, gone);
        environment.epochs().await();
        for (Run victim : victims) {
            keyspace.forgetRun(victim);
        }
        broken = false;
        environment.epochs().await();
        retiredRuns.addAll(victims);
        releaseRetired();
        keyspace.counters.add(Counters.RECLAIMS, 1);
        if (output.meta() != null) {
            keyspace.counters.add(Counters.RECLAIMED_BYTES, output.meta().fileBytes());
            bytesSinceCheckpoint += output.meta().fileBytes();
        }
    }

    private void retire(HashStore store) {
        retiredStores.add(store);
        releaseRetired();
    }

    /// Gives back what no snapshot and no callback of a caller looks at any more. Returns whether
    /// that is true of runs in use, which may have become worth a reclaim.
    private boolean releaseRetired() {
        boolean released = keyspace.releaseKept();
        for (Iterator<HashStore> stores = retiredStores.iterator(); stores.hasNext(); ) {
            HashStore store = stores.next();
            if (store.releasable()) {
                store.release();
                stores.remove();
            }
        }
        for (Iterator<Run> runs = retiredRuns.iterator(); runs.hasNext(); ) {
            Run run = runs.next();
            if (!run.pinned()) {
                closeAndDelete(run);
                runs.remove();
            }
        }
        return released;
    }

    /// As [#releaseRetired()], unless a job is at work, which does it as well.
    void releaseUnused() {
        if (jobLock.tryLock()) {
            try {
                if (releaseRetired()) {
                    schedule();
                }
            } finally {
                jobLock.unlock();
            }
        }
    }

    private void closeAndDelete(Run run) {
        try {
            run.close();
            environment.directory().delete(run.name());
        } catch (IOException left) {
            // It is not in the manifest; the next opening deletes it.
        }
    }

    private boolean checkpointIsDue() {
        long due =
                Math.max(
                        2 * keyspace.runs.liveBytes(),
                        CHECKPOINT_FLUSHES_MIN * environment.memoryStoreBytes());
        return bytesSinceCheckpoint > due;
    }

    private void writeCheckpoint() throws IOException {
        keyspace.index.loadAll();
        long number = environment.nextFileNumber();
        long applied = newestRun;
        long bytes;
        try {
            bytes =
                    IndexCheckpoint.write(
                            environment.directory(),
                            environment.database(),
                            keyspace.number(),
                            partitionBits,
                            number,
                            applied,
                            keyspace.runs.sorted(),
                            keyspace.index);
        } catch (IOException | RuntimeException e) {
            deleteQuietly(IndexFormat.fileName(number));
            throw e;
        }
        environment.directory().sync();
        long previous = checkpoint;
        environment
                .manifest()
                .change(
                        state ->
                                state.withKeyspace(meta(state).withCheckpoint(number, applied))
                                        .withNextFile(number + 1));
        checkpoint = number;
        checkpointRun = applied;
        bytesSinceCheckpoint = 0;
        keyspace.counters.add(Counters.CHECKPOINT_BYTES, bytes);
        if (previous != 0) {
            deleteQuietly(IndexFormat.fileName(previous));
        }
    }

    private void deleteQuietly(String name) {
        try {
            if (environment.directory().exists(name)) {
                environment.directory().delete(name);
            }
        } catch (IOException left) {
            // It is not in the manifest; the next opening deletes it.
        }
    }

    // On demand.

    /// Returns when everything that was in memory at the call is in runs.
    void flush() {
        long target = environment.lastSequence();
        while (keyspace.hasMemory() && keyspace.memorySince() < target && !keyspace.isStopped()) {
            keyspace.freeze();
            long before = attempts;
            schedule();
            environment.scheduler().await(() -> attempts > before || keyspace.isStopped());
            StorageException cause = failure;
            if (cause != null) {
                throw new StorageException(cause.getMessage(), cause, cause.retryable());
            }
        }
    }

    /// Flushes everything in memory, in the caller's thread. Requires: inside [#whileQuiet].
    void flushNow() {
        onDemand(
                () -> {
                    while (keyspace.view().frozen() != null) {
                        flushFrozen();
                    }
                });
    }

    /// Closes a keyspace that was dropped and deletes its files. Requires: no reader and no writer
    /// is inside.
    void deleteFiles() {
        onDemand(
                () -> {
                    List<Run> runs = keyspace.runs.sorted();
                    keyspace.close();
                    for (Run run : runs) {
                        deleteQuietly(run.name());
                    }
                    if (checkpoint != 0) {
                        deleteQuietly(IndexFormat.fileName(checkpoint));
                    }
                });
    }

    /// Rewrites runs until little in them is dead, then writes a checkpoint.
    void compact() {
        flush();
        onDemand(
                () -> {
                    long horizon =
                            environment.expiryHorizon(options); // one, so that there is an end
                    if (keepsTombstones(loadedRuns())) {
                        writeCheckpoint();
                    }
                    while (true) {
                        List<Run> victims = new ArrayList<>(loadedRuns());
                        victims.removeIf(
                                run ->
                                        run.liveBytes(horizon) * 100 >= run.dataBytes() * 97
                                                && run.statistics.tombstones() == 0);
                        if (victims.isEmpty()) {
                            break;
                        }
                        List<Run> some =
                                ReclaimPicker.victims(
                                        victims,
                                        Math.max(1, environment.memoryStoreBytes()),
                                        environment.lastSequence(),
                                        0,
                                        horizon);
                        reclaim(some.isEmpty() ? List.of(victims.getFirst()) : some, horizon);
                    }
                    if (newestRun != checkpointRun) {
                        writeCheckpoint();
                    }
                });
    }

    /// Writes a checkpoint if the last one is not of now. Part of closing.
    void checkpointForClose() {
        onDemand(
                () -> {
                    if (newestRun != checkpointRun) {
                        writeCheckpoint();
                    }
                });
    }

    /// Loads the maplets in the background, so that no lookup has to.
    void loadInBackground() {
        environment
                .scheduler()
                .submit(
                        "hash: load " + keyspace.name(),
                        () -> {
                            if (jobLock.tryLock()) {
                                jobLock.unlock();
                                work();
                            }
                        });
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private void onDemand(Work work) {
        jobLock.lock();
        try {
            if (broken) {
                throw new StorageException(
                        "keyspace: refusing work after a failure, name=" + keyspace.name(),
                        failure);
            }
            work.run();
        } catch (UncheckedIOException e) {
            failed(e.getCause());
            throw failure;
        } catch (IOException e) {
            failed(e);
            throw failure;
        } finally {
            jobLock.unlock();
        }
    }

    /// Runs something while no job changes the files of this keyspace.
    void whileQuiet(Runnable action) {
        jobLock.lock();
        try {
            action.run();
        } finally {
            jobLock.unlock();
        }
    }

    /// Requires: no reader and no job is inside.
    void closeRetired() {
        retiredStores.forEach(HashStore::release);
        retiredStores.clear();
        retiredRuns.forEach(this::closeAndDelete);
        retiredRuns.clear();
    }
}
