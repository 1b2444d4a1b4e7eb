package dev.kvarts.bench;

/// A key-value store under measurement, open on one directory.
///
/// Thread safety: any number of threads, each with a session of its own.
interface Store extends AutoCloseable {
    /// A session for the calling thread.
    ///
    /// @param writeBatch how many writes a store may gather in one transaction, for stores that are
    ///   used so by those who care about speed; the others write one by one
    Session session(int writeBatch);

    /// Writes everything gathered in memory to files and waits until background work has ended, so
    /// that the next workload does not pay for this one.
    void settle();

    /// What the store counts itself.
    Counters counters();

    @Override
    void close();
}
