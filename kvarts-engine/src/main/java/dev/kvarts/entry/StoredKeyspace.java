package dev.kvarts.entry;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspaceStats;

import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;

/// What a keyspace of any shape is to the database that owns it: beyond what the commit pipeline
/// needs, it is looked up, flushed, copied, dropped and closed.
///
/// Thread safety: any number of threads, except where said.
public interface StoredKeyspace extends KeyspaceCore {
    String name();

    /// As given last.
    KeyspaceOptions options();

    /// Takes on other options, which the manifest has, for what is done from now on.
    void changeOptions(KeyspaceOptions changed);

    /// Answers the lookup. Requires: the asker is inside an epoch, and stays there while it looks
    /// at the answer.
    void find(Lookup lookup);

    /// Answers the lookup as of [Lookup#visible], the sequence number of a live snapshot. Requires:
    /// as [#find].
    void findAsOf(Lookup lookup);

    /// Whether anything was written after this sequence number. Requires: all shards are locked.
    boolean changedSince(long sequence);

    /// Whether a key of the range was written, or may have been, after the snapshot of this
    /// sequence number, which is live. Requires: all shards are locked.
    ///
    /// @param to null: no end
    boolean changedInRange(byte[] from, byte[] to, long sequence);

    /// Nothing in it is seen by snapshots of lower sequence numbers: it did not exist yet.
    long bornAt();

    /// How many views are kept for snapshots.
    int keptViews();

    /// About how many entries there are.
    long estimatedCount();

    KeyspaceStats stats();

    /// What it holds, at the cost of a walk over the list of its files.
    Usage usage();

    // What is in memory.

    /// Whether something is in memory that is in no file.
    boolean hasMemory();

    /// Bytes in memtables.
    long memoryBytes();

    /// Whether something in memory may be missing in the log.
    boolean hasUnlogged();

    // Work.

    /// Returns when everything that was in memory at the call is in files.
    void flush();

    /// Has what is in memory written soon.
    void freezeAndSchedule();

    /// Rewrites files until little in them is dead. For quiet hours.
    void compact();

    /// Prepares what makes the next opening fast. Part of closing.
    void prepareClose();

    /// Begins what may be done in the background after opening.
    void startBackground();

    /// Gives back what was kept for readers who have gone meanwhile, forgotten cursors among them.
    void releaseUnused();

    /// Has what has expired dropped soon, where that is worth it. Cheap.
    void lookForExpired();

    /// Runs something while no job changes the files of this keyspace.
    void whileQuiet(Runnable action);

    /// Writes what is in memory and frozen to files, in the caller's thread. Requires: inside
    /// [#whileQuiet].
    void flushFrozen();

    /// From now on, or no longer, nothing is frozen but by [#freezeTogether]: writers who would
    /// freeze a store that is full go on in it, and wait when it is overfull. Requires: inside
    /// [#whileQuiet].
    void holdFreezing(boolean held);

    /// Locks every shard: no writer is inside.
    void lockAll();

    void unlockAll();

    /// Freezes what is in memory. Requires: [#lockAll] holds, and nothing is frozen.
    void freezeLocked();

    /// Freezes several keyspaces at one sequence number. Requires: none has anything frozen, nobody
    /// else freezes ([#holdFreezing]), and no job runs.
    ///
    /// @param sequence tells the last one given out
    /// @return that number: what is frozen is all that was written up to it
    static long freezeTogether(List<? extends StoredKeyspace> keyspaces, LongSupplier sequence) {
        // In ascending order of their numbers, as batches lock.
        keyspaces.forEach(StoredKeyspace::lockAll);
        try {
            keyspaces.forEach(StoredKeyspace::freezeLocked);
            return sequence.getAsLong();
        } finally {
            keyspaces.forEach(StoredKeyspace::unlockAll);
        }
    }

    // The end.

    /// Takes no more writes. When this returns, no writer is inside or will be; those who come get
    /// an [IllegalStateException] with this reason.
    void refuseWrites(String reason);

    /// No job does anything from now on.
    void stop();

    boolean isStopped();

    /// Closes a keyspace that was dropped and deletes its files. Requires: no reader and no writer
    /// is inside.
    void deleteFiles();

    /// Gives everything back. Requires: stopped, no reader and no job is inside.
    void close() throws IOException;
}
