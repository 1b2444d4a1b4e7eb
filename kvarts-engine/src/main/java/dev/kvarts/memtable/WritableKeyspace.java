package dev.kvarts.memtable;

import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.jobs.Scheduler;

import java.util.function.LongSupplier;

/// What a keyspace of either kind does for those who write: it lets them in and locks their shards,
/// has its memory store frozen when that is full, and sends them away in the end.
///
/// Thread safety: any number of threads.
public abstract class WritableKeyspace implements StoredKeyspace {
    // Fixed at construction.
    private final int number;
    private final String name;
    private final Scheduler scheduler;
    private final LongSupplier storeLimit;
    private final Admission admission;
    protected final WriterShards writers;

    private volatile boolean stopped;
    private volatile boolean unlogged;

    /// @param number in the manifest
    /// @param shardCount a power of two
    /// @param storeLimit bytes that a memory store may have
    protected WritableKeyspace(
            int number,
            String name,
            int shardCount,
            MemoryBudget budget,
            Scheduler scheduler,
            LongSupplier storeLimit) {
        this.number = number;
        this.name = name;
        this.scheduler = scheduler;
        this.storeLimit = storeLimit;
        this.admission = new Admission(this, budget, scheduler);
        this.writers = new WriterShards(shardCount);
    }

    // What the kinds differ in.

    /// Bytes in the store that is written to.
    protected abstract long activeBytes();

    /// Whether one is frozen and not yet flushed.
    protected abstract boolean anyFrozen();

    /// What flushes it.
    protected abstract FlushWork flushWork();

    // What they have in common.

    @Override
    public final int number() {
        return number;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final void admit(long bytes) {
        admission.admit(bytes, storeLimit.getAsLong());
    }

    /// Time that writers have waited for room.
    protected final long delayNanos() {
        return admission.delayNanos();
    }

    @Override
    public final int shardCount() {
        return writers.count();
    }

    @Override
    public final void lock(int shard) {
        writers.lock(shard);
    }

    @Override
    public final void unlock(int shard) {
        writers.unlock(shard);
    }

    @Override
    public final void lockAll() {
        writers.lockAll();
    }

    @Override
    public final void unlockAll() {
        writers.unlockAll();
    }

    @Override
    public final void count(long hash, byte kind, long userBytes) {
        writers.count(shard(hash), kind, userBytes);
    }

    @Override
    public final void noteUnlogged() {
        if (!unlogged) {
            unlogged = true;
        }
    }

    @Override
    public final boolean hasUnlogged() {
        return unlogged && hasMemory();
    }

    /// Freezes the active store if it holds anything, no other is frozen and nobody forbids it.
    /// Returns whether a frozen store is there.
    public final boolean freeze() {
        lockAll();
        try {
            if (!admission.freezingHeld()) {
                freezeLocked();
            }
            return anyFrozen();
        } finally {
            unlockAll();
        }
    }

    @Override
    public final void freezeAndSchedule() {
        freeze();
        flushWork().scheduleFlush();
    }

    @Override
    public final void holdFreezing(boolean held) {
        lockAll();
        try {
            admission.holdFreezing(held);
        } finally {
            unlockAll();
        }
        scheduler.wakeUp();
    }

    @Override
    public final void refuseWrites(String reason) {
        writers.refuse(reason);
        admission.open();
        lockAll();
        unlockAll();
        admission.awaitEmpty();
    }

    @Override
    public void stop() {
        stopped = true;
        admission.open();
    }

    @Override
    public final boolean isStopped() {
        return stopped;
    }
}
