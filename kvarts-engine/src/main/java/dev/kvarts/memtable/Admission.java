package dev.kvarts.memtable;

import dev.kvarts.api.OverloadedException;
import dev.kvarts.api.StorageException;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.WriteGate;

/// Lets writers into the memory store of a keyspace. Who finds it full freezes it and has it
/// flushed; while the one before is still being flushed, writers wait, a little at first, and when
/// the store is half as large again as it may be, until there is room.
///
/// Thread safety: any number of threads.
final class Admission {
    private static final int INDEX_RESERVE = 8; // of so many parts of the budget one is no index's

    private final WritableKeyspace keyspace;
    private final MemoryBudget budget;
    private final WriteGate gate;
    private volatile boolean freezingHeld;

    Admission(WritableKeyspace keyspace, MemoryBudget budget, Scheduler scheduler) {
        this.keyspace = keyspace;
        this.budget = budget;
        this.gate = new WriteGate(scheduler);
    }

    /// Returns when so many bytes may be written. Requires: no lock is held.
    ///
    /// @param limit bytes that a store may have
    /// @throws OverloadedException if no memory is left for what a flush would add to the index
    /// @throws StorageException if the store is full and flushing it fails
    void admit(long bytes, long limit) {
        long size = keyspace.activeBytes();
        if (size < limit && keyspace.flushWork().lag() <= 0) {
            return;
        }
        boolean mayWait = gate.enter();
        try {
            if (mayWait) {
                admitSlowly(bytes, (double) (size - limit) / Math.max(1, limit / 2));
            }
        } finally {
            gate.leave();
        }
    }

    private void admitSlowly(long bytes, double overshoot) {
        if (overshoot >= 0 && mayFreeze()) {
            refuseWhenIndexIsTooLarge();
            keyspace.freeze();
            keyspace.flushWork().scheduleFlush();
        } else if (overshoot >= 1) {
            waitForFlush();
        } else if (overshoot >= 0) {
            gate.slowDown(bytes, overshoot, this::mayFreeze);
        }
        double lag = keyspace.flushWork().lag(); // after whatever it waited for
        if (lag > 0) {
            gate.slowDown(bytes, Math.min(1, lag), () -> keyspace.flushWork().lag() <= 0);
        }
    }

    private void refuseWhenIndexIsTooLarge() {
        if (budget.usedByIndexes() > budget.limitBytes() - budget.limitBytes() / INDEX_RESERVE) {
            throw new OverloadedException(
                    "memory limit reached: the index needs more, memoryBytes="
                            + budget.limitBytes()
                            + " index="
                            + budget.usedByIndexes());
        }
    }

    private void waitForFlush() {
        long attempts = keyspace.flushWork().attempts();
        keyspace.flushWork().scheduleFlush();
        gate.stop(() -> mayFreeze() || keyspace.flushWork().attempts() > attempts);
        StorageException failure = keyspace.flushWork().failure();
        if (keyspace.anyFrozen() && failure != null) {
            throw new StorageException(
                    "keyspace: memory store is full and cannot be written, name="
                            + keyspace.name()
                            + " cause="
                            + failure.getMessage(),
                    failure,
                    failure.retryable());
        }
    }

    /// Whether a full store need not wait for a flush.
    private boolean mayFreeze() {
        return !keyspace.anyFrozen() && !freezingHeld;
    }

    /// Has nobody freeze a store for a while. Requires: all shards are locked; the caller wakes up
    /// who waits when they are not any more.
    void holdFreezing(boolean held) {
        freezingHeld = held;
    }

    boolean freezingHeld() {
        return freezingHeld;
    }

    /// Lets everybody through from now on, without waiting.
    void open() {
        gate.open();
    }

    /// Returns when nobody waits who came before it was opened.
    void awaitEmpty() {
        gate.awaitEmpty();
    }

    /// Time that writers have waited.
    long delayNanos() {
        return gate.delayNanos();
    }
}
