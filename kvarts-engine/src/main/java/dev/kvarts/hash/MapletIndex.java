package dev.kvarts.hash;

import dev.kvarts.api.StorageException;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.cache.Slabs;
import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.Errand;
import dev.kvarts.jobs.Scheduler;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/// The maplets of a keyspace, one for each partition, and how runs change them.
///
/// A partition is loaded when it is first touched: its maplet as of the last checkpoint, to which
/// the runs written since are applied. Applying a run is the same whether it was just written or is
/// found at recovery: each of its records is looked up in the maplet; where the remainder matches,
/// the candidate's record is read; if it is the same key and older, its entry goes and its record
/// dies.
///
/// The order that readers rely on: the new maplet is published before records are marked dead, and
/// the memory store that holds the same versions stays in view until both are done. So whoever
/// meets a dead record and still sees the same maplet knows that it met another key's entry.
///
/// Thread safety: readers any; [#apply] one job at a time; loading by any thread.
final class MapletIndex implements IndexView {
    private static final int LOCKS = 64;
    private static final long SLAB_MIN = 16 << 10;
    private static final long SLAB_MAX = 32 << 20;
    private static final long RETIRED_BYTES_MAX = 256 << 10;

    /// Hashes spread evenly put some fifty entries into a block, and never 256. Where they do, the
    /// partition gets up to so many times the blocks it would need; if that does not part them, the
    /// keys were chosen by somebody who knows the seed.
    private static final int GROWTH_MAX = 64;

    private static final int BLOCKS_MAX = 1 << 20; // a value of more would not fit into an int

    // Fixed at construction.
    private final int partitionBits;
    private final long seed;
    private final Epochs epochs;
    private final RunSet runs;
    private final IndexCheckpoint checkpoint; // null if there is none
    private final AtomicReferenceArray<Maplet> maplets;
    private final Object[] loadLocks = new Object[LOCKS];
    private final LongAdder verifyReads = new LongAdder();

    // One for the lower half of the partitions, one for the upper; each guarded by itself. Who
    // replaces the maplets of a half in turn frees blocks that lie side by side.
    private final Slabs lowerSlabs;
    private final Slabs upperSlabs;

    private final Scheduler scheduler;

    // Used by the one job that applies runs, each by one thread.
    private final Applier lowerHalf;
    private final Applier upperHalf;

    /// Whether every partition is loaded.
    private volatile boolean loaded;

    MapletIndex(
            int partitionBits,
            long seed,
            Scheduler scheduler,
            Epochs epochs,
            MemoryBudget budget,
            RunSet runs,
            IndexCheckpoint checkpoint) {
        this.partitionBits = partitionBits;
        this.seed = seed;
        this.scheduler = scheduler;
        this.epochs = epochs;
        this.runs = runs;
        this.checkpoint = checkpoint;
        this.maplets = new AtomicReferenceArray<>(1 << partitionBits);
        this.lowerSlabs = new Slabs(budget, MemoryBudget.Account.MAPLETS, SLAB_MIN, SLAB_MAX);
        this.upperSlabs = new Slabs(budget, MemoryBudget.Account.MAPLETS, SLAB_MIN, SLAB_MAX);
        this.lowerHalf = new Applier(lowerSlabs);
        this.upperHalf = new Applier(upperSlabs);
        Arrays.setAll(loadLocks, _ -> new Object());
    }

    int partitions() {
        return maplets.length();
    }

    private Slabs slabsOf(int partition) {
        return partition < middle() ? lowerSlabs : upperSlabs;
    }

    private int middle() {
        return maplets.length() / 2;
    }

    int partitionOf(long hash) {
        return (int) (hash >>> 64 - partitionBits);
    }

    long fraction(long hash) {
        return hash << partitionBits;
    }

    long firstHash(int partition) {
        return (long) partition << 64 - partitionBits;
    }

    long lastHash(int partition) {
        return firstHash(partition) | -1L >>> partitionBits;
    }

    /// The partition's maplet; loads it first if need be.
    Maplet get(int partition) {
        Maplet maplet = maplets.getAcquire(partition);
        return maplet != null ? maplet : load(partition);
    }

    @Override
    public Maplet maplet(int partition) {
        return get(partition);
    }

    @Override
    public Run[] runs() {
        return runs.all();
    }

    @Override
    public boolean isDead(Run run, long ordinal) {
        return run.isDead(ordinal);
    }

    boolean unchanged(int partition, Maplet maplet) {
        return maplets.getAcquire(partition) == maplet;
    }

    boolean isLoaded() {
        return loaded;
    }

    void loadAll() {
        if (!loaded) {
            for (int partition = 0; partition < maplets.length(); partition++) {
                get(partition);
            }
            loaded = true;
            if (checkpoint != null) {
                checkpoint.close();
            }
        }
    }

    private Maplet load(int partition) {
        synchronized (loadLocks[partition % LOCKS]) {
            Maplet present = maplets.getAcquire(partition);
            if (present != null) {
                return present;
            }
            Maplet maplet = loadFresh(partition);
            maplets.setRelease(partition, maplet);
            return maplet;
        }
    }

