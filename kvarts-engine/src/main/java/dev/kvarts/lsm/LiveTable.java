package dev.kvarts.lsm;

import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.table.Table;
import dev.kvarts.table.TableStatistics;

import java.util.concurrent.atomic.LongAdder;

/// A table and its place in the tree.
final class LiveTable {
    final TableMeta meta;
    final Table table;
    final byte[] firstKey; // of its entries; empty if there is none
    final byte[] lastKey;
    final boolean hasEntries;
    private final KeySpan keys; // of its entries and range tombstones
    private final LongAdder deletedMet;
    private volatile int partsExpired; // that somebody has been told of

    LiveTable(TableMeta meta, Table table) {
        this(meta, table, new LongAdder());
    }

    private LiveTable(TableMeta meta, Table table, LongAdder deletedMet) {
        this.meta = meta;
        this.deletedMet = deletedMet;
        this.table = table;
        this.firstKey = table.firstEntryKey();
        this.lastKey = table.lastEntryKey();
        this.hasEntries = table.statistics().entries() != 0;
        this.keys = keysOf(table, hasEntries);
    }

    LiveTable at(int level, long run) {
        return new LiveTable(meta.at(level, run), table, deletedMet);
    }

    long number() {
        return meta.number();
    }

    /// Whether another part of the entries has expired since the last call.
    boolean moreExpired(long millis) {
        int parts = table.statistics().expiries().partsExpired(millis);
        boolean more = parts > partsExpired;
        partsExpired = Math.max(parts, partsExpired);
        return more;
    }

    /// Counts entries in it that cursors had to pass because they are deleted.
    void metDeleted(long count) {
        deletedMet.add(count);
    }

    TableInfo info() {
        TableStatistics statistics = table.statistics();
        long global = meta.globalSequence();
        return new TableInfo(
                meta.number(),
                meta.level(),
                meta.run(),
                meta.fileBytes(),
                statistics.entries(),
                statistics.tombstones(),
                statistics.rangeTombstones(),
                keys,
                global != 0 ? global : statistics.sequenceMin(),
                global != 0 ? global : statistics.sequenceMax(),
                meta.oldestMillis(),
                meta.newestMillis(),
                statistics.expiries(),
                deletedMet.sum());
    }

    private static KeySpan keysOf(Table table, boolean hasEntries) {
        KeySpan keys =
                hasEntries ? KeySpan.closed(table.firstEntryKey(), table.lastEntryKey()) : null;
        RangeTombstones ranges = table.rangeTombstones();
        if (ranges.isEmpty()) {
            return keys == null ? new KeySpan(new byte[0], new byte[0]) : keys;
        }
        var deleted =
                new KeySpan(
                        ranges.fragments().getFirst().from(), ranges.fragments().getLast().to());
        return keys == null ? deleted : keys.hull(deleted);
    }
}
