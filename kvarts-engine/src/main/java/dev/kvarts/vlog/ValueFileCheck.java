package dev.kvarts.vlog;

import dev.kvarts.io.DamageReport;
import dev.kvarts.io.Directory;

import java.io.IOException;

/// Reads a whole value file: every record's sizes and checksum, and that the counts are those of
/// the footer.
public final class ValueFileCheck {
    private ValueFileCheck() {}

    /// Returns the number of records seen.
    ///
    /// @throws dev.kvarts.api.CorruptionException if header or footer are damaged
    public static long check(
            Directory directory,
            long database,
            int keyspace,
            long number,
            long fileBytes,
            DamageReport report)
            throws IOException {
        ValueFile file = ValueFile.open(directory, database, keyspace, number, fileBytes, true);
        try {
            var count = new ValueFileCount();
            var cursor = new ValueFileCursor(file.mapped(), number, file.recordsEnd());
            boolean damaged = false;
            while (cursor.next()) {
                if (cursor.sound()) {
                    count.add(cursor.keySize(), cursor.valueSize(), cursor.storedSize());
                } else {
                    report.damaged(file.name(), cursor.offset(), "value file: record is damaged");
                    damaged = true;
                }
            }
            if (!damaged && !count.statistics().equals(file.statistics())) {
                report.damaged(
                        file.name(),
                        file.recordsEnd(),
                        "value file: counts differ from the footer");
            }
            return count.statistics().records();
        } finally {
            file.close();
        }
    }
}
