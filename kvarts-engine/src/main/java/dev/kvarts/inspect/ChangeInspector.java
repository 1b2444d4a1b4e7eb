package dev.kvarts.inspect;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Layout;
import dev.kvarts.log.ChangeFormat;

import java.lang.foreign.MemorySegment;

/// A file of past changes: its header, its blocks, the names of keyspaces and its footer.
final class ChangeInspector {
    private final MemorySegment segment;
    private final Report report;

    ChangeInspector(MemorySegment segment, Report report) {
        this.segment = segment;
        this.report = report;
    }

    void run() {
        if (!report.fields(ChangeFormat.HEADER, 0, "")) {
            report.problem(0, "file ends within its header");
            return;
        }
        if (!report.identity()) {
            return;
        }
        if (!ChangeFormat.headerValid(segment)) {
            report.problem(0, "header is damaged");
            return;
        }
        if (!Layout.allZero(segment, 48, 16)) {
            report.problem(48, "reserved field is not 0");
        }
        long footer = segment.byteSize() - ChangeFormat.FOOTER_SIZE;
        if (!ChangeFormat.footerValid(segment)) {
            report.problem(
                    Math.max(0, footer), "footer or names are damaged, or the file is cut off");
            return;
        }
        report.fields(ChangeFormat.FOOTER, footer, "footer ");
        names(footer);
        blocks();
    }

    private void names(long end) {
        long at = ChangeFormat.blocksEnd(segment);
        while (end - at >= ChangeFormat.NAME_SIZE) {
            int size = Bytes.getUnsignedShort(segment, at + 4);
            if (size > end - at - ChangeFormat.NAME_SIZE) {
                break;
            }
            report.field(
                    at,
                    ChangeFormat.NAME_SIZE + size,
                    "keyspace " + segment.get(Bytes.INT, at),
                    Preview.of(segment, at + ChangeFormat.NAME_SIZE, size, size));
            at += ChangeFormat.NAME_SIZE + size;
        }
        if (at != end) {
            report.problem(at, "names do not end where the footer begins");
        }
    }

    private void blocks() {
        long end = ChangeFormat.blocksEnd(segment);
        long generation = ChangeFormat.generation(segment);
        for (long at = ChangeFormat.HEADER_SIZE; at < end; ) {
            if (!ChangeFormat.blockPlausible(segment, at, end)) {
                report.problem(at, "block is damaged");
                return;
            }
            long block = at;
            long stored = ChangeFormat.storedSize(segment, at);
            if (!ChangeFormat.blockValid(segment, at, generation)) {
                report.problem(at, "block is damaged");
            }
            report.unit(
                    at,
                    ChangeFormat.BLOCK_SIZE + stored,
                    () ->
                            "block of "
                                    + ChangeFormat.rawSize(segment, block)
                                    + " bytes, "
                                    + (ChangeFormat.codec(segment, block) == ChangeFormat.CODEC_LZ4
                                            ? "lz4"
                                            : "not compressed")
                                    + ", to sequence "
                                    + ChangeFormat.lastSequence(segment, block));
            at += ChangeFormat.BLOCK_SIZE + stored;
        }
    }
}
