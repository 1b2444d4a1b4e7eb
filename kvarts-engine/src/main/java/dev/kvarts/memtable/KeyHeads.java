package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;

import java.util.Arrays;

/// The 8 bytes of a key that stand for it, taken behind a prefix that most keys share, as a signed
/// number: different heads order as their keys do.
///
/// A key without the prefix gets the lowest head or the highest, so that the prefix is a guess
/// which may be wrong.
///
/// Thread safety: immutable.
final class KeyHeads {
    private final byte[] prefix;

    KeyHeads(byte[] prefix) {
        this.prefix = prefix;
    }

    int prefixSize() {
        return prefix.length;
    }

    long of(byte[] key, int keySize) {
        int size = prefix.length;
        if (size != 0) {
            int order = Arrays.compareUnsigned(key, 0, Math.min(keySize, size), prefix, 0, size);
            if (order != 0) {
                return order < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
            }
        }
        return at(key, size, keySize);
    }

    /// Of a record's key.
    long of(StoreMemory memory, long reference) {
        int size = prefix.length;
        if (size != 0) {
            int order = RecordLayout.comparePrefix(memory, reference, prefix);
            if (order != 0) {
                return order < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
            }
        }
        return RecordLayout.head(memory, reference, size) ^ Long.MIN_VALUE;
    }

    /// The 8 bytes from `from` on.
    static long at(byte[] key, int from, int keySize) {
        return Bytes.head(key, from, keySize) ^ Long.MIN_VALUE;
    }
}
