package dev.kvarts.txn;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.KeyspaceCore;
import dev.kvarts.log.CommitLog;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.IntFunction;

/// The entries of a batch, taken apart: where each belongs and which locks they need, in the order
/// in which everybody takes them.
///
/// Thread safety: one thread.
final class BatchPlan {
    private static final int SHARD_BITS = 16;

    private final EntryBatch batch;
    private final KeyspaceCore[] coreOf;
    private final int[] offsets;
    private final long[] hashes;
    private final long[] references;
    private final long[] locks; // keyspace << SHARD_BITS | shard, ascending, distinct
    private final KeyspaceCore[] lockOwners; // kept: a keyspace may be dropped while it is locked
    private int lockCount;
    private int locked;
    private int reserved;

    BatchPlan(EntryBatch batch, IntFunction<? extends KeyspaceCore> cores) {
        this(batch, cores, List.of());
    }

    /// @param footprints what is to be locked beside the batch's own keys
    BatchPlan(
            EntryBatch batch,
            IntFunction<? extends KeyspaceCore> cores,
            Collection<Footprint> footprints) {
        this.batch = batch;
        this.coreOf = new KeyspaceCore[batch.count()];
        this.offsets = new int[batch.count()];
        this.hashes = new long[batch.count()];
        this.references = new long[batch.count()];
        MemorySegment segment = batch.segment();
        int wanted = 0;
        int at = 0;
        for (int i = 0; i < coreOf.length; i++) {
            offsets[i] = at;
            KeyspaceCore core = cores.apply(EntryFormat.keyspace(segment, at));
            int keySize = EntryFormat.keySize(segment, at);
            coreOf[i] = core;
            hashes[i] =
                    core.hash(
                            Bytes.copyOut(segment, at + EntryFormat.HEADER_SIZE, keySize), keySize);
            wanted += locksOf(i, segment);
            at += (int) EntryFormat.size(keySize, EntryFormat.valueSize(segment, at));
        }
        for (Footprint footprint : footprints) {
            wanted += locksOf(footprint);
        }
        this.locks = new long[wanted];
        this.lockOwners = new KeyspaceCore[wanted];
        int next = 0;
        for (int i = 0; i < coreOf.length; i++) {
            int count = locksOf(i, segment);
            long keyspace = (long) coreOf[i].number() << SHARD_BITS;
            for (int shard = 0; count > 1 && shard < count; shard++) {
                locks[next++] = keyspace | shard;
            }
            if (count == 1) {
                locks[next++] = keyspace | coreOf[i].shard(hashes[i]);
            }
        }
        for (Footprint footprint : footprints) {
            next = addLocks(footprint, next);
        }
        Arrays.sort(locks);
        for (int i = 0; i < locks.length; i++) {
            if (lockCount == 0 || locks[i] != locks[lockCount - 1]) {
                lockOwners[lockCount] = cores.apply((int) (locks[i] >>> SHARD_BITS));
                locks[lockCount++] = locks[i];
            }
        }
    }

    private static int locksOf(Footprint footprint) {
        return footprint.needsAllLocks() ? footprint.core().shardCount() : footprint.keys().size();
    }

    private int addLocks(Footprint footprint, int from) {
        KeyspaceCore core = footprint.core();
        long keyspace = (long) core.number() << SHARD_BITS;
        int next = from;
        if (footprint.needsAllLocks()) {
            for (int shard = 0; shard < core.shardCount(); shard++) {
                locks[next++] = keyspace | shard;
            }
        } else {
            for (TrackedKey key : footprint.keys()) {
                locks[next++] = keyspace | core.shard(key.hash());
            }
        }
        return next;
    }

    /// How many locks an entry needs: a range may have keys of any shard.
    private int locksOf(int i, MemorySegment segment) {
        boolean range = EntryFormat.kind(segment, offsets[i]) == EntryFormat.RANGE_DELETE;
        return range ? coreOf[i].shardCount() : 1;
    }

    void admit() {
        for (int i = 0; i < coreOf.length; i++) {
            if (i == 0 || coreOf[i].number() != coreOf[i - 1].number()) {
                coreOf[i].admit(batch.size());
            }
        }
    }

    void lock() {
        for (; locked < lockCount; locked++) {
            lockOwners[locked].lock(shardOf(locked));
        }
    }

    void unlock() {
        while (locked > 0) {
            locked--;
            lockOwners[locked].unlock(shardOf(locked));
        }
    }

    private int shardOf(int lock) {
        return (int) locks[lock] & (1 << SHARD_BITS) - 1;
    }

    /// Requires: locked. Takes everything back if it fails half-way.
    void reserve() {
        try {
            for (; reserved < coreOf.length; reserved++) {
                references[reserved] =
                        coreOf[reserved].reserve(hashes[reserved], userBytes(reserved));
            }
        } catch (RuntimeException | Error e) {
            abandon();
            throw e;
        }
    }

    void abandon() {
        for (int i = 0; i < reserved; i++) {
            coreOf[i].abandon(hashes[i], references[i], userBytes(i));
        }
        reserved = 0;
    }

    private long userBytes(int i) {
        MemorySegment segment = batch.segment();
        return EntryFormat.keySize(segment, offsets[i])
                + EntryFormat.valueSize(segment, offsets[i]);
    }

    long skipLog(CommitLog log) {
        for (KeyspaceCore core : coreOf) {
            core.noteUnlogged();
        }
        return log.skip(coreOf.length);
    }

    void link(long first) {
        MemorySegment segment = batch.segment();
        for (int i = 0; i < coreOf.length; i++) {
            byte kind = EntryFormat.kind(segment, offsets[i]);
            coreOf[i].fill(
                    hashes[i],
                    references[i],
                    kind,
                    batch.array(),
                    offsets[i] + EntryFormat.HEADER_SIZE,
                    EntryFormat.keySize(segment, offsets[i]),
                    (int) EntryFormat.valueSize(segment, offsets[i]));
            coreOf[i].link(hashes[i], references[i], first + i);
            coreOf[i].count(hashes[i], kind, userBytes(i));
        }
    }
}
