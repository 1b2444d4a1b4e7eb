package dev.kvarts.bytes;

import java.lang.foreign.MemorySegment;

/// A value with some bytes of ours in front of it: given where a value is given, so that the
/// caller's need not be copied to make room for them.
///
/// @param value `byte[]` or [MemorySegment]
public record Prefixed(byte[] prefix, Object value) {
    /// Both, in one array.
    ///
    /// @param valueSize bytes of the value
    public byte[] joined(int valueSize) {
        byte[] joined = new byte[prefix.length + valueSize];
        copyTo(joined, 0, joined.length);
        return joined;
    }

    void copyTo(long from, MemorySegment target, long offset, long length) {
        int front = (int) Math.clamp(prefix.length - from, 0, length);
        if (front > 0) {
            MemorySegment.copy(prefix, (int) from, target, Bytes.BYTE, offset, front);
        }
        if (front < length) {
            long valueFrom = from + front - prefix.length;
            Bytes.copyValue(value, valueFrom, target, offset + front, length - front);
        }
    }

    void copyTo(byte[] target, int offset, int length) {
        System.arraycopy(prefix, 0, target, offset, prefix.length);
        Bytes.copyValue(value, target, offset + prefix.length, length - prefix.length);
    }
}
