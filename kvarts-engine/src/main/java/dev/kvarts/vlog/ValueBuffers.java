package dev.kvarts.vlog;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Native memory that grows with what it is used for.
final class ValueBuffers {
    /// Larger ones are used once: a thread that met one huge value does not keep its memory.
    static final long KEPT_MAX = 4L << 20;

    private static final long SIZE_MIN = 8 << 10;
    private static final long ALIGNMENT = 4096;

    private ValueBuffers() {}

    /// The buffer if it has so many bytes, otherwise a new one.
    static MemorySegment atLeast(MemorySegment there, long size) {
        if (there != null && there.byteSize() >= size) {
            return there;
        }
        long rounded =
                size <= KEPT_MAX / 2 ? Math.max(SIZE_MIN, Long.highestOneBit(size) << 1) : size;
        return Arena.ofAuto().allocate(rounded, ALIGNMENT);
    }
}
