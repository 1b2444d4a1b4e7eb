package dev.kvarts.lsm;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a picker must know besides the tables.
///
/// @param targetTableBytes how large a table should become
/// @param memoryStoreBytes what a memory store holds when it is flushed
/// @param jobBytesMax a compaction that reads more is split where that is possible
/// @param nowMillis in milliseconds since 1970
/// @param windowMillis of [TimeWindowPicker]
/// @param expiryHorizon what has expired by this time may be dropped
/// @param running plans that are being carried out: their tables are not picked
record PickContext(
        long targetTableBytes,
        long memoryStoreBytes,
        long jobBytesMax,
        long nowMillis,
        long windowMillis,
        long expiryHorizon,
        List<CompactionPlan> running) {
    PickContext {
        running = List.copyOf(running);
        if (targetTableBytes <= 0
                || memoryStoreBytes <= 0
                || jobBytesMax <= 0
                || windowMillis <= 0) {
            throw new IllegalArgumentException("pick context: sizes must be positive");
        }
    }

    /// Of a time at which nothing is kept for views of the past.
    PickContext(
            long targetTableBytes,
            long memoryStoreBytes,
            long jobBytesMax,
            long nowMillis,
            long windowMillis,
            List<CompactionPlan> running) {
        this(
                targetTableBytes,
                memoryStoreBytes,
                jobBytesMax,
                nowMillis,
                windowMillis,
                nowMillis,
                running);
    }

    /// Numbers of the tables of running plans.
    Set<Long> busy() {
        Set<Long> busy = new HashSet<>();
        for (CompactionPlan plan : running) {
            plan.inputs().forEach(table -> busy.add(table.number()));
            plan.moves().forEach(table -> busy.add(table.number()));
        }
        return busy;
    }
}
