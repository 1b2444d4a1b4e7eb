package dev.kvarts.entry;

/// What a keyspace of any shape is to those who drive it: the commit pipeline writes into it, the
/// database recovers, flushes and closes it.
///
/// A write is: [#admit], lock the key's shard, [#prepare], append to the log, [#link], unlock.
/// Everything that can fail is in the steps before the log.
///
/// Thread safety: any number of threads; `prepare`, `link`, `abandon` and `latest` under the lock
/// of the hash's shard.
public interface KeyspaceCore {
    /// Its number in the manifest and in the log.
    int number();

    long hash(byte[] key, int keySize);

    /// Slows down or refuses a writer before it takes any lock.
    void admit(long bytes);

    /// Index of the lock that guards keys of this hash; locks are taken in ascending order.
    int shard(long hash);

    void lock(int shard);

    void unlock(int shard);

    /// Copies the entry into memory, not yet to be found. Returns a reference for [#link] or
    /// [#abandon].
    long prepare(long hash, byte kind, byte[] key, int keySize, Object value, long valueSize);

    /// Makes a prepared entry the newest version of its key.
    void link(long hash, long reference, long sequence);

    /// Takes back a prepared entry.
    void abandon(long hash, long reference);

    /// Counts a write, for statistics.
    void count(byte kind, long userBytes);

    /// Tells that something was written that is not in the log.
    void noteUnlogged();

    /// Sequence number of the newest version of the key that is in memory, or 0 if none is there;
    /// versions on disk are all older than [#memorySince()].
    long latestInMemory(long hash, byte[] key, int keySize);

    /// Every version with a higher sequence number is still in memory.
    long memorySince();

    /// Whether a logged entry must be replayed: it is not in any run.
    boolean needsReplay(long sequence);
}
