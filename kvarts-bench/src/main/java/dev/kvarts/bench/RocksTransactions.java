package dev.kvarts.bench;

import org.rocksdb.OptimisticTransactionDB;
import org.rocksdb.OptimisticTransactionOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.Transaction;
import org.rocksdb.WriteOptions;

/// Optimistic transactions of RocksDB, as strong as those of Kvarts: every read is one of
/// `getForUpdate`, so that RocksDB looks for changes of it when the transaction commits; changes
/// since the transaction began, as it has a snapshot from then on. One transaction object serves
/// them all, which is the cheapest that the binding has.
///
/// Thread safety: one thread.
final class RocksTransactions implements Session.Transaction {
    private final OptimisticTransactionDB database;
    private final WriteOptions writes;
    private final boolean readsSnapshot;
    private final OptimisticTransactionOptions options = new OptimisticTransactionOptions();
    private final ReadOptions reads = new ReadOptions();
    private Transaction transaction; // null: none was begun yet
    private boolean open;

    RocksTransactions(
            OptimisticTransactionDB database, WriteOptions writes, boolean readsSnapshot) {
        this.database = database;
        this.writes = writes;
        this.readsSnapshot = readsSnapshot;
        options.setSetSnapshot(readsSnapshot);
    }

    RocksTransactions begin() {
        transaction =
                transaction == null
                        ? database.beginTransaction(writes, options)
                        : database.beginTransaction(writes, options, transaction);
        if (readsSnapshot) {
            reads.setSnapshot(transaction.getSnapshot());
        }
        open = true;
        return this;
    }

    @Override
    public int get(byte[] key, byte[] into) {
        try {
            var found = transaction.getForUpdate(reads, key, into, true);
            return switch (found.status.getCode()) {
                case Ok -> found.requiredSize;
                case NotFound -> Session.ABSENT;
                default ->
                        throw new IllegalStateException(
                                "rocksdb: getForUpdate: " + found.status.getCodeString());
            };
        } catch (RocksDBException e) {
            throw RocksStore.failure(e);
        }
    }

    @Override
    public void put(byte[] key, byte[] value) {
        try {
            transaction.put(key, value);
        } catch (RocksDBException e) {
            throw RocksStore.failure(e);
        }
    }

    /// "Busy" is a conflict; "TryAgain" is said when memory does not go back far enough to tell.
    @Override
    public boolean commit() {
        open = false;
        try {
            transaction.commit();
            return true;
        } catch (RocksDBException e) {
            Status status = e.getStatus();
            if (status != null
                    && (status.getCode() == Status.Code.Busy
                            || status.getCode() == Status.Code.TryAgain)) {
                return false;
            }
            throw RocksStore.failure(e);
        }
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            try {
                transaction.rollback();
            } catch (RocksDBException e) {
                throw RocksStore.failure(e);
            }
        }
    }

    /// Gives back what all of them shared.
    void end() {
        if (transaction != null) {
            transaction.close();
        }
        options.close();
        reads.close();
    }
}
