package dev.kvarts.lsm;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.manifest.Environment;
import dev.kvarts.memtable.SortedStore;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/// Writes a frozen memtable as one table of the youngest level, and its large values as value
/// files, in the order of the keys.
final class FlushJob {
    private static final byte[] BEGINNING = new byte[0];

    private final LsmKeyspace keyspace;
    private final Environment environment;
    private final KeyspaceOptions options;

    FlushJob(LsmKeyspace keyspace, Environment environment, KeyspaceOptions options) {
        this.keyspace = keyspace;
        this.environment = environment;
        this.options = options;
    }

    /// Where a new table is begun, so that large compactions can be divided by keys.
    private List<byte[]> cuts(Version version, long bytes) {
        return CompactionPicker.of(options.compaction())
                .cuts(
                        CompactionJob.view(version),
                        CompactionJob.context(environment, options),
                        bytes);
    }

    /// Writes files, durably but for their names.
    TreeWriter.Output run(View view) throws IOException {
        SortedStore store = view.frozen();
        Version version = view.version();
        RangeTombstones ranges = store.rangeTombstones().newestOnly();
        boolean nothingBelow = version.tables().isEmpty();
        long horizon = environment.expiryHorizon(options);
        var place =
                new TreeWriter.Place(
                        0, 0, Long.MAX_VALUE, view.frozenSince(), environment.nowMillis());
        var writer =
                new TreeWriter(
                        environment,
                        keyspace.number(),
                        options,
                        place,
                        nothingBelow ? RangeTombstones.NONE : ranges,
                        BEGINNING,
                        null,
                        version,
                        Set.of(),
                        cuts(version, store.sizeBytes()));
        try (writer;
                EntryCursor cursor = store.cursor(EntryFormat.SEQUENCE_MAX)) {
            for (boolean there = cursor.first(); there; there = cursor.next()) {
                boolean hidden =
                        !ranges.isEmpty()
                                && ranges.covering(
                                                cursor.key(),
                                                cursor.keySize(),
                                                EntryFormat.SEQUENCE_MAX)
                                        > cursor.sequence();
                boolean expired =
                        EntryFormat.hasExpired(
                                cursor.kind(),
                                cursor.valueSegment(),
                                cursor.valueOffset(),
                                horizon);
                boolean gone = expired || EntryFormat.isTombstone(cursor.kind());
                if (hidden || gone && nothingBelow) {
                    continue;
                }
                if (expired) {
                    writer.addTombstone(cursor);
                } else {
                    writer.add(cursor);
                }
            }
            return writer.finish();
        } catch (IOException | RuntimeException | Error e) {
            writer.discard();
            throw e;
        }
    }
}
