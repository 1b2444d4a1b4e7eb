package dev.kvarts.manifest;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.StorageException;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.LiveSnapshots;
import dev.kvarts.io.Directory;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.WallClock;
import dev.kvarts.table.SharedBlocks;

import java.io.IOException;

/// What a keyspace needs from the database it is part of.
public interface Environment {
    Directory directory();

    Scheduler scheduler();

    /// What time it is, for what expires.
    WallClock clock();

    default long nowMillis() {
        return clock().nowMillis();
    }

    /// What has expired by this time is not seen by anybody any more, neither now nor in a view of
    /// the past: it may be dropped.
    long expiryHorizon();

    /// As [#expiryHorizon()], of a keyspace with these options: what has expired is part of its
    /// history, for as long as that is kept.
    default long expiryHorizon(KeyspaceOptions options) {
        return expiryHorizon() - options.history().toMillis();
    }

    Epochs epochs();

    MemoryBudget budget();

    Manifest manifest();

    Options options();

    long database();

    long hashSeed();

    /// Every version up to this sequence number may be seen.
    long visible();

    /// Who looks at which versions.
    LiveSnapshots snapshots();

    /// Highest sequence number given out.
    long lastSequence();

    /// Bytes that a keyspace may gather in its active memory store now.
    long memoryStoreBytes();

    /// Whether data files are to be mapped for lookups.
    boolean mapFiles();

    /// What tables need to bring their blocks into memory.
    SharedBlocks sharedBlocks();

    /// A number for a new file; never given out again once a manifest with that file is durable.
    long nextFileNumber();

    /// Highest number of a file that was given out.
    long lastFileNumber();

    /// Makes the log durable up to a sequence number if a keyspace other than this still needs it:
    /// before a file with later entries goes live, what came before it must not be lost.
    void orderBefore(int keyspace, long flushed);

    /// Moves the log's floor in a state that says what is flushed.
    ManifestState withLogFloor(ManifestState next) throws IOException;

    /// Lets go of the log below the floor of the present state.
    void releaseLog() throws IOException;

    /// Refuses every write from now on.
    void fail(StorageException cause);

    /// Takes a share of the bytes that background writing may write per second; waits for it.
    void throttleBackground(long bytes);
}
