package dev.kvarts.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A file being written from start to end.
///
/// Thread safety: one thread at a time.
public interface WritableFile extends AutoCloseable {
    String name();

    /// Bytes appended so far.
    long size();

    /// Appends all of `source`, native or heap.
    ///
    /// @throws NoSpaceException if the device is full; the file then ends anywhere
    void append(MemorySegment source) throws IOException;

    /// Makes all bytes appended so far durable. The file's name needs [Directory#sync()].
    void force() throws IOException;

    /// Closes without making anything durable.
    @Override
    void close() throws IOException;
}
