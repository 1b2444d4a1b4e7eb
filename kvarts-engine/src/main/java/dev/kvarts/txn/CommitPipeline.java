package dev.kvarts.txn;

import dev.kvarts.api.Durability;
import dev.kvarts.api.StorageException;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.KeyspaceCore;
import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.SpinLock;
import dev.kvarts.log.CommitLog;

import java.util.function.IntFunction;

/// The way of every write: memory is prepared, the log takes the record, memory shows it, the
/// watermark rises.
///
/// ```
/// admit -> lock shards -> prepare -> log.append (gives the sequence) -> link -> unlock -> publish -> (SYNC: force)
///          \____ can fail, nothing has happened ____/                  \____ cannot fail ____/
/// ```
///
/// The shards stay locked from before the log to after the link, so that versions of a key are
/// linked in the order of their sequence numbers. The watermark rises in the order of sequence
/// numbers, each batch in one step: a reader who sees one entry of a batch sees all of them.
///
/// Thread safety: any number of threads.
public final class CommitPipeline {
    private final CommitLog log;
    private volatile long visible;

    public CommitPipeline(CommitLog log, long lastSequence) {
        this.log = log;
        this.visible = lastSequence;
    }

    /// Every version up to this sequence number may be seen.
    public long visible() {
        return visible;
    }

    /// Writes one entry.
    public void write(
            KeyspaceCore core,
            byte kind,
            byte[] key,
            int keySize,
            Object value,
            long valueSize,
            Durability durability) {
        core.admit(keySize + valueSize);
        long hash = core.hash(key, keySize);
        int shard = core.shard(hash);
        long sequence;
        core.lock(shard);
        try {
            sequence = commit(core, hash, kind, key, keySize, value, valueSize, durability);
        } finally {
            core.unlock(shard);
        }
        finish(core, kind, keySize + valueSize, sequence, durability);
    }

    /// Writes one entry if the key is as the lookup found it. Returns whether it was; if not,
    /// nothing has happened.
    public boolean writeIfUnchanged(
            KeyspaceCore core,
            Lookup read,
            byte kind,
            byte[] key,
            Object value,
            long valueSize,
            Durability durability) {
        core.admit(key.length + valueSize);
        long hash = core.hash(key, key.length);
        int shard = core.shard(hash);
        long sequence;
        core.lock(shard);
        try {
            long latest = core.latestInMemory(hash, key, key.length);
            // Not in memory: what was read is still the newest, unless a newer version was written
            // and flushed in between.
            boolean unchanged =
                    latest != 0
                            ? read.found && latest == read.sequence
                            : core.memorySince() <= read.visible;
            if (!unchanged) {
                return false;
            }
            sequence = commit(core, hash, kind, key, key.length, value, valueSize, durability);
        } finally {
            core.unlock(shard);
        }
        finish(core, kind, key.length + valueSize, sequence, durability);
        return true;
    }

    private long commit(
            KeyspaceCore core,
            long hash,
            byte kind,
            byte[] key,
            int keySize,
            Object value,
            long valueSize,
            Durability durability) {
        long reference = core.prepare(hash, kind, key, keySize, value, valueSize);
        long sequence;
        try {
            sequence =
                    durability == Durability.NONE
                            ? skipLog(core)
                            : log.append(kind, core.number(), key, keySize, value, valueSize);
        } catch (RuntimeException | Error e) {
            core.abandon(hash, reference);
            throw e;
        }
        link(core, hash, reference, sequence);
        return sequence;
    }

    private long skipLog(KeyspaceCore core) {
        core.noteUnlogged();
        return log.skip(1);
    }

    /// The log has the entry: from here on there is no way back. If memory fails now, later writes
    /// are refused.
    private void link(KeyspaceCore core, long hash, long reference, long sequence) {
        try {
            core.link(hash, reference, sequence);
        } catch (RuntimeException | Error e) {
            log.failure(new StorageException("commit: logged entry could not be made visible", e));
            publish(sequence, sequence);
            throw e;
        }
    }

    private void finish(
            KeyspaceCore core, byte kind, long userBytes, long sequence, Durability durability) {
        publish(sequence, sequence);
        core.count(kind, userBytes);
        if (durability == Durability.SYNC) {
            log.force(sequence);
        }
    }

    private void publish(long first, long last) {
        for (int attempt = 0; visible != first - 1; attempt++) {
            SpinLock.pause(attempt);
        }
        visible = last;
    }

    /// Writes a batch atomically.
    ///
    /// @param cores gives the keyspace of a number
    public void write(
            EntryBatch batch, IntFunction<? extends KeyspaceCore> cores, Durability durability) {
        if (batch.count() == 0) {
            return;
        }
        var plan = new BatchPlan(batch, cores);
        plan.admit();
        long first;
        plan.lock();
        try {
            plan.prepare();
            try {
                first = durability == Durability.NONE ? plan.skipLog(log) : log.append(batch);
            } catch (RuntimeException | Error e) {
                plan.abandon();
                throw e;
            }
            try {
                plan.link(first);
            } catch (RuntimeException | Error e) {
                log.failure(
                        new StorageException("commit: logged batch could not be made visible", e));
                publish(first, first + batch.count() - 1);
                throw e;
            }
        } finally {
            plan.unlock();
        }
        publish(first, first + batch.count() - 1);
        plan.count();
        if (durability == Durability.SYNC) {
            log.force(first + batch.count() - 1);
        }
    }
}
