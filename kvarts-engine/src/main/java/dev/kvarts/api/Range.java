package dev.kvarts.api;

import java.util.Arrays;
import java.util.Objects;

/// Some of the keys of an ordered keyspace: from one, which is in it, to another, which is not.
/// Keys are compared as unsigned bytes. A range whose end is not above its beginning is empty, and
/// no error.
///
/// @param from lowest key; empty: from the first. It need not exist, and may be longer than a key
/// @param to the key where it ends; null: no end
public record Range(byte[] from, byte[] to) {
    private static final byte[] BEGINNING = new byte[0];
    private static final Range ALL = new Range(BEGINNING, null);

    public Range {
        Objects.requireNonNull(from, "from");
        from = from.clone();
        to = to == null ? null : to.clone();
    }

    /// Every key.
    public static Range all() {
        return ALL;
    }

    /// Keys that are not lower than `from` and lower than `to`.
    public static Range closedOpen(byte[] from, byte[] to) {
        return new Range(from, Objects.requireNonNull(to, "to"));
    }

    /// Keys that are not lower than `from`.
    public static Range atLeast(byte[] from) {
        return new Range(from, null);
    }

    /// Keys that are lower than `to`.
    public static Range lessThan(byte[] to) {
        return new Range(BEGINNING, Objects.requireNonNull(to, "to"));
    }

    /// Keys that begin with these bytes.
    public static Range prefix(byte[] prefix) {
        return new Range(prefix, endOfPrefix(prefix));
    }

    private static byte[] endOfPrefix(byte[] prefix) {
        int last = prefix.length - 1;
        while (last >= 0 && prefix[last] == (byte) 0xFF) {
            last--;
        }
        if (last < 0) {
            return null;
        }
        byte[] end = Arrays.copyOf(prefix, last + 1);
        end[last]++;
        return end;
    }

    @Override
    public byte[] from() {
        return from.clone();
    }

    @Override
    public byte[] to() {
        return to == null ? null : to.clone();
    }

    /// Whether no key can be in it.
    public boolean isEmpty() {
        return to != null && Arrays.compareUnsigned(from, to) >= 0;
    }

    public boolean contains(byte[] key) {
        return Arrays.compareUnsigned(from, key) <= 0
                && (to == null || Arrays.compareUnsigned(key, to) < 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Range range
                && Arrays.equals(from, range.from)
                && Arrays.equals(to, range.to);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(from) + Arrays.hashCode(to);
    }

    @Override
    public String toString() {
        return "["
                + Arrays.toString(from)
                + ", "
                + (to == null ? "end" : Arrays.toString(to))
                + ")";
    }
}
