package dev.kvarts.api;

import java.time.Duration;

/// Committed batches in the order of their sequence numbers, each whole and each once.
///
/// What is delivered is durable: no crash takes it back, so a consumer who goes on behind the last
/// batch that it saw misses nothing and sees nothing twice, whatever happens to either side. A
/// buffered write is therefore seen when the log was forced next, after [Options#syncInterval()] at
/// the latest; with that switched off, when somebody else forces it.
///
/// The stream reads files by itself and holds nothing up. A consumer who is slower than the writers
/// falls behind, and gets [ChangesGoneException] when it is behind what is retained.
///
/// Thread safety: one thread at a time; [#close()] any.
public interface ChangeStream extends AutoCloseable {
    /// The next batch, or null when none came within this time; zero only looks.
    ///
    /// @throws ChangesGoneException if it was deleted meanwhile
    /// @throws CorruptionException if a file is damaged
    /// @throws IllegalStateException if the stream or its database is closed
    ChangeBatch next(Duration timeout);

    /// The sequence number to begin at in order to go on from here: what comes next has at least
    /// this one.
    long position();

    /// Gives up what the stream has open. A second close does nothing.
    @Override
    void close();
}
