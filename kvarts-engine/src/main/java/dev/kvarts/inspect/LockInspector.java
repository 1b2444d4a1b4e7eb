package dev.kvarts.inspect;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/// The lock file: the process that opened the database last, in digits, and a line feed. Empty if
/// it was cut off.
///
/// The lock itself is the operating system's; the file says nothing about whether it is held.
final class LockInspector {
    static final String NAME = "lock";

    private static final int SIZE_MAX = 32;

    private final MemorySegment segment;
    private final Report report;

    LockInspector(MemorySegment segment, Report report) {
        this.segment = segment;
        this.report = report;
    }

    void run() {
        int size = (int) Math.min(SIZE_MAX, segment.byteSize());
        byte[] text = Bytes.copyOut(segment, 0, size);
        int digits = 0;
        while (digits < size && text[digits] >= '0' && text[digits] <= '9') {
            digits++;
        }
        if (digits > 0) {
            report.field(
                    0,
                    digits,
                    "last opened by process",
                    new String(text, 0, digits, StandardCharsets.US_ASCII));
        }
        boolean whole = size == 0 || digits > 0 && digits + 1 == size && text[digits] == '\n';
        if (!whole) {
            report.problem(digits, "not a process number and a line feed");
        }
    }
}
