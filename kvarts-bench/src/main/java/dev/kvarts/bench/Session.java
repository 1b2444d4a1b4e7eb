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

    /// A walk over all entries.
    Scan scan();

    /// Commits what is gathered.
    @Override
    void close();

    /// Stands before the first entry when new.
    interface Scan extends AutoCloseable {
        /// Moves to the next entry and copies it. Returns the length of its value, or [#ABSENT] at
        /// the end.
        int next(byte[] key, byte[] value);

        @Override
        void close();
    }
}
