package dev.kvarts.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A file that no longer changes.
///
/// Thread safety: any number of threads; [#close()] only when none is inside.
public interface ReadableFile extends AutoCloseable {
    String name();

    long size();

    /// The whole file as one read-only segment, or null if this file is read positionally. A fault
    /// while touching it is an [InternalError]; callers turn it into a StorageException.
    MemorySegment mapped();

    /// Fills `target` from `position`. A read beyond the end is an [java.io.EOFException].
    void read(long position, MemorySegment target) throws IOException;

    @Override
    void close() throws IOException;
}
