package dev.kvarts.lsm;

import java.util.Arrays;
import java.util.Collection;

/// A stretch of keys, in their unsigned byte order.
///
/// @param from is in it; empty: it has no beginning
/// @param to is not in it; null: it has no end
record KeySpan(byte[] from, byte[] to) {
    static final KeySpan ALL = new KeySpan(new byte[0], null);

    KeySpan {
        if (to != null && Arrays.compareUnsigned(from, to) > 0) {
            throw new IllegalArgumentException("key span: ends before it begins");
        }
    }

    /// From one key to another, both in it.
    static KeySpan closed(byte[] first, byte[] last) {
        return new KeySpan(first, Arrays.copyOf(last, last.length + 1));
    }

    /// The smallest that holds all of these.
    static KeySpan hull(Collection<TableInfo> tables) {
        KeySpan hull = null;
        for (TableInfo table : tables) {
            hull = hull == null ? table.keys() : hull.hull(table.keys());
        }
        return hull;
    }

    KeySpan hull(KeySpan other) {
        byte[] low = Arrays.compareUnsigned(from, other.from) <= 0 ? from : other.from;
        return new KeySpan(low, compareEnds(to, other.to) >= 0 ? to : other.to);
    }

    boolean overlaps(KeySpan other) {
        return endsBehind(to, other.from) && endsBehind(other.to, from);
    }

    /// The part of it that lies in the other. Requires: they overlap.
    KeySpan within(KeySpan other) {
        byte[] low = Arrays.compareUnsigned(from, other.from) >= 0 ? from : other.from;
        return new KeySpan(low, compareEnds(to, other.to) <= 0 ? to : other.to);
    }

    /// Whether a stretch with this end reaches as far as the key.
    static boolean endsBehind(byte[] end, byte[] key) {
        return end == null || Arrays.compareUnsigned(end, key) > 0;
    }

    static int compareEnds(byte[] one, byte[] other) {
        if (one == null) {
            return other == null ? 0 : 1;
        }
        if (other == null) {
            return -1;
        }
        return Arrays.compareUnsigned(one, other);
    }
}
