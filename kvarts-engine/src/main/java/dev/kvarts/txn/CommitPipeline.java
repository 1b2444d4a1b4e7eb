package dev.kvarts.txn;

import dev.kvarts.api.Durability;
import dev.kvarts.api.StorageException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Epochs;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.KeyspaceCore;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.jobs.SpinLock;
import dev.kvarts.log.CommitLog;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;

/// The way of every write: memory is reserved, the log takes the record, memory shows it, the
/// watermark rises.
///
/// ```
/// admit -> lock shards -> reserve -> log.append (gives the sequence) -> fill, link -> unlock -> publish -> (SYNC: force)
///          \____ can fail, nothing has happened ____/                  \_______ cannot fail ______/
/// ```
///
/// The shards stay locked from before the log to after the link, so that versions of a key are
/// linked in the order of their sequence numbers. The watermark rises in the order of sequence
/// numbers, each batch in one step: a reader who sees one entry of a batch sees all of them.
///
/// A writer who has linked and is not next says so in a ring, at his first sequence number, and
/// whoever is next takes the watermark past him as well: one who lost his processor meanwhile holds
/// nobody up but those behind him, and these only once. (When each waited to raise it himself, four
/// writers beside two busy readers on two processors went in step, a time slice a write.)
///
/// A writer is inside the keyspace only while it holds a shard's lock, and the lock refuses it once
/// the keyspace is closing; so nobody counts writers.
///
/// Thread safety: any number of threads.
public final class CommitPipeline {
    private static final int GATHERED_SIZE_MAX = 64 << 10;
    private static final int LINKED_MASK = (1 << 12) - 1;
    private static final VarHandle LINKED = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle VISIBLE;

