package dev.kvarts.api;

import java.time.Instant;
import java.util.List;

/// What was written together: all of it happened, at one instant, or none.
///
/// @param firstSequence sequence number of the first change
/// @param lastSequence of the last; the stream goes on behind it: ask for `lastSequence + 1`
/// @param time about when, by the database's own clock, which never goes back and is written down
///   ten times a second; null where it is not known
/// @param changes in the order in which they were made; of one key the last counts
public record ChangeBatch(
        long firstSequence, long lastSequence, Instant time, List<Change> changes) {
    public ChangeBatch {
        changes = List.copyOf(changes);
    }
}
