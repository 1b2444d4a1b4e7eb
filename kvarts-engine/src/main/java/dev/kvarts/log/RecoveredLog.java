package dev.kvarts.log;

import java.util.List;

/// What recovery found.
///
/// @param segments generations with valid records, oldest first; their files must be kept until
///   they are released
/// @param lastSequence highest sequence number replayed or stated
/// @param nextGeneration higher than any generation ever seen
/// @param nextSlot higher than the number of any file that is there
/// @param records records of which something was needed
/// @param spares slots whose files hold only generations below the floor: free to be used again
/// @param ends one for every generation seen: where it ends from now on
public record RecoveredLog(
        List<Segment> segments,
        long lastSequence,
        long nextGeneration,
        int nextSlot,
        long records,
        List<Integer> spares,
        List<LogEnd> ends) {
    public RecoveredLog {
        segments = List.copyOf(segments);
        spares = List.copyOf(spares);
        ends = List.copyOf(ends);
    }

    /// One generation as found.
    ///
    /// @param durable records before this offset are durable; of the others it is not known
    public record Segment(int slot, long generation, long end, long lastSequence, long durable) {}
}
