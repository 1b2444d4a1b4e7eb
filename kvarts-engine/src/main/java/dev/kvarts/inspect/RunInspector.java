package dev.kvarts.inspect;

import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.hash.RunFormat;
import dev.kvarts.hash.RunStatistics;

import java.lang.foreign.MemorySegment;

/// A run: header page, data pages, directory and trailer. Its pages are the units.
final class RunInspector {
    private static final int PAGE = RunFormat.PAGE_SIZE;

    // Fixed at construction.
    private final String name;
    private final MemorySegment segment;
    private final Report report;
    private final long size;

    RunInspector(String name, MemorySegment segment, Report report) {
        this.name = name;
        this.segment = segment;
        this.report = report;
        this.size = segment.byteSize();
    }

    void run() {
        if (!report.fields(RunFormat.HEADER, 0, "")) {
            report.problem(0, "file ends within its header page");
            return;
        }
        boolean header = report.identity() && headerSound();
        long number = header ? RunFormat.run(segment) : FileKind.RUN.numberIn(name);
        long tail = size - RunFormat.TRAILER_SIZE;
        boolean shaped = tail >= PAGE && shaped(tail);
        long pages = shaped ? RunFormat.statistics(segment, tail).pages() : pagesBySize();
        boolean trailer = trailerSound(number, tail, shaped, pages);
        var walk = new PageWalk(segment, report, number, RunFormat.sequenceWidth(segment));
        for (long page = 0; page < pages; page++) {
            walk.page(page);
        }
        if (trailer && header && walk.complete()) {
            RunStatistics found = walk.found(pages, RunFormat.sequenceBase(segment));
            int expiries =
                    RunFormat.expiryBytes(pages, RunFormat.directoryWidth(segment, tail), tail);
            if (!found.equals(RunFormat.statistics(segment, tail, expiries))) {
                report.problem(tail, "counts differ from the trailer, counted " + found);
            }
        }
    }

    private boolean headerSound() {
        if (!RunFormat.headerValid(segment)) {
            report.problem(0, "header is damaged");
            return false;
        }
        int width = RunFormat.sequenceWidth(segment);
        if (width < 1 || width > RunFormat.SEQUENCE_WIDTH_MAX) {
            report.problem(
                    RunFormat.HEADER.field("sequence width").offset(),
                    "sequence width out of range");
            return false;
        }
        return true;
    }

    /// Whether the trailer's numbers fit the size of the file.
    private boolean shaped(long tail) {
        long pages = RunFormat.statistics(segment, tail).pages();
        int width = RunFormat.directoryWidth(segment, tail);
        return pages >= 0
                && pages <= size / PAGE
                && (width == 2 || width == 4)
                && RunFormat.expiryBytes(pages, width, tail) >= 0;
    }

    /// How many pages a file of this size has if it is whole; if no number fits, as many as there
    /// is room for.
    private long pagesBySize() {
        long most = Math.max(0, size / PAGE - 1);
        for (long pages = most; pages >= 0 && pages > most - most / 512 - 3; pages--) {
            long from = RunFormat.pageOffset(pages);
            for (int width = 2; width <= 4; width += 2) {
                long end = from + RunFormat.directoryBytes(pages, width) + RunFormat.TRAILER_SIZE;
                if (end == size || end + ExpiryTimes.SIZE == size) {
                    return pages;
                }
            }
        }
        return most;
    }

    private boolean trailerSound(long number, long tail, boolean shaped, long pages) {
        long from = RunFormat.pageOffset(pages);
        if (shaped) {
            int width = RunFormat.directoryWidth(segment, tail);
            int expiries = RunFormat.expiryBytes(pages, width, tail);
            report.field(from, tail - expiries - from, "directory", "see trailer");
            if (expiries > 0) {
                report.fields(ExpiryTimes.LAYOUT, tail - expiries, "expiry: ");
            }
        }
        if (tail >= PAGE) {
            report.fields(RunFormat.TRAILER, tail, "");
        }
        if (!shaped) {
            report.problem(
                    Math.max(0, Math.min(from, size)), "trailer is damaged, or file is cut off");
            return false;
        }
        if (!RunFormat.endValid(segment, size)) {
            report.problem(tail + RunFormat.TRAILER.field("end").offset(), "end is damaged");
            return false;
        }
        if (!RunFormat.footerValid(segment, from, size, number)) {
            report.problem(from, "directory or trailer is damaged");
            return false;
        }
        return true;
    }
}
