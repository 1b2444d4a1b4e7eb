package dev.kvarts.inspect;

import dev.kvarts.vlog.ValueFileCount;
import dev.kvarts.vlog.ValueFileCursor;
import dev.kvarts.vlog.ValueFileFormat;

import java.lang.foreign.MemorySegment;

/// A value file: header, records, footer. Its records are the units.
final class ValueFileInspector {
    // Fixed at construction.
    private final String name;
    private final MemorySegment segment;
    private final Report report;

    private final ValueFileCount count = new ValueFileCount();

    ValueFileInspector(String name, MemorySegment segment, Report report) {
        this.name = name;
        this.segment = segment;
        this.report = report;
    }

    void run() {
        if (!report.fields(ValueFileFormat.HEADER, 0, "")) {
            report.problem(0, "file ends within its header");
            return;
        }
        boolean header = report.identity() && headerSound();
        long number = header ? ValueFileFormat.number(segment) : FileKind.VALUE_FILE.numberIn(name);
        long tail = segment.byteSize() - ValueFileFormat.FOOTER_SIZE;
        if (tail < ValueFileFormat.HEADER_SIZE) {
            report.problem(ValueFileFormat.HEADER_SIZE, "file ends within its footer");
            return;
        }
        report.fields(ValueFileFormat.FOOTER, tail, "");
        boolean footer = footerSound(number, tail);
        boolean records = recordsSound(number, tail);
        if (footer
                && records
                && !count.statistics().equals(ValueFileFormat.statistics(segment, tail))) {
            report.problem(tail, "counts differ from the footer, counted " + count.statistics());
        }
    }

    private boolean headerSound() {
        boolean sound = ValueFileFormat.headerValid(segment);
        if (!sound) {
            report.problem(0, "header is damaged");
        }
        return sound;
    }

    private boolean footerSound(long number, long tail) {
        boolean sound = ValueFileFormat.footerValid(segment, tail, number, tail);
        if (!sound) {
            report.problem(tail, "footer is damaged, or file is cut off");
        }
        return sound;
    }

    private boolean recordsSound(long number, long tail) {
        var cursor = new ValueFileCursor(segment, number, tail);
        boolean sound = true;
        while (cursor.next()) {
            report.unit(cursor.offset(), cursor.recordSize(), () -> describe(cursor));
            if (cursor.sound()) {
                count.add(cursor.keySize(), cursor.valueSize(), cursor.storedSize());
            } else {
                report.problem(cursor.offset(), "record is damaged");
                sound = false;
            }
        }
        return sound;
    }

    private String describe(ValueFileCursor record) {
        if (!record.sound()) {
            return "damaged";
        }
        int keySize = record.keySize();
        long stored = record.storedSize();
        return "key "
                + Preview.of(segment, record.keyOffset(), keySize, keySize)
                + " value "
                + (stored < record.valueSize()
                        ? record.valueSize() + " bytes, compressed to " + stored
                        : Preview.of(segment, record.keyOffset() + keySize, stored, stored)
                                + ", "
                                + stored
                                + " bytes");
    }
}
