package dev.kvarts.manifest;

import dev.kvarts.api.KeyspaceOptions;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A hashed keyspace and its files.
///
/// @param number what the log calls it
/// @param name unique
/// @param options as given last
/// @param partitionBits log2 of the number of its maplets
/// @param flushedSequence all its entries up to this sequence number are in runs
/// @param checkpoint number of its maplet checkpoint file, 0 if none
/// @param checkpointRun the checkpoint holds the effect of all runs up to this number
/// @param runs in ascending order of their numbers
public record HashedMeta(
        int number,
        String name,
        KeyspaceOptions options,
        int partitionBits,
        long flushedSequence,
        long checkpoint,
        long checkpointRun,
        List<RunMeta> runs)
        implements KeyspaceMeta {
    public HashedMeta {
        runs = List.copyOf(runs);
    }

    @Override
    public HashedMeta withOptions(KeyspaceOptions changed) {
        return new HashedMeta(
                number,
                name,
                changed,
                partitionBits,
                flushedSequence,
                checkpoint,
                checkpointRun,
                runs);
    }

    /// After a job has written a run.
    ///
    /// @param added null if the job left nothing to write
    public HashedMeta withRuns(RunMeta added, Set<Long> removed, long flushed) {
        var next = new ArrayList<RunMeta>();
        for (RunMeta run : runs) {
            if (!removed.contains(run.number())) {
                next.add(run);
            }
        }
        if (added != null) {
            next.add(added);
        }
        return new HashedMeta(
                number, name, options, partitionBits, flushed, checkpoint, checkpointRun, next);
    }

    @Override
    public HashedMeta withoutFiles() {
        return new HashedMeta(
                number, name, options, partitionBits, flushedSequence, 0, 0, List.of());
    }

    public HashedMeta withCheckpoint(long file, long run) {
        return new HashedMeta(
                number, name, options, partitionBits, flushedSequence, file, run, runs);
    }
}
