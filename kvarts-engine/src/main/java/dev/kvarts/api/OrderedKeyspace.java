package dev.kvarts.api;

import java.util.Iterator;

/// A keyspace whose entries are in the order of their keys, compared as unsigned bytes.
///
/// Thread safety and errors as of every [Keyspace].
public interface OrderedKeyspace extends Keyspace {
    @Override
    OrderedKeyspace with(Token token);

    /// A cursor over every entry, as they are now.
    @Override
    OrderedCursor cursor();

    /// A cursor over the entries of a range, as they are now.
    OrderedCursor cursor(Range range);

    /// The entry with the lowest key, or null.
    Entry first();

    /// The entry with the highest key, or null.
    Entry last();

    /// The entry with the highest key that is not above `key`, or null.
    Entry floor(byte[] key);

    /// The entry with the lowest key that is not below `key`, or null.
    Entry ceiling(byte[] key);

    /// The entry with the highest key that is below `key`, or null.
    Entry lower(byte[] key);

    /// The entry with the lowest key that is above `key`, or null.
    Entry higher(byte[] key);

    /// Removes every entry of the range, at once and at the cost of one write, however many they
    /// are. An empty range removes nothing.
    void deleteRange(Range range);

    /// As [#deleteRange(Range)].
    void deleteRange(Range range, WriteOptions options);

    /// Writes entries that come in ascending order of their keys straight into tables, past log and
    /// memory. All of them appear at once, durable, when it returns, or none if it throws.
    ///
    /// @return how many they were
    /// @throws IllegalArgumentException if a key is not above the one before it, or the keyspace
    ///   has an entry between the first and the last of them
    /// @throws IllegalStateException if the keyspace keeps a history
    long ingest(Iterator<Entry> entries);

    /// Flushes, then merges what overlaps the range into as few tables as its strategy knows, so
    /// that nothing overwritten or deleted is left in it. For quiet hours.
    void compact(Range range);
}
