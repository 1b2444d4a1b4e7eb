package dev.kvarts.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A preallocated file written by memory stores.
///
/// Crash safety: stored bytes survive a crash of the process at once, a crash of the machine in
/// units of any 512 bytes and in any order, or after [#force(long, long)].
///
/// Thread safety: stores need their own order; force may be called by any thread.
public interface MappedFile extends AutoCloseable {
    String name();

    /// The whole file.
    MemorySegment segment();

    /// Makes the bytes of this range durable.
    void force(long offset, long length) throws IOException;

    /// Makes the bytes of this range durable, those too that an earlier force, of this process or
    /// another, failed to save: after a failure the system may take them for saved, and a force
    /// alone would do nothing. Requires: nobody stores meanwhile.
    void forceAnew(long offset, long length) throws IOException;

    /// Unmaps. Requires: nobody is inside the segment.
    @Override
    void close() throws IOException;
}
