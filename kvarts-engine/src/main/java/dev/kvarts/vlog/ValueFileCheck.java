package dev.kvarts.vlog;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.io.DamageReport;
import dev.kvarts.io.Directory;
import dev.kvarts.table.Codecs;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Reads a whole value file: every record's sizes and checksum, that compressed values can be
/// restored, and that the counts are those of the footer.
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
            Codecs codecs,
            DamageReport report)
            throws IOException {
        ValueFile file =
                ValueFile.open(directory, database, keyspace, number, fileBytes, true, codecs);
        try {
            var count = new ValueFileCount();
            MemorySegment value = null;
            var cursor = new ValueFileCursor(file.mapped(), number, file.recordsEnd());
            boolean damaged = false;
            while (cursor.next()) {
                if (cursor.sound()) {
                    count.add(cursor.keySize(), cursor.valueSize(), cursor.storedSize());
                    value = restored(file, cursor, value, report);
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

    /// Returns the buffer for the next.
    private static MemorySegment restored(
            ValueFile file, ValueFileCursor record, MemorySegment buffer, DamageReport report) {
        long stored = record.storedSize();
        long size = record.valueSize();
        if (stored == size) {
            return buffer;
        }
        MemorySegment value = buffer;
        try {
            if (stored > size || size > ValueFileFormat.COMPRESSED_SIZE_MAX) {
                throw file.damaged(record.offset());
            }
            value = ValueBuffers.atLeast(buffer, size);
            long from = record.keyOffset() + record.keySize();
            file.decompress(file.mapped(), from, stored, value, size, record.offset());
        } catch (CorruptionException e) {
            report.damaged(file.name(), record.offset(), "value file: value cannot be restored");
        }
        return value;
    }
}
