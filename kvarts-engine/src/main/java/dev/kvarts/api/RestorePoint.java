package dev.kvarts.api;

import java.time.Instant;
import java.util.Objects;

/// What is to be restored of a backup directory.
public sealed interface RestorePoint {
    /// The newest backup, as it is.
    record Latest() implements RestorePoint {}

    /// One backup, as it is.
    record Numbered(long number) implements RestorePoint {}

    /// Everything up to this sequence number; a batch that goes beyond it is left out.
    record AtSequence(long sequence) implements RestorePoint {}

    /// Everything that was written up to this time, but for the last tenth of a second before it;
    /// nothing that was written later.
    record AtTime(Instant time) implements RestorePoint {
        public AtTime {
            Objects.requireNonNull(time, "time");
        }
    }
}
