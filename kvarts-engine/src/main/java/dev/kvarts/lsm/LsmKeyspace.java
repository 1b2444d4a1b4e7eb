package dev.kvarts.lsm;

import dev.kvarts.api.Entry;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.Range;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.entry.Counters;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.KeptViews;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.Usage;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.OrderedMeta;
import dev.kvarts.memtable.ChunkPool;
import dev.kvarts.memtable.FlushWork;
import dev.kvarts.memtable.SortedStore;
import dev.kvarts.memtable.WritableKeyspace;
import dev.kvarts.table.TableStatistics;

import java.io.IOException;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// An ordered keyspace: memtables above a tree of tables.
///
/// A lookup asks the active memtable, the frozen one, and the sorted runs, the newest first; the
/// first version that it finds decides, unless a range tombstone met on the way is newer. A write
/// goes to the active memtable; when that is full it is frozen and [Maintenance] writes it as a
/// table.
///
/// Thread safety: any number of threads. Lookups run inside an epoch and take no lock; cursors hold
/// a [Lease].
public final class LsmKeyspace extends WritableKeyspace {
    private static final int SHARD_BITS = 4;

    // Fixed at construction.
    private final Environment environment;
    private final long born;
    private final ChunkPool pool;
    private final Leases leases;
    private final Maintenance maintenance;
    final Counters counters = new Counters();
    private final ViewReader reader;
    private final KeptViews<View> kept;

    // Written with all shard locks held, or under the maintenance's edit lock; read by all.
    private volatile View view;
    private volatile long ingested; // sequence number of the last ingestion since the opening

    /// Opens the keyspace as the manifest describes it. What the log has to add is written into it
    /// afterwards.
    ///
    /// @throws IllegalStateException if the database was opened without the codec of the keyspace,
    ///   or of one of its tables: a keyspace that can be written to but not flushed is of no use
    public LsmKeyspace(Environment environment, OrderedMeta meta) throws IOException {
        environment.sharedBlocks().codecs().byName(meta.options().codec());
        super(
                meta.number(),
                meta.name(),
                1 << SHARD_BITS,
                environment.budget(),
                environment.scheduler(),
                environment::memoryStoreBytes);
        this.environment = environment;
        this.born = meta.flushedSequence();
        this.leases = new Leases(name(), environment.options().reportLeaks());
        long storeBytes = environment.options().effectiveMemoryStoreBytes();
        this.pool = ChunkPool.forStores(environment.budget(), storeBytes);
        this.reader = new ViewReader(environment, counters);
        this.kept = new KeptViews<>(environment.snapshots(), environment.epochs(), View::unpin);
        this.maintenance = new Maintenance(this, environment, meta);
        Version version;
        try {
            version = maintenance.files().open(meta);
        } catch (IOException | RuntimeException | Error e) {
            pool.close();
            throw e;
        }
        this.view =
                new View(
                        newStore(null, 0),
                        null,
                        0,
                        environment.nowMillis(),
                        0,
                        version,
                        meta.flushedSequence());
    }

    private SortedStore newStore(SortedStore before, long born) {
        return new SortedStore(
                pool,
                environment.budget(),
                environment.epochs(),
                environment.snapshots(),
                SHARD_BITS,
                before,
                born);
    }

    View view() {
        return view;
    }

    Leases leases() {
        return leases;
    }

    Maintenance maintenance() {
        return maintenance;
    }

    @Override
    public long hash(byte[] key, int keySize) {
        return KeyHash.hash(key, keySize, environment.hashSeed());
    }

    // Reading.

    @Override
    public void find(Lookup lookup) {
        // The view before the watermark: whatever is in its files is below it then.
        View now = view;
        lookup.visible = Math.max(lookup.visible, environment.visible());
        reader.find(now, lookup);
    }

    @Override
    public void findAsOf(Lookup lookup) {
        reader.find(viewAt(lookup.visible), lookup);
    }

    /// What a snapshot looks at.
    private View viewAt(long sequence) {
        View now = view; // before the ingestion: that is told before its files are shown
        return Math.max(now.flushed(), ingested) <= sequence ? now : kept.at(sequence);
    }

    /// Begins a cursor's lease on what a snapshot looks at.
    ///
    /// @param holder when it is collected as garbage, the lease ends
    /// @param sequence of a live snapshot
    public Lease leaseAsOf(Object holder, long sequence) {
        leases.endForgotten();
        int epoch = environment.epochs().enter();
        try {
            return leases.begin(holder, viewAt(sequence));
        } finally {
            environment.epochs().exit(epoch);
        }
    }

