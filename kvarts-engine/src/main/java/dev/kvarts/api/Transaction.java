package dev.kvarts.api;

import java.util.List;
import java.util.function.UnaryOperator;

/// Reads and writes that happen together or not at all, as if nobody else were there. Begun by
/// [Database#begin()], or run by [Database#transact].
///
/// It reads the database as it was when it began, and its own writes, which nobody else sees before
/// it is committed. It takes no lock and holds nobody up: whether somebody else came first is found
/// when it commits, and then it throws [ConflictException], and nothing of it has happened. What
/// that means depends on its [Isolation]. One that wrote nothing never conflicts.
///
/// Committed is as durable as a write of the same [Durability].
///
/// Errors: [ConflictException] of `commit`, `lockFor`; [IllegalArgumentException] for a keyspace of
/// another database, for what is outside [Limits], and when it outgrows its [TransactionOptions]:
/// it can still be committed then without the refused write or read; [IllegalStateException] after
/// commit, rollback or close, and for writes of a read-only one; otherwise as of the same calls of
/// a [Keyspace].
///
/// Thread safety: one thread at a time.
public interface Transaction extends AutoCloseable {
    /// The snapshot that it reads: versions up to this sequence number.
    long sequence();

    /// The value of `key`, or null.
    byte[] get(Keyspace keyspace, byte[] key);

    /// The values of `keys`, in their order, null where absent.
    List<byte[]> getAll(Keyspace keyspace, List<byte[]> keys);

    /// Whether `key` exists.
    boolean contains(Keyspace keyspace, byte[] key);

    /// Sets the value of `key`.
    void put(Keyspace keyspace, byte[] key, byte[] value);

    /// As [#put(Keyspace, byte[], byte[])], with a time to live, counted from this call; durability
    /// is that of the commit.
    void put(Keyspace keyspace, byte[] key, byte[] value, WriteOptions options);

    /// Removes `key`.
    void delete(Keyspace keyspace, byte[] key);

    /// Removes every entry of a range.
    void deleteRange(OrderedKeyspace keyspace, Range range);

    /// Replaces the value by what `change` makes of it: null when absent, null to delete. Returns
    /// the new value.
    byte[] update(Keyspace keyspace, byte[] key, UnaryOperator<byte[]> change);

    /// As [Keyspace#increment(byte[], long)].
    long increment(Keyspace keyspace, byte[] key, long delta);

    /// As [Keyspace#append(byte[], byte[])].
    long append(Keyspace keyspace, byte[] key, byte[] suffix);

    /// As [Keyspace#merge(byte[], byte[])].
    void merge(Keyspace keyspace, byte[] key, byte[] operand);

    /// A cursor over every entry, the transaction's own writes among them. It may be used until the
    /// transaction ends. Of a hashed keyspace it shows what was written before the cursor was
    /// opened, and a serializable transaction then conflicts with every write to that keyspace.
    Cursor cursor(Keyspace keyspace);

    /// A cursor over every entry, the transaction's own writes among them, also those that are made
    /// while it is open. It may be used until the transaction ends.
    OrderedCursor cursor(OrderedKeyspace keyspace);

    /// As [#cursor(OrderedKeyspace)], over the entries of a range.
    OrderedCursor cursor(OrderedKeyspace keyspace, Range range);

    /// A point to which writes can be taken back.
    Savepoint savepoint();

    /// Takes back every write since the savepoint, which stays usable; later ones are gone. What
    /// was read stays read.
    ///
    /// @throws IllegalArgumentException if it is of another transaction, or gone
    void rollbackTo(Savepoint savepoint);

    /// Waits until no other transaction has this lock, and takes it until the transaction ends. For
    /// hot keys: those who lock the same key take turns, where they would conflict otherwise. It
    /// holds up nobody who does not ask for it.
    ///
    /// If nothing was read or written yet, the transaction begins anew: it reads the present.
    ///
    /// @throws ConflictException if the lock is not to be had within the time of the options, or
    ///   the key was changed since the transaction began
    void lockFor(Keyspace keyspace, byte[] key);

    /// Makes all writes visible at once, with the database's default durability.
    ///
    /// @throws ConflictException if somebody else came first; nothing has happened then
    void commit();

    /// As [#commit()].
    void commit(Durability durability);

    /// Forgets all writes and ends the transaction.
    void rollback();

    /// As [#rollback()], unless it has ended.
    @Override
    void close();
}
