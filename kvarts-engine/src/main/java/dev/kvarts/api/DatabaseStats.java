package dev.kvarts.api;

import java.util.List;

/// Counts and sizes of a database since it was opened, except where said.
///
/// @param keyspaces one line per keyspace, sorted by name
/// @param sequence highest sequence number given out
/// @param logRecords records appended to the commit log
/// @param logBytes bytes of them
/// @param logSyncs forces of the commit log
/// @param logSegments segment files of the commit log now, spare ones included
/// @param storedBytes bytes of all files now
/// @param manifestWrites atomic changes of the manifest
/// @param openNanos how long opening took, replay included
/// @param snapshots snapshots and transactions that are open now
/// @param oldestSnapshotMillis how long the oldest of them has been open; 0 if there is none
/// @param keptViews how many flushes they keep the view from before of, each with its memory and
///   files
/// @param replayedRecords log records put into memory when it was opened; those that were in runs
///   already are not counted
public record DatabaseStats(
        List<KeyspaceStats> keyspaces,
        long sequence,
        long logRecords,
        long logBytes,
        long logSyncs,
        int logSegments,
        long storedBytes,
        long manifestWrites,
        int snapshots,
        long oldestSnapshotMillis,
        int keptViews,
        long openNanos,
        long replayedRecords) {
    public DatabaseStats {
        keyspaces = List.copyOf(keyspaces);
    }
}