    /// A cursor over what a lease holds, as of the snapshot that it was begun for.
    ///
    /// @param millis when that was: what had expired by then is not seen
    public LsmCursor cursorAsOf(Lease lease, long sequence, long millis, Range range) {
        return reader.cursor(lease, sequence, millis, range);
    }

    /// Begins a cursor's lease on what it looks at.
    ///
    /// @param holder when it is collected as garbage, the lease ends
    public Lease lease(Object holder) {
        leases.endForgotten();
        int epoch = environment.epochs().enter();
        try {
            return leases.begin(holder, view);
        } finally {
            environment.epochs().exit(epoch);
        }
    }

    public void end(Lease lease) {
        leases.end(lease);
    }

    /// A cursor over what a lease holds, as of now. The watermark is read after the view: whatever
    /// is in the view's files is below it.
    public LsmCursor cursor(Lease lease, Range range) {
        return reader.cursor(lease, environment.visible(), environment.nowMillis(), range);
    }

    /// A cursor that sees also what is linked and not yet visible.
    LsmCursor newest(Lease lease, Range range) {
        return reader.cursor(lease, EntryFormat.SEQUENCE_MAX, environment.nowMillis(), range);
    }

    // Writing.

    @Override
    public int shard(long hash) {
        return SortedStore.shardIndex(hash, SHARD_BITS);
    }

    @Override
    public void touch(long hash) {
        // The place in the tree follows from the key, not from its hash.
    }

    @Override
    public long reserve(long hash, long userBytes) {
        return view.active().reserve(hash, userBytes);
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
        view.active().fill(hash, reference, kind, entry, keyAt, keySize, valueSize);
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
        view.active().fill(hash, reference, kind, key, keySize, value, valueSize);
    }

    @Override
    public void link(long hash, long reference, long sequence) {
        view.active().link(hash, reference, sequence);
        writers.written(shard(hash), sequence);
    }

    @Override
    public void abandon(long hash, long reference, long userBytes) {
        view.active().abandon(hash, reference, userBytes);
    }

    @Override
    public long latestInMemory(long hash, byte[] key, int keySize) {
        View now = view;
        long latest = now.active().latest(hash, key, keySize);
        return latest != 0 || now.frozen() == null
                ? latest
                : now.frozen().latest(hash, key, keySize);
    }

    @Override
    protected long activeBytes() {
        return view.active().sizeBytes();
    }

    @Override
    protected boolean anyFrozen() {
        return view.frozen() != null;
    }

    @Override
    protected FlushWork flushWork() {
        return maintenance;
    }

    @Override
    public boolean changedSince(long sequence) {
        return Math.max(writers.written(), ingested) > sequence;
    }

    @Override
    public boolean changedInRange(byte[] from, byte[] to, long sequence) {
        View now = view;
        if (newestOnDisk() > sequence) {
            return reader.differs(
                    this, sequence, new Range(from, to)); // tombstones need not be there any more
        }
        int epoch = environment.epochs().enter();
        try {
            return ViewReader.changed(now.active(), from, to, sequence)
                    || now.frozen() != null && ViewReader.changed(now.frozen(), from, to, sequence);
        } finally {
            environment.epochs().exit(epoch);
        }
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
        return view.flushed();
    }

    @Override
    public long newestOnDisk() {
        return Math.max(view.flushed(), ingested);
    }

    /// Something of this sequence number comes to disk past memory. Requires: [#lockAll] and the
    /// maintenance's edit lock hold.
    void noteIngested(long sequence) {
        keep(view.kept(true), sequence);
        ingested = sequence;
    }

    @Override
    public boolean needsReplay(long sequence) {
        return sequence > view.flushed();
    }

    @Override
    public void freezeLocked() {
        View now = view;
        if (now.frozen() == null && !now.active().isEmpty()) {
            long upTo = environment.lastSequence();
            view = now.frozen(newStore(now.active(), upTo), upTo, environment.nowMillis());
        }
    }

