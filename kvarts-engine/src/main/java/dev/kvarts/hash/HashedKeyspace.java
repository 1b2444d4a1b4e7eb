package dev.kvarts.hash;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.Counters;
import dev.kvarts.entry.KeptViews;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.Usage;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.HashedMeta;
import dev.kvarts.manifest.RunMeta;
import dev.kvarts.memtable.ChunkPool;
import dev.kvarts.memtable.FlushWork;
import dev.kvarts.memtable.HashStore;
import dev.kvarts.memtable.WritableKeyspace;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// A hashed keyspace: memory store, maplets, runs.
///
/// A lookup asks the active memory store, the frozen one, and the maplet of the key's partition,
/// whose candidates it verifies by reading one page of a run each. A write goes to the active
/// memory store; when that is full it is frozen and [Maintenance] writes it as a run.
///
/// Thread safety: any number of threads. Reads run inside an epoch and take no lock.
public final class HashedKeyspace extends WritableKeyspace {
    // A maplet that is large beside a slab leaves a large hole in it: with 256 partitions 50
    // million
    // keys took 2.7 bytes each, with 2048 a tenth less.
    private static final long STORE_BYTES_PER_PARTITION = 16 << 10;
    private static final int PARTITION_BITS_MIN = 3;
    private static final int PARTITION_BITS_MAX = 11;

    /// Instead of a snapshot's sequence number: whatever is visible.
    static final long NOW = -1;

    private static final long SHARD_BYTES = 512 << 10;
    private static final int SHARD_BITS_MAX = 7;

    // Fixed at construction.
    private final Environment environment;
    private final long born;
    private final int shardBits;
    private final ChunkPool pool;
    final RunSet runs = new RunSet();
    final MapletIndex index;
    private final RunLookups lookups;
    private final Maintenance maintenance;
    final Counters counters = new Counters();

    private final KeptViews<KeptView> kept;

    // Written with all shard locks held, read by all.
    private volatile View view;

    /// The memory stores as a reader finds them. Versions up to `since` are in runs, if there is no
    /// frozen store.
    ///
    /// @param before the index without what is in the frozen store, if a snapshot needs it
    record View(
            HashStore active, HashStore frozen, long frozenUpTo, long since, KeptIndex before) {}

    /// What snapshots look at that began before a flush: what was flushed, and the index without
    /// it.
    record KeptView(HashStore frozen, KeptIndex index) {}

    /// Opens the keyspace as the manifest describes it. What the log has to add is written into it
    /// afterwards.
    public HashedKeyspace(Environment environment, HashedMeta meta) throws IOException {
        long storeBytes = environment.options().effectiveMemoryStoreBytes();
        int shardBits = shardBitsFor(storeBytes);
        super(
                meta.number(),
                meta.name(),
                1 << shardBits,
                environment.budget(),
                environment.scheduler(),
                environment::memoryStoreBytes);
        this.environment = environment;
        this.born = meta.flushedSequence();
        this.shardBits = shardBits;
        this.pool = ChunkPool.forStores(environment.budget(), storeBytes);
        this.view = new View(newStore(null, 0), null, 0, meta.flushedSequence(), null);
        this.kept = new KeptViews<>(environment.snapshots(), environment.epochs(), this::giveBack);

        IndexCheckpoint checkpoint = openFiles(meta);
        this.index =
                new MapletIndex(
                        meta.partitionBits(),
                        environment.hashSeed(),
                        environment.scheduler(),
                        environment.epochs(),
                        environment.budget(),
                        runs,
                        checkpoint);
        this.lookups = new RunLookups(index, runs, counters, environment.clock());
        this.maintenance = new Maintenance(this, environment, meta);
    }

    /// Opens the runs and the checkpoint, or nothing. Returns the checkpoint; null if there is
    /// none.
    private IndexCheckpoint openFiles(HashedMeta meta) throws IOException {
        Map<Long, IndexCheckpoint.DeadState> dead = new HashMap<>();
        IndexCheckpoint checkpoint = null;
        try {
            if (meta.checkpoint() != 0) {
                checkpoint =
                        IndexCheckpoint.open(
                                environment.directory(),
                                environment.database(),
                                number(),
                                meta.partitionBits(),
                                meta.checkpoint(),
                                dead);
            }
            for (RunMeta run : meta.runs()) {
                openRun(run, run.number() <= meta.checkpointRun() ? dead.get(run.number()) : null);
            }
            return checkpoint;
        } catch (IOException | RuntimeException | Error e) {
            if (checkpoint != null) {
                checkpoint.close();
            }
            closeRuns();
            view.active.release();
            pool.close();
            throw e;
        }
    }

