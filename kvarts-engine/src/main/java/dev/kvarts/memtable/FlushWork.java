package dev.kvarts.memtable;

import dev.kvarts.api.StorageException;

/// The work that empties the memory stores of a keyspace, as those see it who wait for it.
///
/// Thread safety: any number of threads.
public interface FlushWork {
    /// Has what is frozen written soon.
    void scheduleFlush();

    /// How often that was tried.
    long attempts();

    /// Why it failed the last time; null if it did not.
    StorageException failure();

    /// How far the work that flushes leave behind has fallen behind: 0 not at all, from 1 on as far
    /// as it may.
    double lag();
}
