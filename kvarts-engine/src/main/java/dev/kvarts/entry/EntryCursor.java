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
/// What it stands on is in fields, which every move sets: a look at them is no call of one class or
/// another, of which there would be three, one behind the other, for each of eight facts per entry.
///
/// Thread safety: one thread at a time. What it looks at is kept alive by who made it.
public abstract class EntryCursor implements AutoCloseable {
    private static final byte[] NO_KEY = new byte[0];

    // Of the entry that it stands on.
    protected byte[] key = NO_KEY;
    protected int keySize;
    protected long head;
    protected long sequence;
    protected byte kind;
    protected MemorySegment valueSegment;
    protected long valueOffset;
    protected long valueSize;

    /// Moves to the first entry. Returns whether there is one; so do all moves.
    public abstract boolean first();

    /// Moves to the last entry.
    public abstract boolean last();

    /// Loads what a seek of this key will look at first, so that several sources wait for memory at
    /// the same time instead of one after the other. Returns something of it.
    public long approach(byte[] key, int keySize) {
        return 0;
    }

    /// Moves to the first entry whose key is not lower.
    public abstract boolean seek(byte[] key, int keySize);

    /// Moves to the last entry whose key is lower.
    public abstract boolean seekBefore(byte[] key, int keySize);

    public abstract boolean next();

    public abstract boolean previous();

    /// Whether it stands on an entry.
    public abstract boolean valid();

    /// Stands on what another cursor stands on, until one of them moves. Returns true.
    protected final boolean standAs(EntryCursor other) {
        key = other.key;
        keySize = other.keySize;
        head = other.head;
        sequence = other.sequence;
        kind = other.kind;
        valueSegment = other.valueSegment;
        valueOffset = other.valueOffset;
        valueSize = other.valueSize;
        return true;
    }

    // Of the entry that it stands on; all valid until it moves.

    /// The key's bytes from index 0 on, in an array of the cursor's own.
    public byte[] key() {
        return key;
    }

    public final int keySize() {
        return keySize;
    }

    /// The key's first 8 bytes as an unsigned big-endian number, padded with zeros: different heads
    /// order as their keys do.
    public final long head() {
        return head;
    }

    public final long sequence() {
        return sequence;
    }

    /// [EntryFormat#PUT], [EntryFormat#DELETE] or [EntryFormat#POINTER].
    public final byte kind() {
        return kind;
    }

    /// Native or heap; where the value lies, or what points to it.
    public final MemorySegment valueSegment() {
        return valueSegment;
    }

    public final long valueOffset() {
        return valueOffset;
    }

    public final long valueSize() {
        return valueSize;
    }

    /// Gives back what it holds of its own.
    @Override
    public abstract void close();
}
