package dev.kvarts.api;

/// Walks over the entries of an ordered keyspace, or of a range of it, in the order of their keys,
/// both ways at the same cost. A new cursor stands before the first entry.
///
/// It sees the keyspace as it was when the cursor was opened, whatever is written, flushed or
/// compacted meanwhile. For that it holds on to files and memory that would otherwise be given
/// back: close it when it is no longer needed. One that is forgotten is found when it is collected
/// as garbage, and then what it held is given back; [Options#reportLeaks()] tells where it came
/// from.
///
/// Moves stay within the range of the cursor: `seek` to a key below it goes to its first entry. A
/// move that finds no entry leaves the cursor behind the last entry or before the first, from where
/// `previous` or `next` leads back.
///
/// Errors: [CorruptionException] when bytes read are not those written, with file and offset; what
/// was returned before was right. [IllegalStateException] after the cursor, the keyspace or the
/// database is closed, and when another thread moves the cursor at the same time.
///
/// Thread safety: one thread at a time.
public interface OrderedCursor extends Cursor {
    /// Moves to the entry before. Returns whether there is one.
    boolean previous();

    /// Moves to the first entry. Returns whether there is one.
    boolean first();

    /// Moves to the last entry. Returns whether there is one.
    boolean last();

    /// Moves to the first entry whose key is not lower than `key`. Returns whether there is one.
    boolean seek(byte[] key);

    /// Moves to the last entry whose key is lower than `key`. Returns whether there is one.
    boolean seekBefore(byte[] key);
}