    private Maplet loadFresh(int partition) {
        var freshBuilder = new MapletBuilder();
        var freshChange = new PartitionChange();
        var freshLookup = new Lookup();
        long applied = 0;
        Maplet maplet;
        if (checkpoint != null) {
            applied = checkpoint.appliedRun();
            checkpoint.read(partition, runs, freshBuilder);
        } else {
            freshBuilder.begin(1);
        }
        Slabs slabs = slabsOf(partition);
        synchronized (slabs) {
            maplet = freshBuilder.finish(slabs);
        }
        for (Run run : runs.sorted()) {
            if (run.number > applied) {
                Maplet old = maplet; // never published
                try {
                    maplet =
                            changed(
                                    partition,
                                    old,
                                    run,
                                    recordsOf(run),
                                    true,
                                    null,
                                    freshBuilder,
                                    freshChange,
                                    freshLookup);
                } finally { // also after damage: every lookup will try again
                    synchronized (slabs) {
                        slabs.free(old.memory);
                    }
                }
                freshChange.applyDeaths();
            }
        }
        return maplet;
    }

    /// The records of a run, from its file.
    RunRecords recordsOf(Run run) {
        return (firstHash, lastHash) -> run.cursor(firstHash, lastHash, seed);
    }

    /// Applies a run that was just written from a memory store to every partition.
    ///
    /// @param records what the run holds
    /// @param keepOld whether the maplets that are replaced are needed further on
    void applyFlush(Run run, RunRecords records, boolean keepOld) throws IOException {
        apply(run, records, true, null, keepOld);
    }

    /// Gives back maplets that were replaced and kept. Requires: nobody looks at them.
    void free(Maplet[] kept) {
        for (int partition = 0; partition < kept.length; partition++) {
            Slabs slabs = slabsOf(partition);
            synchronized (slabs) {
                slabs.free(kept[partition].memory);
            }
        }
    }

    /// Applies a run of survivors, or none, to every partition.
    ///
    /// @param run null if nothing survived
    /// @param victims ids of runs all of whose entries go
    void applyReclaim(Run run, boolean[] victims) throws IOException {
        apply(run, run == null ? null : recordsOf(run), false, victims, false);
    }

    /// @param verify whether its records may replace others; not so for survivors of a reclaim
    /// @param victims ids of runs all of whose entries go, or null
    private void apply(
            Run run, RunRecords records, boolean verify, boolean[] victims, boolean keepOld)
            throws IOException {
        int middle = middle();
        Errand upper =
                Errand.offer(
                        scheduler,
                        "hash: apply",
                        () ->
                                upperHalf.apply(
                                        middle,
                                        maplets.length(),
                                        run,
                                        records,
                                        verify,
                                        victims,
                                        keepOld));
        try {
            lowerHalf.apply(0, middle, run, records, verify, victims, keepOld);
        } finally {
            upper.finish();
        }
    }

    /// Changes a range of partitions.
    private final class Applier {
        private final MapletBuilder builder = new MapletBuilder();
        private final PartitionChange change = new PartitionChange();
        private final Lookup lookup = new Lookup();
        private final List<Slabs.Block> retired = new ArrayList<>();
        private final Slabs slabs;
        private long retiredBytes;

        Applier(Slabs slabs) {
            this.slabs = slabs;
        }

        void apply(
                int from,
                int to,
                Run run,
                RunRecords records,
                boolean verify,
                boolean[] victims,
                boolean keepOld) {
            for (int partition = from; partition < to; partition++) {
                Maplet old = maplets.getAcquire(partition);
                Maplet next =
                        changed(
                                partition, old, run, records, verify, victims, builder, change,
                                lookup);
                maplets.setRelease(partition, next);
                change.applyDeaths();
                if (!keepOld) {
                    retire(old);
                }
            }
            freeRetired();
        }

        private void retire(Maplet old) {
            retired.add(old.memory);
            retiredBytes += old.memory.size;
            if (retiredBytes > Math.max(RETIRED_BYTES_MAX, memoryBytes() / 512)) {
                freeRetired();
            }
        }

        private void freeRetired() {
            epochs.await();
            synchronized (slabs) {
                retired.forEach(slabs::free);
            }
            retired.clear();
            retiredBytes = 0;
        }
    }

