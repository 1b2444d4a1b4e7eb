package dev.kvarts.hash;

import dev.kvarts.bytes.KeyHash;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.io.DamageReport;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.manifest.RunMeta;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Reads a whole run: every page's checksum, the order of the hashes, tags, counts, and that the
/// directory finds every record.
public final class RunCheck {
    private RunCheck() {}

    /// Returns the number of records seen.
    ///
    /// @throws dev.kvarts.api.CorruptionException if header, directory or trailer are damaged
    public static long check(
            Directory directory,
            long database,
            long seed,
            int keyspace,
            RunMeta meta,
            DamageReport report)
            throws IOException {
        Run run = Run.open(directory, database, keyspace, meta, true, null);
        try {
            long damaged = damagedPages(directory, run, report);
            return damaged > 0 ? run.statistics.records() : checkRecords(run, seed, report);
        } finally {
            run.close();
        }
    }

    private static long damagedPages(Directory directory, Run run, DamageReport report)
            throws IOException {
        long damaged = 0;
        try (ReadableFile file = directory.open(run.name(), true)) {
            MemorySegment segment = file.mapped();
            for (long page = 0; page < run.pages(); page++) {
                if (!RunFormat.pageValid(segment, RunFormat.pageOffset(page), run.number, page)) {
                    report.damaged(run.name(), RunFormat.pageOffset(page), "run: page is damaged");
                    damaged++;
                }
            }
        }
        return damaged;
    }

    private static long checkRecords(Run run, long seed, DamageReport report) {
        RunCursor cursor = run.cursor(0, -1L, seed);
        long previous = 0;
        long records = 0;
        long tombstones = 0;
        var expiries = new ExpiryTimes.Builder();
        while (cursor.next()) {
            if (Long.compareUnsigned(cursor.hash, previous) < 0 || cursor.ordinal != records) {
                report.damaged(run.name(), cursor.pageOffset(), "run: records are out of order");
                return records;
            }
            previous = KeyHash.hash(cursor.key, cursor.keySize, seed);
            tombstones += cursor.tombstone ? 1 : 0;
            expiries.add(cursor.expiry);
            records++;
        }
        if (records != run.statistics.records()
                || tombstones != run.statistics.tombstones()
                || !expiries.build().equals(run.statistics.expiries())) {
            report.damaged(
                    run.name(),
                    run.fileBytes - RunFormat.TRAILER_SIZE,
                    "run: counts differ from the trailer");
        }
        return records;
    }
}
