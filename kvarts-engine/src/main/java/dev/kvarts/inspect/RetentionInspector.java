package dev.kvarts.inspect;

import dev.kvarts.log.RetentionFile;

import java.lang.foreign.MemorySegment;

/// What is retained of past changes.
final class RetentionInspector {
    private final MemorySegment segment;
    private final Report report;

    RetentionInspector(MemorySegment segment, Report report) {
        this.segment = segment;
        this.report = report;
    }

    void run() {
        if (!report.fields(RetentionFile.CONTENT, 0, "")) {
            report.problem(0, "file is cut off");
        } else if (report.identity() && !RetentionFile.valid(segment)) {
            report.problem(0, "file is damaged");
        }
    }
}