    /// Shows other files. Requires: one thread at a time.
    ///
    /// @param locked whether the caller holds all shard locks
    void install(Version next, boolean frozenIsFlushed, boolean locked) {
        if (!locked) {
            lockAll();
        }
        try {
            if (frozenIsFlushed) {
                keep(view.kept(false), view.frozenUpTo());
            }
            view = frozenIsFlushed ? view.flushed(next) : view.withVersion(next);
        } finally {
            if (!locked) {
                unlockAll();
            }
        }
        environment.scheduler().wakeUp();
    }

    /// Keeps a view for snapshots that must not see what comes to disk now.
    private void keep(View before, long upTo) {
        before.pin();
        kept.add(before, newestOnDisk(), upTo);
    }

    /// What was installed last is seen. Requires: the maintenance's edit lock.
    void notePassed() {
        kept.notePassed();
    }

    /// Gives back the views that no snapshot needs any more. Requires: the maintenance's edit lock.
    void releaseKept() {
        kept.release();
    }

    // Maintaining.

    @Override
    public boolean hasMemory() {
        return view.hasMemory();
    }

    @Override
    public long memoryBytes() {
        View now = view;
        return now.active().sizeBytes() + (now.frozen() == null ? 0 : now.frozen().sizeBytes());
    }

    @Override
    public void flush() {
        maintenance.flush();
    }

    @Override
    public void compact() {
        maintenance.compact(Range.all());
    }

    @Override
    public KeyspaceOptions options() {
        return maintenance.options();
    }

    @Override
    public void changeOptions(KeyspaceOptions changed) {
        maintenance.changeOptions(changed);
    }

    /// Writes entries straight into tables.
    ///
    /// @param check throws for an entry that is outside the limits
    /// @param sequences gives the sequence number of all entries to whom it is passed
    /// @return how many they were
    public long ingest(
            Iterator<Entry> entries, Consumer<Entry> check, Consumer<LongConsumer> sequences) {
        return maintenance.ingest(entries, check, sequences);
    }

    /// Merges what overlaps the range.
    public void compact(Range range) {
        maintenance.compact(range);
    }

    @Override
    public void prepareClose() {
        // Nothing: what is in the files needs no index of its own.
    }

    @Override
    public void startBackground() {
        maintenance.scheduleCompaction();
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
        View now = view;
        long time = environment.nowMillis();
        long count = now.active().keyCount() + (now.frozen() == null ? 0 : now.frozen().keyCount());
        for (LiveTable table : now.version().tables()) {
            TableStatistics statistics = table.table.statistics();
            count += statistics.keys() - statistics.tombstones();
            count -= statistics.expiries().expired(time);
        }
        return Math.max(0, count);
    }

    /// What tombstones delete is taken for as large as the rest; what is overwritten in another
    /// table is not known.
    @Override
    public Usage usage() {
        View now = view;
        long keys = 0;
        long gone = 0;
        for (LiveTable table : now.version().tables()) {
            keys += table.table.statistics().keys();
            gone += 2 * table.table.statistics().tombstones(); // itself, and what it deletes
        }
        long there = Math.max(0, keys - gone);
        double share = keys == 0 ? 0 : (double) there / keys;
        long inMemory =
                now.active().keyCount() + (now.frozen() == null ? 0 : now.frozen().keyCount());
        long bytes = (long) (share * FileSums.of(now.version()).liveBytes());
        return new Usage(there + inMemory, bytes + memoryBytes());
    }

    @Override
    public KeyspaceStats stats() {
        long memoryHits = counters.sum(Counters.MEMORY_HITS);
        long runHits = counters.sum(Counters.RUN_HITS);
        long missReads = counters.sum(Counters.MISS_READS);
        FileSums sums = FileSums.of(view.version());
        return new KeyspaceStats(
                name(),
                estimatedCount(),
                sums.files(),
                sums.storedBytes(),
                sums.liveBytes(),
                memoryBytes(),
                sums.indexBytes(),
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
                0,
                0,
                delayNanos(),
                usage().bytes(),
                options().policy().quotaBytes(),
                options().policy().quotaEntries());
    }

    // The end.

    @Override
    public void stop() {
        super.stop();
        maintenance.stop();
        leases.awaitOutside(environment.scheduler());
    }

    @Override
    public void close() throws IOException {
        leases.endAll();
        kept.releaseAll();
        View now = view;
        now.active().release();
        if (now.frozen() != null) {
            now.frozen().release();
        }
        try {
            maintenance.closeFiles();
        } finally {
            pool.close();
        }
    }
}