    private Maplet changed(
            int partition,
            Maplet old,
            Run run,
            RunRecords records,
            boolean verify,
            boolean[] victims,
            MapletBuilder builder,
            PartitionChange change,
            Lookup lookup) {
        change.clear();
        if (run != null) {
            RunRecords.Walk walk = records.between(firstHash(partition), lastHash(partition));
            gather(old, run, walk, verify, victims, change, lookup);
        }
        int blocks = old.blocks;
        boolean fits =
                !MapletBuilder.overloaded(
                        blocks, old.count + change.addedCount - change.removedCount);
        if (fits) {
            builder.merge(
                    old,
                    change.added,
                    change.addedCount,
                    change.removed,
                    change.removedCount,
                    victims);
        } else {
            // A partition that grows fast will grow again: room for two more such runs saves making
            // it
            // anew each time.
            int count = old.count + change.addedCount - change.removedCount;
            int growth = Math.max(0, change.addedCount - change.removedCount);
            blocks = MapletBuilder.blocksFor(count + Math.min(2 * growth, count / 2), partition);
        }
        long blocksMax = Math.min(BLOCKS_MAX, (long) GROWTH_MAX * blocks);
        while (!fits || builder.overflowed()) {
            if (blocks > blocksMax) {
                throw new StorageException(
                        "maplet: hashes are not spread evenly, partition="
                                + partition
                                + " blocks="
                                + blocks
                                + " entries="
                                + builder.count(),
                        null);
            }
            rebuild(partition, blocks, run, victims, builder, change);
            fits = true;
            blocks += 1 + blocks / 8;
        }
        Slabs slabs = slabsOf(partition);
        synchronized (slabs) {
            return builder.finish(slabs);
        }
    }

    /// Finds out what the run's records do to the partition.
    private void gather(
            Maplet old,
            Run run,
            RunRecords.Walk walk,
            boolean verify,
            boolean[] victims,
            PartitionChange change,
            Lookup lookup) {
        while (walk.next()) {
            int value = old.value(fraction(walk.hash()));
            boolean obsolete = verify && replace(old, value, walk, run, victims, change, lookup);
            if (walk.tombstone() || obsolete) {
                change.kill(run, walk.ordinal(), walk.keySize() + walk.valueSize());
            } else {
                change.add(value, run.id);
            }
        }
    }

    /// Removes the older record of the same key, if there is one. Returns whether there is a newer
    /// one instead.
    private boolean replace(
            Maplet old,
            int value,
            RunRecords.Walk record,
            Run run,
            boolean[] victims,
            PartitionChange change,
            Lookup lookup) {
        long group = old.group(value);
        long end = (group >>> 8) + (group & 0xFF);
        for (long i = group >>> 8; i < end; i++) {
            int entry = old.entry(i);
            int id = entry & 0xFF;
            if (entry >>> 8 != (value & 0xFF) || id == run.id || victims != null && victims[id]) {
                continue;
            }
            Run candidate = runs.get(id);
            lookup.key = record.key();
            lookup.keySize = record.keySize();
            lookup.hash = record.hash();
            verifyReads.increment();
            long ordinal = candidate.findMapped(lookup);
            if (ordinal >= 0 && !candidate.dead.get(ordinal)) {
                if (lookup.sequence > record.sequence()) {
                    return true;
                }
                change.remove(value, id);
                change.kill(candidate, ordinal, lookup.keySize + lookup.storedSize());
                return false;
            }
        }
        return false;
    }

    /// Makes the partition's entries anew from the records themselves: a new scale needs bits of
    /// the hash that entries do not keep.
    private void rebuild(
            int partition,
            int blocks,
            Run added,
            boolean[] victims,
            MapletBuilder builder,
            PartitionChange change) {
        long[] packed = new long[Math.max(64, blocks * Maplet.GROUPS_PER_BLOCK * 8)];
        int count = 0;
        long scale = (long) blocks * Maplet.VALUES_PER_BLOCK;
        for (Run run : runs.all()) {
            boolean gone =
                    run == null
                            || victims != null && victims[run.id]
                            || added != null && run.number > added.number;
            if (gone) {
                continue;
            }
            RunCursor cursor = run.cursor(firstHash(partition), lastHash(partition), seed);
            long[] deaths = change.deathsIn(run);
            int death = 0;
            while (cursor.next()) {
                while (death < deaths.length && deaths[death] < cursor.ordinal) {
                    death++;
                }
                boolean dies = death < deaths.length && deaths[death] == cursor.ordinal;
                if (!cursor.tombstone && !dies && !run.dead.get(cursor.ordinal)) {
                    if (count == packed.length) {
                        packed = Arrays.copyOf(packed, 2 * count);
                    }
                    packed[count++] =
                            Math.unsignedMultiplyHigh(fraction(cursor.hash), scale) << 8 | run.id;
                }
            }
        }
        Arrays.sort(packed, 0, count);
        builder.begin(blocks);
        for (int i = 0; i < count; i++) {
            builder.add((int) (packed[i] >>> 8), (int) packed[i] & 0xFF);
        }
    }

    long verifyReads() {
        return verifyReads.sum();
    }

    /// Bytes taken from the system for maplets.
    long memoryBytes() {
        return reservedBytes(lowerSlabs) + reservedBytes(upperSlabs);
    }

    private static long reservedBytes(Slabs slabs) {
        synchronized (slabs) {
            return slabs.reservedBytes();
        }
    }

    /// Requires: no reader is inside.
    void close() {
        if (checkpoint != null) {
            checkpoint.close();
        }
        for (Slabs slabs : List.of(lowerSlabs, upperSlabs)) {
            synchronized (slabs) {
                slabs.close();
            }
        }
    }
}
