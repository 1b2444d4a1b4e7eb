package dev.kvarts.entry;

/// What a keyspace of any shape is to those who drive it: the commit pipeline writes into it, the
/// database recovers, flushes and closes it.
///
/// A write is: [#admit], lock the key's shard, [#reserve], append to the log, [#fill], [#link],
/// unlock. Everything that can fail is in the steps before the log: an entry is filled after it
/// only from memory that is not the caller's. (After it, because the stores into cold memory then
/// run beside the next write, and not before the log's lock, which waits for them.)
///
/// Thread safety: any number of threads; `reserve`, `fill`, `link`, `abandon`, `count` and
/// `latestInMemory` under the lock of the hash's shard.
public interface KeyspaceCore {
    /// Its number in the manifest and in the log.
    int number();

    long hash(byte[] key, int keySize);

    /// Slows down or refuses a writer before it takes any lock.
    void admit(long bytes);

    /// Index of the lock that guards keys of this hash; locks are taken in ascending order.
    int shard(long hash);

    /// How many locks there are. A range is deleted under all of them.
    int shardCount();

    /// Takes the lock.
    ///
    /// @throws IllegalStateException if the keyspace takes no more writes: it was dropped, or the
    ///   database is being closed
    void lock(int shard);

    void unlock(int shard);

    /// Loads into the processor's caches what a write of this hash will look at. Without the lock.
    void touch(long hash);

    /// Takes memory for an entry with a key and a value of together so many bytes. Returns a
    /// reference for what follows.
    long reserve(long hash, long userBytes);

    /// Copies an entry into its memory, not yet to be found.
    ///
    /// @param entry key and value, one after the other, from `keyAt` on
    void fill(
            long hash,
            long reference,
            byte kind,
            byte[] entry,
            int keyAt,
            int keySize,
            int valueSize);

    /// As the other, for an entry whose value is elsewhere: in an array or a segment.
    void fill(
            long hash,
            long reference,
            byte kind,
            byte[] key,
            int keySize,
            Object value,
            long valueSize);

    /// Makes a filled entry the newest version of its key.
    void link(long hash, long reference, long sequence);

    /// Gives reserved memory back.
    void abandon(long hash, long reference, long userBytes);

    /// Counts a write, for statistics.
    void count(long hash, byte kind, long userBytes);

    /// Tells that something was written that is not in the log.
    void noteUnlogged();

    /// Sequence number of the newest version of the key that is in memory, or 0 if none is there;
    /// versions on disk are all no newer than [#newestOnDisk()].
    long latestInMemory(long hash, byte[] key, int keySize);

    /// Every version with a higher sequence number is still in memory.
    long memorySince();

    /// No version on disk has a higher sequence number.
    default long newestOnDisk() {
        return memorySince();
    }

    /// Whether a logged entry must be replayed: it is not in any run.
    boolean needsReplay(long sequence);
}
