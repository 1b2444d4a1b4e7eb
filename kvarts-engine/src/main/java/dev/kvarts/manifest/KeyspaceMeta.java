package dev.kvarts.manifest;

import dev.kvarts.api.KeyspaceOptions;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A keyspace and its files.
///
/// @param number what the log calls it
/// @param name unique
/// @param shape only [#HASHED] so far
/// @param options as given when it was created
/// @param partitionBits log2 of the number of its maplets
/// @param flushedSequence all its entries up to this sequence number are in runs
/// @param checkpoint number of its maplet checkpoint file, 0 if none
/// @param checkpointRun the checkpoint holds the effect of all runs up to this number
/// @param runs in ascending order of their numbers
public record KeyspaceMeta(
        int number,
        String name,
        int shape,
        KeyspaceOptions options,
        int partitionBits,
        long flushedSequence,
        long checkpoint,
        long checkpointRun,
        List<RunMeta> runs) {
    public static final int HASHED = 1;

    public KeyspaceMeta {
        runs = List.copyOf(runs);
    }

    /// After a job has written a run.
    ///
    /// @param added null if the job left nothing to write
    public KeyspaceMeta withRuns(RunMeta added, Set<Long> removed, long flushed) {
        var next = new ArrayList<RunMeta>();
        for (RunMeta run : runs) {
            if (!removed.contains(run.number())) {
                next.add(run);
            }
        }
        if (added != null) {
            next.add(added);
        }
        return new KeyspaceMeta(
                number,
                name,
                shape,
                options,
                partitionBits,
                flushed,
                checkpoint,
                checkpointRun,
                next);
    }

    public KeyspaceMeta withCheckpoint(long file, long run) {
        return new KeyspaceMeta(
                number, name, shape, options, partitionBits, flushedSequence, file, run, runs);
    }
}
