package dev.kvarts.db;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;

import java.util.Arrays;

/// What becomes of a value, null when absent, by the operations that change one.
final class Changes {
    private Changes() {}

    /// A counter of 8 bytes, little-endian, to which something is added.
    static byte[] add(byte[] value, long delta) {
        if (value != null && value.length != Long.BYTES) {
            throw new IllegalArgumentException(
                    "increment: value is not a counter, bytes="
                            + value.length
                            + " expected="
                            + Long.BYTES);
        }
        byte[] next = new byte[Long.BYTES];
        Bytes.putLong(next, 0, (value == null ? 0 : Bytes.getLong(value, 0)) + delta);
        return next;
    }

    static byte[] append(byte[] value, byte[] suffix) {
        if (value == null) {
            return suffix;
        }
        long size = (long) value.length + suffix.length;
        if (size > Limits.VALUE_ARRAY_SIZE_MAX) {
            throw new IllegalArgumentException(
                    "value size out of range: bytes="
                            + size
                            + " max="
                            + Limits.VALUE_ARRAY_SIZE_MAX);
        }
        byte[] joined = Arrays.copyOf(value, (int) size);
        System.arraycopy(suffix, 0, joined, value.length, suffix.length);
        return joined;
    }
}
