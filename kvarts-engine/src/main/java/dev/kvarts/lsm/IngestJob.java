package dev.kvarts.lsm;

import dev.kvarts.api.Entry;
import dev.kvarts.api.Range;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lifetimes;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.memtable.SortedStore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// Writes sorted entries straight into tables of the youngest level, past log and memtable.
///
/// The tables are written while writers go on. Then all writers wait for a moment: it is looked
/// whether the keyspace has an entry between the first and the last key, one sequence number is
/// taken for all entries, and the manifest is changed. Where a memtable has a tombstone in between
/// it is flushed before, because memtables are newer than all tables. What the log has to say
/// before that is made durable first, so that a crash leaves a prefix of history.
///
/// Thread safety: one thread.
final class IngestJob {
    private static final byte[] BEGINNING = new byte[0];
    private static final long TABLE_BYTES = 64L << 20;

    private final LsmKeyspace keyspace;
    private final Environment environment;
    private final Maintenance maintenance;

    private TreeWriter.Output output;
    private byte[] first;
    private byte[] last;
    private long count;

    IngestJob(LsmKeyspace keyspace, Environment environment, Maintenance maintenance) {
        this.keyspace = keyspace;
        this.environment = environment;
        this.maintenance = maintenance;
    }

    /// Number of entries.
    long count() {
        return count;
    }

    /// Makes what was written part of the keyspace. Requires: the flush lock of [Maintenance].
    /// Returns false.
    boolean install(Consumer<LongConsumer> sequences) {
        if (count == 0) {
            return false;
        }
        while (!tryInstall(sequences)) {
            maintenance.flushNow();
        }
        return false;
    }

    /// Takes back what was written. Requires: it was not installed.
    void discard() {
        maintenance.discard(output);
    }

    /// Returns false if a memtable has a tombstone in the range: it would hide what is below it.
    private boolean tryInstall(Consumer<LongConsumer> sequences) {
        // Whoever shows other files holds the edits' lock when it takes those of the shards.
        maintenance.lockEdits();
        keyspace.lockAll();
        try {
            refuseOverlap();
            View view = keyspace.view();
            if (touches(view.active()) || view.frozen() != null && touches(view.frozen())) {
                keyspace.freezeLocked();
                return false;
            }
            sequences.accept(this::install);
            return true;
        } finally {
            keyspace.unlockAll();
            maintenance.unlockEdits();
        }
    }

    private boolean touches(SortedStore store) {
        byte[] end = Arrays.copyOf(last, last.length + 1);
        if (!store.rangeTombstones().within(first, end).isEmpty()) {
            return true;
        }
        try (EntryCursor cursor = store.cursor(EntryFormat.SEQUENCE_MAX)) {
            return cursor.seek(first, first.length)
                    && Arrays.compareUnsigned(
                                    cursor.key(), 0, cursor.keySize(), last, 0, last.length)
                            <= 0;
        }
    }

    /// Writes the files, durably but for their names; if it throws, none is left.
    void write(Iterator<Entry> entries, Consumer<Entry> check) throws IOException {
        long now = environment.nowMillis();
        long expiry = Lifetimes.of(maintenance.options()).expiry(null, now);
        var writer =
                new TreeWriter(
                        environment,
                        keyspace.number(),
                        maintenance.options(),
                        new TreeWriter.Place(0, 0, TABLE_BYTES, now, now),
                        RangeTombstones.NONE,
                        BEGINNING,
                        null,
                        keyspace.view().version(),
                        Set.of(),
                        List.of());
        try (writer) {
            while (entries.hasNext()) {
                Entry entry = entries.next();
                check.accept(entry);
                refuseDisorder(entry.key());
                byte[] value = entry.value();
                if (expiry != 0) {
                    value = EntryFormat.expiring(value, expiry).joined(value.length);
                }
                writer.add(
                        entry.key(),
                        entry.key().length,
                        0,
                        expiry == 0 ? EntryFormat.PUT : EntryFormat.PUT_EXPIRING,
                        MemorySegment.ofArray(value),
                        0,
                        value.length);
                last = entry.key().clone();
                first = first == null ? last : first;
                count++;
            }
            output = writer.finish();
        } catch (IOException | RuntimeException | Error e) {
            writer.discard();
            throw e;
        }
    }

    private void refuseDisorder(byte[] key) {
        if (last != null && Arrays.compareUnsigned(last, key) >= 0) {
            throw new IllegalArgumentException(
                    "ingest: keys do not ascend, entry=" + count + " bytes=" + key.length);
        }
    }

    private void refuseOverlap() {
        Lease lease = keyspace.lease(this);
        try (LsmCursor there =
                keyspace.newest(lease, new Range(first, Arrays.copyOf(last, last.length + 1)))) {
            if (there.first()) {
                throw new IllegalArgumentException(
                        "ingest: the keyspace has an entry between the first and the last key");
            }
        } finally {
            keyspace.end(lease);
        }
    }

    private void install(long sequence) {
        environment.orderBefore(0, sequence - 1);
        keyspace.noteIngested(sequence);
        // Newer than every flush that was installed meanwhile: those may have tombstones.
        long run = LevelView.FLUSHED_RUNS_FROM + environment.nextFileNumber();
        List<TableMeta> tables =
                output.tables().stream()
                        .map(table -> table.at(0, run).withSequence(sequence))
                        .toList();
        try {
            maintenance.apply(new TreeFiles.Edit(Set.of(), tables, output.valueFiles(), -1, true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
