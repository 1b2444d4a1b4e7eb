package dev.kvarts.hash;

import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.manifest.RunMeta;
import dev.kvarts.memtable.HashStore;
import dev.kvarts.memtable.SortedEntries;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Writes the file of a run: from a frozen memory store, or from what survives in other runs.
///
/// Thread safety: one thread.
final class RunJob {
    private final Directory directory;
    private final long database;
    private final int keyspace;
    private final long seed;
    private final Scheduler scheduler;

    RunJob(Directory directory, long database, int keyspace, long seed, Scheduler scheduler) {
        this.directory = directory;
        this.database = database;
        this.keyspace = keyspace;
        this.seed = seed;
        this.scheduler = scheduler;
    }

    /// What was written; null where there was nothing to write.
    record Output(RunMeta meta, RunStatistics statistics) {}

    /// Writes the newest version of every key in the store.
    ///
    /// @param entries empty; afterwards the entries of the store, sorted
    /// @param after all versions in the store have higher sequence numbers
    /// @param upTo no version has a higher one
    /// @param horizon what has expired by this time is written as a tombstone
    Output flush(
            HashStore store,
            SortedEntries entries,
            long number,
            int id,
            long after,
            long upTo,
            long horizon)
            throws IOException {
        RecordSource source = store::copy;
        return write(
                number,
                id,
                after,
                upTo,
                upTo,
                writer -> {
                    for (int shard = 0; shard < store.shardCount(); shard++) {
                        int from = entries.count();
                        store.sort(shard, entries, horizon);
                        for (int i = from; i < entries.count(); i++) {
                            long reference = entries.reference(i);
                            boolean gone = entries.tombstone(i);
                            writer.add(
                                    entries.hash(i),
                                    store.sequence(reference),
                                    gone ? EntryFormat.DELETE : store.kind(reference),
                                    gone ? 0 : store.expiry(reference),
                                    store.keySize(reference),
                                    gone ? 0 : store.valueSize(reference),
                                    source,
                                    reference);
                        }
                    }
                });
    }

    /// Writes what is alive in the victims, and the tombstones that are still needed: those in runs
    /// that no checkpoint covers. Older versions that an expired record has replaced are dead only
    /// in the index, so in such runs it becomes a tombstone.
    ///
    /// @param horizon what has expired by this time does not survive
    Output reclaim(List<Run> victims, long number, int id, long covered, long born, long horizon)
            throws IOException {
        long min = Long.MAX_VALUE;
        long max = 0;
        for (Run victim : victims) {
            min = Math.min(min, victim.statistics.sequenceMin());
            max = Math.max(max, victim.statistics.sequenceMax());
        }
        List<Survivors> inputs = new ArrayList<>();
        for (Run victim : victims) {
            boolean isCovered = victim.number <= covered;
            if (isCovered && victim.liveRecords(horizon) == 0) {
                continue; // need not be read
            }
            var survivors = new Survivors(victim, victim.cursor(0, -1L, seed), isCovered, horizon);
            if (survivors.next()) {
                inputs.add(survivors);
            }
        }
        return write(number, id, Math.min(min, max), max, born, writer -> merge(inputs, writer));
    }

    private interface Body {
        void write(RunWriter writer) throws IOException;
    }

    private Output write(long number, int id, long base, long max, long born, Body body)
            throws IOException {
        try (var writer =
                new RunWriter(directory, database, keyspace, number, base, max, scheduler)) {
            body.write(writer);
            if (writer.records() == 0) {
                directory.delete(RunFormat.fileName(number));
                return new Output(null, null);
            }
            RunWriter.Written written = writer.finish();
            return new Output(
                    new RunMeta(number, id, written.fileBytes(), born), written.statistics());
        } catch (IOException | RuntimeException e) {
            deleteQuietly(RunFormat.fileName(number));
            throw e;
        }
    }

    private void deleteQuietly(String name) {
        try {
            if (directory.exists(name)) {
                directory.delete(name);
            }
        } catch (IOException left) {
            // It is not in the manifest; the next opening deletes it.
        }
    }

    private static void merge(List<Survivors> inputs, RunWriter writer) throws IOException {
        while (!inputs.isEmpty()) {
            Survivors least = inputs.getFirst();
            for (Survivors input : inputs) {
                if (input.before(least)) {
                    least = input;
                }
            }
            RunCursor record = least.cursor;
            if (!superseded(least, inputs)) {
                writer.add(
                        record.hash,
                        record.sequence,
                        least.gone ? EntryFormat.DELETE : record.kind,
                        least.gone ? 0 : record.expiry,
                        record.keySize,
                        least.gone ? 0 : record.valueSize,
                        least.run,
                        record.reference());
            }
            if (!least.next()) {
                inputs.remove(least);
            }
        }
    }

    /// Whether another input has a newer version of the record's key: a tombstone that survives
    /// does not know of it.
    private static boolean superseded(Survivors least, List<Survivors> inputs) {
        for (Survivors input : inputs) {
            if (input != least
                    && input.cursor.hash == least.cursor.hash
                    && input.cursor.sequence > least.cursor.sequence
                    && sameKey(input.cursor, least.cursor)) {
                return true;
            }
        }
        return false;
    }

    private static boolean sameKey(RunCursor a, RunCursor b) {
        return Arrays.equals(a.key, 0, a.keySize, b.key, 0, b.keySize);
    }

    /// Walks over the survivors of one victim.
    private static final class Survivors {
        final Run run;
        final RunCursor cursor;
        private final boolean dropTombstones;
        private final long horizon;
        boolean gone; // the record is a tombstone, or has expired

        Survivors(Run run, RunCursor cursor, boolean dropTombstones, long horizon) {
            this.horizon = horizon;
            this.run = run;
            this.cursor = cursor;
            this.dropTombstones = dropTombstones;
        }

        boolean next() {
            while (cursor.next()) {
                boolean expired = cursor.expiry != 0 && cursor.expiry <= horizon;
                boolean alive = cursor.tombstone || !run.dead.get(cursor.ordinal);
                gone = cursor.tombstone || expired;
                if (alive && !(gone && dropTombstones)) {
                    return true;
                }
            }
            return false;
        }

        /// By hash; of equal hashes the older first, so that a newer version finds its elder still
        /// waiting or already judged.
        boolean before(Survivors other) {
            int order = Long.compareUnsigned(cursor.hash, other.cursor.hash);
            return order < 0 || order == 0 && cursor.sequence < other.cursor.sequence;
        }
    }
}
