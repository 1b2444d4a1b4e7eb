package dev.kvarts.testkit.isolation;

/// A store with transactions, as far as a workload needs it. Keys are numbers, values are ints:
/// those of a list, the one of a register, none if there is no such key.
///
/// Thread safety: transactions are begun by any thread.
public interface TransactionalStore {
    /// Keys that lie beside each other and can be scanned: key / `GROUP_KEYS` is the group.
    int GROUP_KEYS = 8;

    /// Begins a transaction.
    ///
    /// @param readOnly whether it will not write
    Tx begin(Level level, boolean readOnly);

    /// Whether the keys of this group can be scanned.
    boolean isScannable(int group);

    /// A transaction. Every call may throw [Aborted].
    ///
    /// Thread safety: one thread at a time.
    interface Tx {
        /// What the key holds, or nothing.
        int[] get(int key);

        void put(int key, int element);

        /// Adds to the end of a list.
        void append(int key, int element);

        void delete(int key);

        /// Deletes the keys of a range.
        void deleteRange(int from, int to);

        /// Shows the keys of a range that are there, in their order.
        void scan(int from, int to, Visitor visitor);

        /// Has writes done, and takes them back.
        void takeBack(Runnable writes);

        /// Makes it happen. Returns its place in the order of commits, above 0, or 0 if the store
        /// does not tell.
        long commit();

        /// Ends it, and nothing has happened. After [Aborted] as well.
        void rollback();
    }

    /// Looks at entries.
    interface Visitor {
        void entry(int key, int[] elements);
    }

    /// The transaction has not happened and never will: another one was faster.
    final class Aborted extends RuntimeException {
        private static final long serialVersionUID = 1;

        public Aborted(Throwable cause) {
            super(null, cause, false, false);
        }
    }
}
