package dev.kvarts.api;

import java.lang.foreign.MemorySegment;
import java.time.Duration;

/// Changes that happen together or not at all, across any keyspaces of one database.
///
/// Keys and values are copied when added. Where one key is changed twice the later change wins. A
/// batch can be written once; [clear()][#clear()] makes it empty and usable again.
///
/// Thread safety: one thread at a time.
public interface WriteBatch {
    /// Adds "key has this value". Returns this batch.
    ///
    /// @throws IllegalArgumentException if key or value is outside [Limits], or the batch would
    ///   outgrow [Limits#BATCH_SIZE_MAX], or the keyspace belongs to another database
    WriteBatch put(Keyspace keyspace, byte[] key, byte[] value);

    /// As [#put(Keyspace, byte[], byte[])].
    WriteBatch put(Keyspace keyspace, MemorySegment key, MemorySegment value);

    /// As [#put(Keyspace, byte[], byte[])], with a time to live, counted from this call.
    ///
    /// @param ttl null: the keyspace's default; zero: it does not expire
    WriteBatch put(Keyspace keyspace, byte[] key, byte[] value, Duration ttl);

    /// As [#put(Keyspace, byte[], byte[], Duration)].
    WriteBatch put(Keyspace keyspace, MemorySegment key, MemorySegment value, Duration ttl);

    /// Adds "key does not exist". Returns this batch.
    WriteBatch delete(Keyspace keyspace, byte[] key);

    /// As [#delete(Keyspace, byte[])].
    WriteBatch delete(Keyspace keyspace, MemorySegment key);

    /// Adds "no key of this range exists". Returns this batch. An empty range adds nothing.
    WriteBatch deleteRange(OrderedKeyspace keyspace, Range range);

    /// Adds "an operand is merged into the value", as [Keyspace#merge(byte[], byte[])]; earlier
    /// changes of the batch come before it. Returns this batch. A batch with merges is written as a
    /// transaction is: when another writer was faster, all of its merges are made again.
    ///
    /// @throws IllegalStateException if the keyspace has no merge operator, or the database was
    ///   opened without it
    WriteBatch merge(Keyspace keyspace, byte[] key, byte[] operand);

    /// Number of changes in it.
    int count();

    /// Bytes of keys and values in it.
    long sizeBytes();

    /// Forgets all changes. Returns this batch.
    WriteBatch clear();
}
