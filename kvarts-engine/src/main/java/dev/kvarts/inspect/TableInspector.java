package dev.kvarts.inspect;

import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.table.TableFormat;
import dev.kvarts.table.TableFormat.Sections;

import java.lang.foreign.MemorySegment;

/// A table: header page, blocks, filter, index, trailer. Its blocks are the units; where they are,
/// only the index knows.
final class TableInspector {
    private static final int PAGE = TableFormat.PAGE_SIZE;

    // Fixed at construction.
    private final String name;
    private final MemorySegment segment;
    private final Report report;
    private final long size;

    TableInspector(String name, MemorySegment segment, Report report) {
        this.name = name;
        this.segment = segment;
        this.report = report;
        this.size = segment.byteSize();
    }

    void run() {
        if (!report.fields(TableFormat.HEADER, 0, "")) {
            report.problem(0, "file ends within its header page");
            return;
        }
        boolean header = report.identity() && headerSound();
        long number = header ? TableFormat.table(segment) : FileKind.TABLE.numberIn(name);
        long tail = size - TableFormat.TRAILER_SIZE;
        if (tail < PAGE) {
            report.problem(PAGE, "file ends within its trailer");
            return;
        }
        Sections sections =
                TableFormat.trailerValid(segment, tail, number)
                        ? TableFormat.sections(segment, tail, size)
                        : null;
        if (sections != null) {
            section(sections.filter(), sections.index(), "filter");
            section(sections.index(), sections.separators(), "index");
            section(sections.separators(), sections.rangeTombstones(), "separators");
            section(sections.rangeTombstones(), sections.valueFiles(), "range tombstones");
            section(sections.valueFiles(), sections.expiry(), "value files");
            if (sections.expiry() < sections.firstKey()) {
                report.fields(ExpiryTimes.LAYOUT, sections.expiry(), "expiry: ");
            }
            key(sections.firstKey(), sections.lastKey(), "first key");
            key(sections.lastKey(), sections.trailer(), "last key");
        }
        report.fields(TableFormat.TRAILER, tail, "");
        if (sections == null) {
            report.problem(tail, "trailer is damaged, or file is cut off");
            return;
        }
        long checksum = TableFormat.TRAILER.number("filter checksum", segment, tail);
        long filterSize = sections.index() - sections.filter();
        if (filterSize > 0
                && (int) checksum
                        != TableFormat.filterChecksum(
                                segment, sections.filter(), filterSize, number)) {
            report.problem(sections.filter(), "filter is damaged");
        }
        checksum = TableFormat.TRAILER.number("index checksum", segment, tail);
        if ((int) checksum
                != TableFormat.indexChecksum(
                        segment, sections.index(), tail - sections.index(), number)) {
            report.problem(sections.index(), "index is damaged: blocks cannot be found");
            return;
        }
        new BlockWalk(segment, report, number, sections).run();
    }

    private boolean headerSound() {
        boolean sound = TableFormat.headerValid(segment);
        if (!sound) {
            report.problem(0, "header is damaged");
        }
        return sound;
    }

    private void section(long from, long to, String what) {
        if (from < to) {
            report.field(from, to - from, what, to - from + " bytes");
        }
    }

    private void key(long from, long to, String what) {
        if (from < to) {
            report.field(from, to - from, what, Preview.of(segment, from, to - from, to - from));
        }
    }
}
