package dev.kvarts.api;

import java.lang.foreign.MemorySegment;

/// Looks at a value where it lies. The segment is read-only and valid only during the call.
///
/// @param <R> what the reader makes of the value
@FunctionalInterface
public interface ValueReader<R> {
    /// May read and write the database; must not keep the segment. Whatever it throws reaches the
    /// caller.
    R read(MemorySegment value);
}
