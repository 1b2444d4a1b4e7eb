package dev.kvarts.inspect;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Bytes of a user on one line.
final class Preview {
    private static final int SIZE_MAX = 24;

    private Preview() {}

    /// A key or name: as text if it is printable, otherwise in base 16; long ones are cut.
    ///
    /// @param size how long it is
    /// @param there how much of that lies at `at`
    static String of(MemorySegment segment, long at, long size, long there) {
        int shown = (int) Math.min(SIZE_MAX, Math.min(size, there));
        byte[] bytes = Bytes.copyOut(segment, at, shown);
        String more = shown < size ? "..." : "";
        return printable(bytes)
                ? '"' + new String(bytes, StandardCharsets.US_ASCII) + '"' + more
                : "0x" + HexFormat.of().formatHex(bytes) + more;
    }

    private static boolean printable(byte[] bytes) {
        for (byte each : bytes) {
            if (each < ' ' || each > '~') {
                return false;
            }
        }
        return true;
    }
}
