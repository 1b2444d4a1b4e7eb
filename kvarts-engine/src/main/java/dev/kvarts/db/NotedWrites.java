package dev.kvarts.db;

import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Isolation;
import dev.kvarts.api.Limits;
import dev.kvarts.api.TransactionOptions;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;

import java.lang.foreign.MemorySegment;

/// Writes that are no transactions, and must read what they replace: to keyspaces that keep a
/// history, and merges in a batch. Each is made a transaction.
///
/// Thread safety: any number of threads.
final class NotedWrites {
    private static final TransactionOptions OPTIONS =
            TransactionOptions.defaults()
                    .withIsolation(Isolation.SNAPSHOT)
                    .withAttemptsMax(TransactionOptions.ATTEMPTS_MAX)
                    .withBytesMax(Limits.BATCH_SIZE_MAX);

    private final OpenDatabase database;
    private final Transactions transactions;

    NotedWrites(OpenDatabase database, Transactions transactions) {
        this.database = database;
        this.transactions = transactions;
    }

    /// Writes entries, all at once.
    void write(EntryBatch entries, Durability durability) {
        write(entries, false, durability);
    }

    /// As [#write(EntryBatch, Durability)], of what was taken from the quota already.
    void writeCounted(EntryBatch entries, Durability durability) {
        write(entries, true, durability);
    }

    private void write(EntryBatch entries, boolean counted, Durability durability) {
        transactions.transact(
                OPTIONS,
                transaction -> {
                    var open = (OpenTransaction) transaction;
                    if (counted) {
                        open.noteRoom();
                    }
                    apply(entries, open);
                    open.commit(durability);
                    return null;
                });
    }

    /// Writes one entry if the key is as it was read. Returns whether it was.
    boolean writeIfUnchanged(
            KeyspaceHandle keyspace,
            Lookup read,
            byte[] key,
            EntryBatch entry,
            Durability durability) {
        try (var transaction = new OpenTransaction(database, transactions.locks(), OPTIONS)) {
            if (!transaction.isAt(keyspace, key, read)) {
                return false;
            }
            transaction.noteRoom();
            apply(entry, transaction);
            transaction.commit(durability);
            return true;
        } catch (ConflictException another) {
            return false;
        }
    }

    private void apply(EntryBatch entries, OpenTransaction transaction) {
        MemorySegment segment = entries.segment();
        long at = 0;
        for (int i = 0; i < entries.count(); i++) {
            int keySize = EntryFormat.keySize(segment, at);
            long valueSize = EntryFormat.valueSize(segment, at);
            byte[] key = Bytes.copyOut(segment, at + EntryFormat.HEADER_SIZE, keySize);
            long value = at + EntryFormat.HEADER_SIZE + keySize;
            KeyspaceHandle keyspace = database.handle(EntryFormat.keyspace(segment, at));
            transaction.write(
                    keyspace,
                    key,
                    EntryFormat.kind(segment, at),
                    Bytes.copyOut(segment, value, (int) valueSize));
            at += EntryFormat.size(keySize, valueSize);
        }
    }
}