    private static int shardBitsFor(long memoryStoreBytes) {
        return Math.clamp(
                63 - Long.numberOfLeadingZeros(memoryStoreBytes / SHARD_BYTES | 1),
                0,
                SHARD_BITS_MAX);
    }

    /// log2 of the number of partitions that suits a keyspace of a database with these options.
    public static int partitionBitsFor(long memoryStoreBytes) {
        return Math.clamp(
                63 - Long.numberOfLeadingZeros(memoryStoreBytes / STORE_BYTES_PER_PARTITION | 1),
                PARTITION_BITS_MIN,
                PARTITION_BITS_MAX);
    }

    Run openRun(RunMeta meta, IndexCheckpoint.DeadState dead) throws IOException {
        Run run =
                Run.open(
                        environment.directory(),
                        environment.database(),
                        number(),
                        meta,
                        environment.mapFiles(),
                        dead == null ? null : dead.bits());
        if (dead != null) {
            run.restoreDead(dead.records(), dead.bytes());
        }
        runs.add(run);
        environment.budget().charge(MemoryBudget.Account.DEAD_BITS, run.dead.memoryBytes());
        environment.budget().charge(MemoryBudget.Account.PAGE_DIRECTORIES, run.memoryBytes());
        return run;
    }

    /// Takes a run out of sight. Its file is closed by the caller, after a grace period.
    void forgetRun(Run run) {
        runs.remove(run);
        environment.budget().charge(MemoryBudget.Account.DEAD_BITS, -run.dead.memoryBytes());
        environment.budget().charge(MemoryBudget.Account.PAGE_DIRECTORIES, -run.memoryBytes());
    }

    private HashStore newStore(HashStore before, long born) {
        return new HashStore(
                pool,
                environment.budget(),
                environment.epochs(),
                environment.snapshots(),
                shardBits,
                before,
                born);
    }

    @Override
    public KeyspaceOptions options() {
        return maintenance.options();
    }

    @Override
    public void changeOptions(KeyspaceOptions changed) {
        maintenance.changeOptions(changed);
    }

    View view() {
        return view;
    }

    @Override
    public long hash(byte[] key, int keySize) {
        return KeyHash.hash(key, keySize, environment.hashSeed());
    }

    // Reading.

    /// Answers the lookup. Requires: the asker is inside an epoch, and stays there while it looks
    /// at the answer.
    @Override
    public void find(Lookup lookup) {
        while (!findOnce(lookup)) {
            Thread.onSpinWait();
        }
    }

    private boolean findOnce(Lookup lookup) {
        View now = view;
        now.active.find(lookup);
        if (!lookup.found && now.frozen != null) {
            now.frozen.find(lookup);
        }
        if (lookup.found) {
            if (lookup.expiry != 0) {
                lookup.expire(environment.clock());
            }
            counters.add(lookup.deleted ? Counters.MISSES : Counters.MEMORY_HITS, 1);
            return true;
        }
        return lookups.find(lookup);
    }

    @Override
    public void findAsOf(Lookup lookup) {
        while (!findOnceAsOf(lookup)) {
            Thread.onSpinWait();
        }
        if (lookup.expiry != 0) {
            lookup.expire(environment.clock());
        }
    }

    private boolean findOnceAsOf(Lookup lookup) {
        View now = view;
        if (now.since > lookup.visible) {
            KeptView before = kept.at(lookup.visible);
            before.frozen.find(lookup);
            if (!lookup.found) {
                before.index.find(lookup);
            }
            return true;
        }
        now.active.find(lookup);
        if (!lookup.found && now.frozen != null) {
            now.frozen.find(lookup);
        }
        if (lookup.found) {
            counters.add(lookup.deleted ? Counters.MISSES : Counters.MEMORY_HITS, 1);
            return true;
        }
        if (now.before != null && lookup.visible < now.frozenUpTo) {
            now.before.find(lookup);
            return true;
        }
        return lookups.find(lookup);
    }

