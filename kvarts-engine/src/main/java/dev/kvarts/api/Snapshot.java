package dev.kvarts.api;

import java.time.Instant;
import java.util.List;

/// The whole database as it was at one instant, in keyspaces of both kinds, whatever is written,
/// flushed or compacted meanwhile.
///
/// Having one is a number in a list and holds nobody up; what it keeps are old versions, in memory
/// and in files that would be given back otherwise, exactly as long as it needs them: close it. One
/// that is forgotten is found when it is collected as garbage; [DatabaseStats#snapshots()] and
/// [DatabaseStats#oldestSnapshotMillis()] show those that are open.
///
/// What expires is seen as it was at that instant, too. A keyspace that did not exist then is
/// empty; one that is dropped meanwhile is gone.
///
/// Errors: as of the same reads of a [Keyspace]; [IllegalStateException] after it was closed;
/// [IllegalArgumentException] for a keyspace of another database.
///
/// Thread safety: any number of threads.
public interface Snapshot extends AutoCloseable {
    /// Versions up to this sequence number are seen.
    long sequence();

    /// What time it was, as the database tells time.
    Instant instant();

    /// The value of `key`, or null.
    byte[] get(Keyspace keyspace, byte[] key);

    /// As [Keyspace#get(byte[], ValueReader)].
    <R> R get(Keyspace keyspace, byte[] key, ValueReader<R> reader);

    /// The values of `keys`, in their order, null where absent; all of the same instant.
    List<byte[]> getAll(Keyspace keyspace, List<byte[]> keys);

    /// Whether `key` existed.
    boolean contains(Keyspace keyspace, byte[] key);

    /// A cursor over every entry. It outlives the snapshot in an ordered keyspace, and not in a
    /// hashed one.
    Cursor cursor(Keyspace keyspace);

    /// A cursor over every entry.
    OrderedCursor cursor(OrderedKeyspace keyspace);

    /// A cursor over the entries of a range. It may be used after the snapshot was closed.
    OrderedCursor cursor(OrderedKeyspace keyspace, Range range);

    /// Lets go of what it keeps. A second close does nothing.
    @Override
    void close();
}
