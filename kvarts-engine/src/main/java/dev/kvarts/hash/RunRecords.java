package dev.kvarts.hash;

/// The records of a run: as its file has them, or as the memory store that it was written from
/// still has them.
interface RunRecords {
    /// Begins a walk over the records whose hashes lie in a range, both ends included, in the order
    /// of the hashes. By any number of threads.
    Walk between(long firstHash, long lastHash);

    /// Stands on one record after the other; at first before the first.
    interface Walk {
        boolean next();

        long hash();

        /// Its number in the run.
        long ordinal();

        long sequence();

        boolean tombstone();

        int keySize();

        long valueSize();

        /// The key, from the start of an array that may be longer; valid until the next step.
        byte[] key();
    }
}
