package dev.kvarts.api;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/// A named set of entries: key to value, both of them bytes.
///
/// Keys are [Limits#KEY_SIZE_MIN]..[Limits#KEY_SIZE_MAX] bytes, values
/// 0..[Limits#VALUE_ARRAY_SIZE_MAX] as arrays and 0..[Limits#VALUE_SIZE_MAX] as segments; anything
/// else is an [IllegalArgumentException] that names the limit. Absence is `null`, not an error.
/// Arrays are copied before a call returns; the keyspace keeps none.
///
/// Errors of every method: [IllegalStateException] after close or drop, [StorageException] when the
/// file system fails, [CorruptionException] when bytes read are not those written,
/// [AccessDeniedException] when the handle lacks a right. Writes also [OverloadedException] when a
/// limit is reached, and [OverQuotaException].
///
/// Thread safety: any number of threads, reading and writing. Each single-key operation is atomic;
/// once a write has returned every later read sees it. An interrupt of a calling thread is kept and
/// harms nobody.
public interface Keyspace {
    /// Its name, unique in the database.
    String name();

    /// The options it has now.
    KeyspaceOptions options();

    /// Has it take on other options, durably; they hold for what is done from now on.
    ///
    /// @throws IllegalArgumentException if the codec or the merge operator is not known
    void configure(KeyspaceOptions options);

    /// The same keyspace, for one who shows this token: see [KeyspacePolicy]. Whether it is the
    /// right one is seen when something is done.
    Keyspace with(Token token);

    /// The value of `key`, or null.
    byte[] get(byte[] key);

    /// The value of `key` as a new heap segment, or null.
    MemorySegment get(MemorySegment key);

    /// Lets `reader` look at the value where it lies, without a copy, and returns what it makes of
    /// it; null when absent.
    <R> R get(byte[] key, ValueReader<R> reader);

    /// As [#get(byte[], ValueReader)].
    <R> R get(MemorySegment key, ValueReader<R> reader);

    /// The values of `keys`, in their order, null where absent. Not a snapshot: each key is read on
    /// its own; where data does not fit in memory, many at the same time.
    List<byte[]> getAll(List<byte[]> keys);

    /// Whether `key` exists.
    boolean contains(byte[] key);

    /// The value of `key` as it was at a time, or null if there was none then; at present or in
    /// future it is that of now. Precise to the millisecond of the database's clock: a write is
    /// seen by those who ask as of its millisecond.
    ///
    /// @throws IllegalStateException if the keyspace keeps no [KeyspaceOptions#history()]
    /// @throws IllegalArgumentException if its history does not reach back so far
    byte[] getAsOf(byte[] key, Instant time);

    /// Sets the value of `key`, with the database's default durability.
    void put(byte[] key, byte[] value);

    /// As [#put(byte[], byte[])], with a time to live if the options have one: what has expired is
    /// not there for any reader, and its space is used again.
    void put(byte[] key, byte[] value, WriteOptions options);

    /// As [#put(byte[], byte[])].
    void put(MemorySegment key, MemorySegment value);

    /// As [#put(byte[], byte[])].
    void put(MemorySegment key, MemorySegment value, WriteOptions options);

    /// Removes `key`; no error when it does not exist.
    void delete(byte[] key);

    /// As [#delete(byte[])].
    void delete(byte[] key, WriteOptions options);

    /// As [#delete(byte[])].
    void delete(MemorySegment key);

    /// Sets the value unless the key exists. Returns the value that was there and stays, or null if
    /// it was set.
    byte[] putIfAbsent(byte[] key, byte[] value);

    /// Replaces the value if it equals `expected`. Null stands for absence on both sides: expected
    /// null puts only where nothing is, `replacement` null deletes. Returns whether it happened.
    boolean compareAndSet(byte[] key, byte[] expected, byte[] replacement);

    /// Replaces the value by what `change` makes of it, atomically. `change` gets null when the key
    /// is absent and returns null to delete; it is called again when another writer was faster, as
    /// often as that happens, and must have no side effects. Returns the new value.
    byte[] update(byte[] key, UnaryOperator<byte[]> change);

    // Expiry. `putIfAbsent`, `compareAndSet` and every `put` give the value a new time to live:
    // the keyspace's default, if they say nothing. `update`, `increment` and `append` leave a value
    // that is there the time that it has left. Time does not go back, also not over a restart: what
    // has expired stays so when clocks are set.

    /// When the entry expires; null if it does not, or if there is none.
    Instant expiresAt(byte[] key);

    /// Gives an entry a new time to live, counted from now, and leaves its value as it is; zero: it
    /// does not expire. Returns whether there is one. Writes the value anew.
    ///
    /// @throws IllegalArgumentException if `ttl` is negative
    boolean touch(byte[] key, Duration ttl);

    /// Has an entry not expire, if the keyspace has no maximum. Returns whether there is one.
    boolean persist(byte[] key);

    /// Adds `delta` to a counter: 8 bytes, two's complement, little-endian; absent counts as 0.
    /// Returns the new value; wraps round on overflow.
    ///
    /// @throws IllegalArgumentException if the present value is not 8 bytes long
    long increment(byte[] key, long delta);

    /// Appends `suffix` to the value; absent counts as empty. Returns the new length in bytes.
    long append(byte[] key, byte[] suffix);

    /// Has the keyspace's merge operator make a new value of the present one and `operand`,
    /// atomically, as [#update]: the operator is called again when another writer was faster.
    ///
    /// @throws IllegalStateException if the keyspace has no [KeyspaceOptions#mergeOperator()], or
    ///   the database was opened without it
    /// @throws IllegalArgumentException if the operator cannot merge them; nothing is written
    void merge(byte[] key, byte[] operand);

    /// As [#merge(byte[], byte[])].
    void merge(byte[] key, byte[] operand, WriteOptions options);

    /// Adds a part to a record that many write together, without knowing of each other. The first
    /// part opens a window ([KeyspaceOptions#gatherWindow()]); parts that come before it ends, and
    /// before a final one ([#writeFinal]), are put behind each other in the order in which they are
    /// committed; those that come later are ignored. Readers see what is there so far, as the
    /// value.
    ///
    /// A value that was put, or changed in any other way than by parts, is a whole record: parts
    /// for it are ignored. Putting replaces what was gathered. After a delete, or when the record
    /// has expired (its ttl counts from the first part), the next part opens a new window.
    ///
    /// @return whether the part was taken
    boolean writePartial(byte[] key, byte[] part);

    /// As [#writePartial(byte[], byte[])].
    boolean writePartial(byte[] key, byte[] part, WriteOptions options);

    /// As [#writePartial(byte[], byte[])], and says that no part is to come after this one.
    boolean writeFinal(byte[] key, byte[] part);

    /// As [#writeFinal(byte[], byte[])].
    boolean writeFinal(byte[] key, byte[] part, WriteOptions options);

    /// What was gathered for `key`, and whether that is all of it; null if nothing is there, or a
    /// value that was not gathered.
    Gathered gathered(byte[] key);

    /// A cursor over every entry.
    Cursor cursor();

    /// About how many entries there are; of a hashed keyspace exact when nothing was written since
    /// the last flush. In an ordered one each version counts until compaction drops it.
    long estimatedCount();

    /// Counts and sizes, as of now.
    KeyspaceStats stats();
}
