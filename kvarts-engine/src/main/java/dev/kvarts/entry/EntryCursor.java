package dev.kvarts.entry;

import java.lang.foreign.MemorySegment;

/// Walks over entries in the order of their keys, compared as unsigned bytes: of each key the
/// newest version that its reader may see, be it a value, a pointer to one or a tombstone.
///
/// Every source of an ordered keyspace has one: a memtable, a table, a merge of several. A new
/// cursor stands before the first entry. `previous` costs what `next` costs, and the direction may
/// change at every step. Moving off either end returns false and leaves the cursor there: from
/// before the first, `next` goes to the first entry; from behind the last, `previous` to the last.
///
/// Bytes that are damaged are a [dev.kvarts.api.CorruptionException], a failed read an
/// [java.io.UncheckedIOException].
///
/// Thread safety: one thread at a time. What it looks at is kept alive by who made it.
public interface EntryCursor extends AutoCloseable {
    /// Moves to the first entry. Returns whether there is one; so do all moves.
    boolean first();

    /// Moves to the last entry.
    boolean last();

    /// Moves to the first entry whose key is not lower.
    boolean seek(byte[] key, int keySize);

    /// Moves to the last entry whose key is lower.
    boolean seekBefore(byte[] key, int keySize);

    boolean next();

    boolean previous();

    /// Whether it stands on an entry.
    boolean valid();

    // Of the entry that it stands on; all valid until it moves.

    /// The key's bytes from index 0 on, in an array of the cursor's own.
    byte[] key();

    int keySize();

    /// The key's first 8 bytes as an unsigned big-endian number, padded with zeros: different heads
    /// order as their keys do.
    long head();

    long sequence();

    /// [EntryFormat#PUT], [EntryFormat#DELETE] or [EntryFormat#POINTER].
    byte kind();

    /// Native or heap; where the value lies, or what points to it.
    MemorySegment valueSegment();

    long valueOffset();

    long valueSize();

    /// Gives back what it holds of its own.
    @Override
    void close();
}
