package dev.kvarts.hash;

import java.lang.foreign.MemorySegment;

/// Where the key and value of a record can be copied from: a memory store or another run.
interface RecordSource {
    /// Copies `length` bytes, from `from` on, of the key followed by the value.
    void copy(long reference, long from, MemorySegment target, long at, long length);
}
