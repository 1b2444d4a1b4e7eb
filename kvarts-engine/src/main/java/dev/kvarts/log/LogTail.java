package dev.kvarts.log;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// What the commit log still has, for a reader of changes: that of this process, or of the files of
/// another.
interface LogTail extends AutoCloseable {
    /// One generation that the log still has.
    ///
    /// @param firstSequence its first record has at least this
    record Generation(long number, long firstSequence) {}

    /// Records of the log that follow each other, as a copy.
    ///
    /// @param records whole records, each as in the log; none if there are no more now
    /// @param file where they are from
    /// @param next if the generation has no more behind them, the first sequence number of the one
    ///   that follows it; else 0
    record Chunk(MemorySegment records, String file, long next) {}

    /// The generations there are, in ascending order.
    List<Generation> generations() throws IOException;

    /// Durable records of a generation from an offset on: about `bytesMax`, but at least one, if
    /// there is any. Null if the log does not have the generation any more.
    Chunk read(long generation, long at, long bytesMax) throws IOException;

    /// Gives up what it has open.
    @Override
    void close() throws IOException;
}
