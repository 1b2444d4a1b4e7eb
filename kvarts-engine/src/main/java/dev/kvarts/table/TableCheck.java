package dev.kvarts.table;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.ValuePointer;
import dev.kvarts.io.DamageReport;
import dev.kvarts.io.Directory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Reads a whole table: every block's checksum, the order of keys and versions, that index, tags
/// and filter lead to every key, and that the counts are those of the trailer.
public final class TableCheck {
    private final Table table;
    private final long seed;
    private final DamageReport report;
    private final Lookup lookup = new Lookup();
    private MemorySegment buffer; // a block

    // Of the entry before.
    private byte[] key = new byte[0];
    private long sequence;

    // Counts.
    private final ReferenceCounts references = new ReferenceCounts();
    private final ExpiryTimes.Builder expiries = new ExpiryTimes.Builder();
    private long entries;
    private long keys;
    private long tombstones;
    private long keyBytes;
    private long valueBytes;

    private TableCheck(Table table, long seed, DamageReport report) {
        this.table = table;
        this.seed = seed;
        this.report = report;
    }

    /// Returns the number of entries seen.
    ///
    /// @throws CorruptionException if header, index or trailer are damaged
    public static long check(
            Directory directory,
            long database,
            long seed,
            int keyspace,
            long number,
            long fileBytes,
            Codecs codecs,
            DamageReport report)
            throws IOException {
        var budget = new MemoryBudget(0);
        var shared = SharedBlocks.uncached(codecs);
        try (Table table =
                Table.open(
                        directory, database, keyspace, number, fileBytes, 0, true, shared,
                        budget)) {
            return new TableCheck(table, seed, report).run();
        }
    }

    private long run() {
        if (damagedBlocks() > 0) {
            return table.statistics().entries();
        }
        var cursor = new TableCursor(table, Long.MAX_VALUE, false);
        for (boolean more = cursor.firstVersion(); more; more = cursor.nextVersion()) {
            String wrong = follow(cursor);
            if (wrong != null) {
                report.damaged(table.name(), cursor.blockOffset(), "table: " + wrong);
                return entries;
            }
        }
        if (!countsFit()) {
            report.damaged(
                    table.name(),
                    table.fileBytes() - TableFormat.TRAILER_SIZE,
                    "table: counts differ from the trailer");
        }
        return entries;
    }

    private long damagedBlocks() {
        long damaged = 0;
        for (int block = 0; block < table.index().blocks(); block++) {
            try {
                buffer = table.readImage(block, buffer, null);
            } catch (CorruptionException e) {
                report.damaged(table.name(), e.offset(), "table: block is damaged");
                damaged++;
            }
        }
        return damaged;
    }

    /// Follows to the next entry. Returns what is wrong with it, or null.
    private String follow(TableCursor cursor) {
        int order = Arrays.compareUnsigned(key, 0, key.length, cursor.key(), 0, cursor.keySize());
        if (order > 0 || order == 0 && cursor.sequence() >= sequence) {
            return "entries are out of order";
        }
        key = Arrays.copyOf(cursor.key(), cursor.keySize());
        sequence = cursor.sequence();
        entries++;
        keys += order == 0 ? 0 : 1;
        keyBytes += cursor.keySize();
        byte kind = cursor.kind();
        MemorySegment value = cursor.valueSegment();
        expiries.add(EntryFormat.expiry(kind, value, cursor.valueOffset()));
        if (EntryFormat.isTombstone(kind)) {
            tombstones++;
        } else if (EntryFormat.isPointer(kind)) {
            if (cursor.valueSize() != EntryFormat.valueSizeMin(kind)) {
                return "pointer has another size than a pointer";
            }
            long pointer = cursor.valueOffset() + EntryFormat.prefixSize(kind);
            references.add(ValuePointer.file(value, pointer), ValuePointer.size(value, pointer));
        } else {
            valueBytes += cursor.valueSize();
        }
        lookup.ask(key, key.length, seed, sequence);
        boolean found =
                table.find(lookup)
                        && lookup.sequence == sequence
                        && lookup.storedSize() == cursor.valueSize();
        return found ? null : "entry is not found by its key, hash=" + hash();
    }

    private String hash() {
        return Long.toHexString(KeyHash.hash(key, key.length, seed));
    }

    private boolean countsFit() {
        TableStatistics statistics = table.statistics();
        return statistics.entries() == entries
                && statistics.keys() == keys
                && statistics.tombstones() == tombstones
                && statistics.keyBytes() == keyBytes
                && statistics.valueBytes() == valueBytes
                && statistics.expiries().equals(expiries.build())
                && statistics.references().equals(references.list())
                && Arrays.equals(table.lastEntryKey(), key);
    }
}
