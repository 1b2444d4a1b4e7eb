package dev.kvarts.txn;

import java.util.Arrays;

/// A key that a transaction has to do with. Equals another of the same bytes.
///
/// @param bytes never changed
/// @param hash of the key
public record TrackedKey(byte[] bytes, long hash) {
    @Override
    public boolean equals(Object other) {
        return other instanceof TrackedKey that
                && hash == that.hash
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return (int) hash;
    }
}
