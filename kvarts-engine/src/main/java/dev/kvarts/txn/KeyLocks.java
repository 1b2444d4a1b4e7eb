package dev.kvarts.txn;

import dev.kvarts.jobs.Scheduler;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Locks on keys that transactions ask for, so that they take turns at hot ones. They bind nobody
/// who does not ask.
///
/// Thread safety: any number of threads.
public final class KeyLocks {
    private final Scheduler scheduler;
    private final Map<Lock, Object> owners = new ConcurrentHashMap<>();

    /// A key of a keyspace.
    private record Lock(int keyspace, TrackedKey key) {}

    public KeyLocks(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /// Takes a lock, waiting for it so long. Returns whether the owner has it, now or already.
    public boolean lock(int keyspace, TrackedKey key, Object owner, long timeoutNanos) {
        var lock = new Lock(keyspace, key);
        return take(lock, owner) || scheduler.await(() -> take(lock, owner), timeoutNanos);
    }

    private boolean take(Lock lock, Object owner) {
        Object present = owners.putIfAbsent(lock, owner);
        return present == null || present.equals(owner);
    }

    /// Makes what one owner has another's.
    public void handOver(Object owner, Object next) {
        owners.replaceAll((_, present) -> present.equals(owner) ? next : present);
    }

    /// Gives up everything that an owner has.
    public void unlockAll(Object owner) {
        if (owners.values().removeIf(owner::equals)) {
            scheduler.wakeUp();
        }
    }

    /// How many locks are taken.
    public int count() {
        return owners.size();
    }
}
