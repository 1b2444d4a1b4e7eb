package dev.kvarts.db;

import dev.kvarts.api.Entry;
import dev.kvarts.api.Limits;
import dev.kvarts.api.Range;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Refuses what is outside the limits, before anything is done.
final class Checks {
    private Checks() {}

    static void keyspaceName(String name) {
        int size = name.getBytes(StandardCharsets.UTF_8).length;
        if (size == 0 || size > Limits.KEYSPACE_NAME_SIZE_MAX) {
            throw new IllegalArgumentException(
                    "keyspace name out of range: bytes="
                            + size
                            + " min=1 max="
                            + Limits.KEYSPACE_NAME_SIZE_MAX);
        }
        if (Histories.isHistory(name)) {
            throw new IllegalArgumentException(
                    "keyspace name is reserved: begins with " + HistoryFormat.NAME_PREFIX);
        }
    }

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

    static void entry(Entry entry) {
        key(entry.key());
        value(entry.value());
    }

    /// The lowest key there may be behind this one.
    static byte[] behind(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /// Bounds may be one byte longer than the longest key: behind it, so to speak.
    static Range range(Range range) {
        boundSize(range.from().length);
        boundSize(range.to() == null ? 0 : range.to().length);
        return range;
    }

    private static void boundSize(int size) {
        if (size > Limits.KEY_SIZE_MAX + 1) {
            throw new IllegalArgumentException(
                    "range bound size out of range: bytes="
                            + size
                            + " max="
                            + (Limits.KEY_SIZE_MAX + 1));
        }
    }

    static void value(byte[] value) {
        valueSize(value.length, Limits.VALUE_ARRAY_SIZE_MAX);
    }

    static void value(MemorySegment value) {
        valueSize(value.byteSize(), Limits.VALUE_SIZE_MAX);
    }

    /// Of a value that expires, and what is stored in front of it.
    static void storedValue(long size) {
        valueSize(size, Limits.VALUE_SIZE_MAX);
    }

    private static void valueSize(long size, long max) {
        if (size > max) {
            throw new IllegalArgumentException(
                    "value size out of range: bytes=" + size + " max=" + max);
        }
    }
}
