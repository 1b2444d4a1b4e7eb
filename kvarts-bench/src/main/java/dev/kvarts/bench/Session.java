package dev.kvarts.bench;

/// One thread's way into a [Store]. Keys and values are the caller's arrays and are not kept.
interface Session extends AutoCloseable {
    /// What [#get] returns when there is no such key.
    int ABSENT = -1;

    void put(byte[] key, byte[] value);

    /// As [#put], and on the device when it returns.
    void putSync(byte[] key, byte[] value);

    /// Copies the value into `into` and returns its length, or [#ABSENT].
    int get(byte[] key, byte[] into);

    void delete(byte[] key);

    /// Deletes every entry from `from` to before `to`, in the way that is the store's own.
    ///
    /// @throws UnsupportedOperationException if the store has no order
    default void deleteRange(byte[] from, byte[] to) {
        throw new UnsupportedOperationException("a store without order");
    }

    /// Begins a transaction that is serializable if it commits. A session has one at a time.
    ///
    /// @throws UnsupportedOperationException if the store is measured without
    default Transaction begin() {
        throw new UnsupportedOperationException("a store without transactions");
    }

    /// A walk over all entries, as they are now. A session has one at a time, and does nothing else
    /// while it lasts.
    Scan scan();

    /// From now on counts the data blocks that lookups of this thread look into, where the store
    /// can tell only when asked to, at some cost.
    default void countReads() {}

    /// How many they were; NaN where the store cannot tell, or counts them anyway.
    default double countedReads() {
        return Double.NaN;
    }

    /// Commits what is gathered.
    @Override
    void close();

    /// Reads and writes that happen together or not at all.
    interface Transaction extends AutoCloseable {
        /// As [Session#get]; what it read must still be so when the transaction commits.
        int get(byte[] key, byte[] into);

        void put(byte[] key, byte[] value);

        /// Returns false if it met a conflict: nothing has happened then.
        boolean commit();

        /// Forgets what was not committed.
        @Override
        void close();
    }

    /// A walk. It goes one way: [#next] after [#seek] or nothing, [#previous] after nothing.
    interface Scan extends AutoCloseable {
        /// Moves to the next entry, which is the first when it has not moved, and copies it.
        /// Returns the length of its value, or [#ABSENT] at the end.
        int next(byte[] key, byte[] value);

        /// As [#next], towards the first entry, from the last when it has not moved.
        ///
        /// @throws UnsupportedOperationException if the store has no order
        default int previous(byte[] key, byte[] value) {
            throw new UnsupportedOperationException("a store without order");
        }

        /// Moves to the first entry whose key is not lower than `from`, and copies it.
        ///
        /// @throws UnsupportedOperationException if the store has no order
        default int seek(byte[] from, byte[] key, byte[] value) {
            throw new UnsupportedOperationException("a store without order");
        }

        @Override
        void close();
    }
}
