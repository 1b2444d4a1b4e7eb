package dev.kvarts.memtable;

/// The keys of a sorted store in order, each with a reference to its newest record, from which the
/// older ones hang.
///
/// Thread safety: [#find] and cursors take no lock and wait for nobody; they stay in an epoch, or
/// keep the store pinned, while they look. The others run under the lock of the key's shard, so
/// that no two threads link the same key; [#link] in an epoch, too.
interface SortedIndex {
    /// Takes all that one more link of this shard may need, which cannot fail then.
    void reserve(int shard);

    /// Gives back what was reserved for one link.
    void abandon(int shard);

    /// Makes a record the newest of its key; its `previous` becomes the one before. Returns the
    /// reference of that, or 0 if the key is new.
    long link(int shard, byte[] key, int keySize, long reference);

    /// Reference of the key's newest record, or 0.
    long find(byte[] key, int keySize);

    Cursor cursor();

    /// Makes the index of a store: it lies in the store's memory, what belongs to a shard in the
    /// shard's arena.
    @FunctionalInterface
    interface Factory {
        SortedIndex of(StoreMemory memory, RecordArena[] arenas, KeyHeads heads);
    }

    /// Walks over keys. A new one stands before the first. Whatever was linked before it was made
    /// is met; what was linked later may be.
    ///
    /// Each move returns the reference of the newest record of the key that it now stands on, or 0
    /// at an end.
    ///
    /// Thread safety: one thread.
    interface Cursor {
        long first();

        long last();

        /// To the first key that is not lower.
        long seek(byte[] key, int keySize);

        /// To the last key that is lower.
        long seekBefore(byte[] key, int keySize);

        long next();

        long previous();
    }
}
