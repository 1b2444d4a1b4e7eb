package dev.kvarts.cli;

import java.lang.foreign.MemorySegment;

/// Lets keys through that begin with given bytes. A hashed keyspace knows no order, so every key is
/// looked at.
final class PrefixFilter {
    private final MemorySegment prefix;

    PrefixFilter(byte[] prefix) {
        this.prefix = MemorySegment.ofArray(prefix);
    }

    boolean accepts(MemorySegment key) {
        long size = prefix.byteSize();
        return size == 0
                || (key.byteSize() >= size
                        && MemorySegment.mismatch(key, 0, size, prefix, 0, size) == -1);
    }
}
