package dev.kvarts.inspect;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.db.BackupFormat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The description of a backup: which files it is made of. The manifest at its end is not shown.
final class BackupInspector {
    private final String name;
    private final MemorySegment segment;
    private final Report report;

    BackupInspector(String name, MemorySegment segment, Report report) {
        this.name = name;
        this.segment = segment;
        this.report = report;
    }

    void run() {
        if (!report.fields(BackupFormat.HEADER, 0, "")) {
            report.problem(0, "file ends within its header");
            return;
        }
        if (!report.identity()) {
            return;
        }
        try {
            BackupFormat.check(segment.toArray(ValueLayout.JAVA_BYTE), name);
        } catch (CorruptionException e) {
            report.problem(e.offset(), "description is damaged");
            return;
        }
        long at = BackupFormat.HEADER.size();
        long count = BackupFormat.HEADER.number("files", segment, 0);
        for (long i = 0; i < count; i++) {
            long file = at;
            long nameAt = at + BackupFormat.BACKED_UP.size();
            int size = Bytes.getUnsignedShort(segment, nameAt - 2);
            report.unit(
                    at,
                    BackupFormat.BACKED_UP.size() + size,
                    () ->
                            Preview.of(segment, nameAt, size, size)
                                    + ", "
                                    + BackupFormat.BACKED_UP.number("size", segment, file)
                                    + " bytes, checksum "
                                    + BackupFormat.BACKED_UP.field("checksum").text(segment, file));
            at = nameAt + size;
        }
        report.field(at, segment.byteSize() - at, "manifest", "of the backup");
    }
}