    static {
        try {
            VISIBLE =
                    MethodHandles.lookup()
                            .findVarHandle(CommitPipeline.class, "visible", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final byte[] NO_KEY = new byte[0];

    private final CommitLog log;
    private final ThreadLocal<EntryBatch> encoders = ThreadLocal.withInitial(EntryBatch::new);

    /// By its first sequence number: the last one of a batch that is linked and may not be seen
    /// yet. Anything that is not higher than the watermark is of the past.
    private final long[] linked = new long[LINKED_MASK + 1];

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
        log.admit(keySize + valueSize);
        long hash = core.hash(key, keySize);
        core.touch(hash);
        EntryBatch encoded = encode(core, kind, key, keySize, value, valueSize);
        int shard = core.shard(hash);
        long sequence;
        core.lock(shard);
        try {
            sequence =
                    commit(core, hash, kind, key, keySize, value, valueSize, encoded, durability);
        } finally {
            core.unlock(shard);
        }
        finish(sequence, durability);
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
        log.admit(key.length + valueSize);
        long hash = core.hash(key, key.length);
        core.touch(hash);
        EntryBatch encoded = encode(core, kind, key, key.length, value, valueSize);
        int shard = core.shard(hash);
        long sequence;
        core.lock(shard);
        try {
            long latest = core.latestInMemory(hash, key, key.length);
            // Not in memory: what was read is still the newest, unless a newer version was written
            // and flushed, or ingested, in between.
            boolean unchanged =
                    latest != 0
                            ? read.found && latest == read.sequence
                            : core.newestOnDisk() <= read.visible;
            if (!unchanged) {
                return false;
            }
            sequence =
                    commit(
                            core,
                            hash,
                            kind,
                            key,
                            key.length,
                            value,
                            valueSize,
                            encoded,
                            durability);
        } finally {
            core.unlock(shard);
        }
        finish(sequence, durability);
        return true;
    }

    /// The entry as the log takes it, in a buffer of this thread; null if it is so large that it is
    /// written straight to where it belongs.
    private EntryBatch encode(
            KeyspaceCore core, byte kind, byte[] key, int keySize, Object value, long valueSize) {
        if (keySize + valueSize > GATHERED_SIZE_MAX) {
            return null;
        }
        EntryBatch encoder = encoders.get();
        encoder.clear();
        encoder.add(kind, core.number(), key, keySize, value, valueSize);
        return encoder;
    }

    private long commit(
            KeyspaceCore core,
            long hash,
            byte kind,
            byte[] key,
            int keySize,
            Object value,
            long valueSize,
            EntryBatch encoded,
            Durability durability) {
        long reference = core.reserve(hash, keySize + valueSize);
        long sequence;
        try {
            if (encoded == null) {
                core.fill(hash, reference, kind, key, keySize, value, valueSize);
            }
            if (durability == Durability.NONE) {
                sequence = skipLog(core);
            } else if (encoded != null) {
                sequence = log.append(encoded);
            } else {
                sequence = log.appendLarge(kind, core.number(), key, keySize, value, valueSize);
            }
        } catch (RuntimeException | Error e) {
            core.abandon(hash, reference, keySize + valueSize);
            throw e;
        }
        try {
            if (encoded != null) {
                core.fill(
                        hash,
                        reference,
                        kind,
                        encoded.array(),
                        EntryFormat.HEADER_SIZE,
                        keySize,
                        (int) valueSize);
            }
            core.link(hash, reference, sequence);
        } catch (RuntimeException | Error e) { // there is no way back: the log has the entry
            log.failure(new StorageException("commit: logged entry could not be made visible", e));
            publish(sequence, sequence);
            throw e;
        }
        core.count(hash, kind, keySize + valueSize);
        return sequence;
    }

    private long skipLog(KeyspaceCore core) {
        core.noteUnlogged();
        return log.skip(1);
    }

    private void finish(long sequence, Durability durability) {
        publish(sequence, sequence);
        if (durability == Durability.SYNC) {
            log.force(sequence);
        }
    }

    /// Gives a sequence number to something that is durable without the log, and lets it be seen
    /// when `work` is done with it. Later writes are seen after that: `work` should be short.
    public void writeUnlogged(LongConsumer work) {
        long sequence = log.skip(1);
        try {
            work.accept(sequence);
        } finally {
            publish(sequence, sequence);
        }
    }

    /// Logs what belongs to no keyspace.
    public void note(EntryBatch batch) {
        long first = log.append(batch);
        publish(first, first + batch.count() - 1);
    }

    /// Writes down what time it is. Returns the sequence number that this took.
    public long writeClock(long millis) {
        byte[] value = new byte[Long.BYTES];
        Bytes.putLong(value, 0, millis);
        EntryBatch encoder = encoders.get();
        encoder.clear();
        encoder.add(EntryFormat.CLOCK, EntryFormat.NO_KEYSPACE, NO_KEY, 0, value, value.length);
        long sequence = log.append(encoder);
        publish(sequence, sequence);
        return sequence;
    }

    /// Lets everything up to `last` be seen, and returns when it is.
    private void publish(long first, long last) {
        if (visible == first - 1) { // nobody else can move it from here
            VISIBLE.setRelease(this, last); // what is linked is seen by who sees this
            if ((long) LINKED.getAcquire(linked, (int) (last + 1) & LINKED_MASK) > last) {
                advance();
            }
            return;
        }
        for (int attempt = 0; first - visible > LINKED_MASK; attempt++) {
            SpinLock.pause(attempt); // its slot may still be that of an earlier one
        }
        LINKED.setRelease(linked, (int) first & LINKED_MASK, last);
        advance();
        for (int attempt = 0; visible < last; attempt++) {
            SpinLock.pause(attempt);
            advance();
        }
    }

    /// Moves the watermark over everything that is linked, whoever linked it.
    private void advance() {
        while (true) {
            long now = visible;
            long next = (long) LINKED.getAcquire(linked, (int) (now + 1) & LINKED_MASK);
            if (next <= now) {
                return;
            }
            VISIBLE.compareAndSet(this, now, next);
        }
    }

    /// Writes a batch atomically.
    ///
    /// @param cores gives the keyspace of a number
    public void write(
            EntryBatch batch, IntFunction<? extends KeyspaceCore> cores, Durability durability) {
        if (batch.count() != 0) {
            write(batch, new BatchPlan(batch, cores), null, durability);
        }
    }

    /// Whether a key was changed after a live snapshot of this sequence number.
    public boolean changedSince(
            StoredKeyspace core, TrackedKey key, Epochs epochs, long seed, long snapshot) {
        int shard = core.shard(key.hash());
        core.lock(shard);
        try {
            return new Conflicts(List.of(), epochs, seed, snapshot).changed(core, key);
        } finally {
            core.unlock(shard);
        }
    }

    /// Commits what a transaction wrote if what it relies on is as it was. Returns the sequence
    /// number of the last entry.
    ///
    /// @param batch not empty
    /// @param seed of the key hash
    /// @param snapshot the transaction's sequence number
    /// @throws dev.kvarts.api.ConflictException if something changed; nothing has happened then
    public long commit(
            EntryBatch batch,
            IntFunction<? extends KeyspaceCore> cores,
            Collection<Footprint> footprints,
            Epochs epochs,
            long seed,
            long snapshot,
            Durability durability) {
        return write(
                batch,
                new BatchPlan(batch, cores, footprints),
                new Conflicts(footprints, epochs, seed, snapshot),
                durability);
    }

    /// @param conflicts null: none are to be looked for
    private long write(
            EntryBatch batch, BatchPlan plan, Conflicts conflicts, Durability durability) {
        plan.admit();
        log.admit(batch.size());
        long first;
        try {
            plan.lock();
            if (conflicts != null) {
                conflicts.check();
            }
            plan.reserve();
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
        long last = first + batch.count() - 1;
        publish(first, last);
        if (durability == Durability.SYNC) {
            log.force(last);
        }
        return last;
    }
}
