package dev.kvarts.db;

import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.OverQuotaException;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.entry.Usage;

import java.util.concurrent.atomic.AtomicLong;

/// How much more may be written into a keyspace.
///
/// Each write is taken from what is left, as if it added an entry: two additions to counters, and
/// nothing at all where the policy has no quota. What overwrites is counted too much by that; so
/// when nothing is left, what the keyspace really holds is asked ([Usage]), and what is left is
/// told anew. When that is less than a 16th of the quota, memory is flushed first: then overwritten
/// and deleted entries count no more. Flushing is bounded: when less than a 64th of the quota is in
/// memory, once a second.
///
/// So a quota holds to within what writers have under way, and to what [Usage] knows: a write that
/// is refused was over the quota by the files of the keyspace, or by what came in the last second.
///
/// Thread safety: any number of threads.
final class Quota {
    private static final long FLUSH_NANOS = 1_000_000_000;
    private static final int FLUSH_SHARE = 64;
    private static final int NEAR_SHARE = 16;

    // Fixed at construction.
    private final StoredKeyspace core;
    private final OpenDatabase database;

    // Taken from by all writers; told anew under the lock.
    private final AtomicLong entriesLeft = new AtomicLong();
    private final AtomicLong bytesLeft = new AtomicLong();
    private volatile KeyspacePolicy told; // by which it was told what is left

    // Guarded by this.
    private boolean flushed;
    private long flushedNanos;

    Quota(StoredKeyspace core, OpenDatabase database) {
        this.core = core;
        this.database = database;
    }

    /// Takes room for so much more. Returns whether there is; if not, nothing was taken.
    boolean take(long entries, long bytes) {
        KeyspacePolicy policy = core.options().policy();
        if (policy.quotaBytes() == 0 && policy.quotaEntries() == 0) {
            return true;
        }
        if (policy.equals(told)
                && bytesLeft.addAndGet(-bytes) >= 0
                && entriesLeft.addAndGet(-entries) >= 0) {
            return true;
        }
        int token = database.enter(); // it may flush
        try {
            // One that was dropped is refused where it is written.
            return core.isStopped() || takeAnew(policy, entries, bytes);
        } finally {
            database.exit(token);
        }
    }

    private synchronized boolean takeAnew(KeyspacePolicy policy, long entries, long bytes) {
        tell(policy, core.usage());
        boolean enough =
                isLeft(
                        entries + policy.quotaEntries() / NEAR_SHARE,
                        bytes + policy.quotaBytes() / NEAR_SHARE);
        if (!enough && mayFlush(policy)) {
            core.flush();
            tell(policy, core.usage());
        }
        if (!isLeft(entries, bytes)) {
            return false;
        }
        entriesLeft.addAndGet(-entries);
        bytesLeft.addAndGet(-bytes);
        return true;
    }

    private boolean isLeft(long entries, long bytes) {
        return entriesLeft.get() >= entries && bytesLeft.get() >= bytes;
    }

    private void tell(KeyspacePolicy policy, Usage used) {
        entriesLeft.set(left(policy.quotaEntries(), used.entries()));
        bytesLeft.set(left(policy.quotaBytes(), used.bytes()));
        told = policy;
    }

    private static long left(long quota, long used) {
        return quota == 0 ? Long.MAX_VALUE : quota - used;
    }

    private boolean mayFlush(KeyspacePolicy policy) {
        if (!core.hasMemory()) {
            return false;
        }
        long now = database.environment().scheduler().nanoTime();
        boolean much =
                policy.quotaBytes() != 0 && core.memoryBytes() > policy.quotaBytes() / FLUSH_SHARE;
        if (!much && flushed && now - flushedNanos < FLUSH_NANOS) {
            return false;
        }
        flushed = true;
        flushedNanos = now;
        return true;
    }

    /// What a write is refused with for which there is no room.
    OverQuotaException over() {
        KeyspacePolicy policy = core.options().policy();
        Usage used = core.usage();
        return new OverQuotaException(
                "keyspace is over its quota: name="
                        + core.name()
                        + " entries="
                        + used.entries()
                        + " max="
                        + policy.quotaEntries()
                        + " bytes="
                        + used.bytes()
                        + " max="
                        + policy.quotaBytes());
    }
}