    /// Whether a run has the key, by the maplet alone: now and then a wrong yes.
    boolean inRuns(Lookup lookup) {
        return lookups.mayHave(lookup);
    }

    // Writing.

    @Override
    public int shard(long hash) {
        return HashStore.shardIndex(hash, shardBits);
    }

    @Override
    public void touch(long hash) {
        view.active.touch(hash);
    }

    @Override
    public long reserve(long hash, long userBytes) {
        return view.active.reserve(hash, userBytes);
    }

    @Override
    public void fill(
            long hash,
            long reference,
            byte kind,
            byte[] entry,
            int keyAt,
            int keySize,
            int valueSize) {
        view.active.fill(hash, reference, kind, entry, keyAt, keySize, valueSize);
    }

    @Override
    public void fill(
            long hash,
            long reference,
            byte kind,
            byte[] key,
            int keySize,
            Object value,
            long valueSize) {
        view.active.fill(hash, reference, kind, key, keySize, value, valueSize);
    }

    @Override
    public void link(long hash, long reference, long sequence) {
        view.active.link(hash, reference, sequence);
        writers.written(shard(hash), sequence);
    }

    @Override
    public void abandon(long hash, long reference, long userBytes) {
        view.active.abandon(hash, reference, userBytes);
    }

    @Override
    public long latestInMemory(long hash, byte[] key, int keySize) {
        View now = view;
        long latest = now.active.latest(hash, key, keySize);
        return latest != 0 || now.frozen == null ? latest : now.frozen.latest(hash, key, keySize);
    }

    @Override
    protected long activeBytes() {
        return view.active.sizeBytes();
    }

    @Override
    protected boolean anyFrozen() {
        return view.frozen != null;
    }

    @Override
    protected FlushWork flushWork() {
        return maintenance;
    }

    @Override
    public boolean changedSince(long sequence) {
        return writers.written() > sequence;
    }

    /// Keys are in no order: any write may be one of the range.
    @Override
    public boolean changedInRange(byte[] from, byte[] to, long sequence) {
        return changedSince(sequence);
    }

    @Override
    public long bornAt() {
        return born;
    }

    @Override
    public int keptViews() {
        return kept.count();
    }

    @Override
    public long memorySince() {
        return view.since;
    }

    @Override
    public boolean needsReplay(long sequence) {
        return sequence > view.since;
    }

    @Override
    public void freezeLocked() {
        View now = view;
        if (now.frozen == null && !now.active.isEmpty()) {
            long upTo = environment.lastSequence();
            view = new View(newStore(now.active, upTo), now.active, upTo, now.since, null);
        }
    }

    /// Keeps the index as it is for the snapshots that must not see what is in the frozen store, if
    /// there are any. Requires: the watermark is above it. Returns whether there are.
    boolean keepIndex() {
        environment
                .epochs()
                .await(); // then every snapshot that is older than the watermark is known
        View now = view;
        if (!environment.snapshots().anyIn(now.since, now.frozenUpTo)) {
            return false;
        }
        var before = new KeptIndex(index, runs.all());
        environment.budget().charge(MemoryBudget.Account.DEAD_BITS, before.deadBytes());
        lockAll();
        try {
            now = view;
            view = new View(now.active, now.frozen, now.frozenUpTo, now.since, before);
        } finally {
            unlockAll();
        }
        environment.epochs().await(); // nobody looks at the index for them any more
        return true;
    }

    /// Drops the frozen store from view: a run has it. Its memory is released by the caller after a
    /// grace period.
    void dropFrozen() {
        lockAll();
        try {
            View now = view;
            if (now.before != null) {
                now.frozen.pin();
                kept.add(new KeptView(now.frozen, now.before), now.since, now.frozenUpTo);
            }
            view = new View(now.active, null, 0, now.frozenUpTo, null);
        } finally {
            unlockAll();
        }
        kept.notePassed();
        environment.scheduler().wakeUp();
    }

    /// Gives back what no snapshot needs any more. Returns whether there was anything. Requires:
    /// the maintenance's job lock.
    boolean releaseKept() {
        return kept.release();
    }

    private void giveBack(KeptView before) {
        environment.budget().charge(MemoryBudget.Account.DEAD_BITS, -before.index.deadBytes());
        before.index.release();
        before.frozen.unpin();
    }

    // Maintaining.

