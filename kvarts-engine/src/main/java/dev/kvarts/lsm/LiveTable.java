package dev.kvarts.lsm;

import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.table.Table;
import dev.kvarts.table.TableStatistics;

import java.util.Arrays;

/// A table and its place in the tree.
final class LiveTable {
    final TableMeta meta;
    final Table table;
    final byte[] firstKey; // of its entries; empty if there is none
    final byte[] lastKey;
    final boolean hasEntries;

    LiveTable(TableMeta meta, Table table) {
        this.meta = meta;
        this.table = table;
        this.firstKey = table.firstEntryKey();
        this.lastKey = table.lastEntryKey();
        this.hasEntries = table.statistics().entries() != 0;
    }

    LiveTable at(int level, long run) {
        return new LiveTable(meta.at(level, run), table);
    }

    long number() {
        return meta.number();
    }

    boolean mayContain(byte[] key, int keySize) {
        return Arrays.compareUnsigned(firstKey, 0, firstKey.length, key, 0, keySize) <= 0
                && Arrays.compareUnsigned(key, 0, keySize, lastKey, 0, lastKey.length) <= 0;
    }

    TableInfo info() {
        TableStatistics statistics = table.statistics();
        RangeTombstones ranges = table.rangeTombstones();
        byte[] from = firstKey;
        byte[] to = Arrays.copyOf(lastKey, lastKey.length + 1); // the next key there may be
        if (!ranges.isEmpty()) {
            byte[] rangeFrom = ranges.fragments().getFirst().from();
            byte[] rangeTo = ranges.fragments().getLast().to();
            boolean lower = !hasEntries || Arrays.compareUnsigned(rangeFrom, from) < 0;
            boolean higher =
                    !hasEntries || rangeTo == null || Arrays.compareUnsigned(rangeTo, to) > 0;
            from = lower ? rangeFrom : from;
            to = higher ? rangeTo : to;
        }
        return new TableInfo(
                meta.number(),
                meta.level(),
                meta.run(),
                meta.fileBytes(),
                statistics.entries(),
                statistics.tombstones() + statistics.rangeTombstones(),
                from,
                to,
                meta.globalSequence() != 0 ? meta.globalSequence() : statistics.sequenceMin(),
                meta.globalSequence() != 0 ? meta.globalSequence() : statistics.sequenceMax(),
                meta.oldestMillis(),
                meta.newestMillis());
    }
}
