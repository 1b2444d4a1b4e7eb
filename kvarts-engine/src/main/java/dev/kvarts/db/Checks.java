package dev.kvarts.db;

import dev.kvarts.api.Limits;

import java.lang.foreign.MemorySegment;

/// Refuses what is outside the limits, before anything is done.
final class Checks {
    private Checks() {}

    static void key(byte[] key) {
        keySize(key.length);
    }

    static void key(MemorySegment key) {
        keySize(key.byteSize());
    }

    private static void keySize(long size) {
        if (size < Limits.KEY_SIZE_MIN || size > Limits.KEY_SIZE_MAX) {
            throw new IllegalArgumentException(
                    "key size out of range: bytes="
                            + size
                            + " min="
                            + Limits.KEY_SIZE_MIN
                            + " max="
                            + Limits.KEY_SIZE_MAX);
        }
    }

    static void value(byte[] value) {
        valueSize(value.length, Limits.VALUE_ARRAY_SIZE_MAX);
    }

    static void value(MemorySegment value) {
        valueSize(value.byteSize(), Limits.VALUE_SIZE_MAX);
    }

    private static void valueSize(long size, long max) {
        if (size > max) {
            throw new IllegalArgumentException(
                    "value size out of range: bytes=" + size + " max=" + max);
        }
    }
}