    /// Whether something is in memory that is in no run.
    @Override
    public boolean hasMemory() {
        View now = view;
        return now.frozen != null || !now.active.isEmpty();
    }

    /// Bytes in memory stores.
    @Override
    public long memoryBytes() {
        View now = view;
        return now.active.sizeBytes() + (now.frozen == null ? 0 : now.frozen.sizeBytes());
    }

    Maintenance maintenance() {
        return maintenance;
    }

    @Override
    public void flush() {
        maintenance.flush();
    }

    @Override
    public void compact() {
        maintenance.compact();
    }

    @Override
    public void prepareClose() {
        maintenance.checkpointForClose();
    }

    @Override
    public void startBackground() {
        maintenance.loadInBackground();
    }

    @Override
    public void releaseUnused() {
        maintenance.releaseUnused();
    }

    @Override
    public void lookForExpired() {
        maintenance.lookForExpired();
    }

    @Override
    public void whileQuiet(Runnable action) {
        maintenance.whileQuiet(action);
    }

    @Override
    public void flushFrozen() {
        maintenance.flushNow();
    }

    @Override
    public void deleteFiles() {
        maintenance.deleteFiles();
    }

    @Override
    public long estimatedCount() {
        return EntryEstimate.of(this, environment);
    }

    @Override
    public Usage usage() {
        return new Usage(estimatedCount(), runs.liveBytes() + memoryBytes());
    }

    /// A walk over every entry.
    public EntrySlices slices() {
        return new EntrySlices(this, environment, NOW, 0);
    }

    /// A walk over every entry that a snapshot sees.
    ///
    /// @param millis when it was begun: what had expired by then is not seen
    public EntrySlices slicesAsOf(long sequence, long millis) {
        return new EntrySlices(this, environment, sequence, millis);
    }

    /// Where entries are to be looked for.
    ///
    /// @param visible versions up to this sequence number are seen
    /// @param newer a memory store
    /// @param older another; null if there is none
    record Sources(long visible, HashStore newer, HashStore older, IndexView index) {}

    /// What is looked at by a snapshot, or [#NOW]. Requires: inside an epoch.
    Sources sources(long sequence) {
        long visible = sequence == NOW ? environment.visible() : sequence;
        View now = view;
        if (sequence != NOW && now.since > sequence) {
            KeptView before = kept.at(sequence);
            return new Sources(sequence, before.frozen, null, before.index);
        }
        boolean before = sequence != NOW && now.before != null && sequence < now.frozenUpTo;
        return new Sources(visible, now.active, now.frozen, before ? now.before : index);
    }

    @Override
    public KeyspaceStats stats() {
        long memoryHits = counters.sum(Counters.MEMORY_HITS);
        long runHits = counters.sum(Counters.RUN_HITS);
        long missReads = counters.sum(Counters.MISS_READS);
        long indexBytes = index.memoryBytes();
        for (Run run : runs.sorted()) {
            indexBytes += run.dead.memoryBytes() + run.memoryBytes();
        }
        return new KeyspaceStats(
                name(),
                estimatedCount(),
                runs.count(),
                runs.fileBytes(),
                runs.liveBytes(),
                memoryBytes(),
                indexBytes,
                writers.puts(),
                writers.deletes(),
                writers.userBytes(),
                memoryHits + runHits + counters.sum(Counters.MISSES),
                memoryHits + runHits,
                memoryHits,
                runHits + counters.sum(Counters.HIT_READS_EXTRA) + missReads,
                missReads,
                counters.sum(Counters.FLUSHES),
                counters.sum(Counters.FLUSHED_BYTES),
                counters.sum(Counters.RECLAIMS),
                counters.sum(Counters.RECLAIMED_BYTES),
                counters.sum(Counters.CHECKPOINT_BYTES),
                index.verifyReads(),
                delayNanos(),
                usage().bytes(),
                options().policy().quotaBytes(),
                options().policy().quotaEntries());
    }

    /// Gives everything back. Requires: stopped, no reader and no job is inside.
    @Override
    public void close() throws IOException {
        kept.releaseAll();
        View now = view;
        now.active.release();
        if (now.frozen != null) {
            now.frozen.release();
        }
        maintenance.closeRetired();
        pool.close();
        index.close();
        closeRuns();
    }

    private void closeRuns() throws IOException {
        for (Run run : runs.sorted()) {
            forgetRun(run);
            run.close();
        }
    }
}
