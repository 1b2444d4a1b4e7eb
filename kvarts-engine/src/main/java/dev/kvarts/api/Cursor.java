package dev.kvarts.api;

import java.lang.foreign.MemorySegment;

/// Walks over the entries of a keyspace. A new cursor stands before the first entry.
///
/// A hashed keyspace is walked in no useful order. Each entry that exists from the cursor's opening
/// to its end is seen exactly once; an entry that is written or deleted meanwhile is seen once or
/// not at all, with a value that it had during the walk. A cursor holds no lock and pins no memory
/// between calls; forgetting to close one leaks nothing but its own buffer.
///
/// Thread safety: one thread at a time.
public interface Cursor extends AutoCloseable {
    /// Moves to the next entry. Returns whether the cursor now stands on one.
    ///
    /// @throws IllegalStateException if the cursor, the keyspace or the database is closed
    boolean next();

    /// The current key, as a copy.
    ///
    /// @throws IllegalStateException if the cursor does not stand on an entry
    byte[] key();

    /// The current value, as a copy.
    byte[] value();

    /// Copies the current key to the beginning of an array, as much of it as fits. Returns the
    /// key's size.
    ///
    /// @throws IllegalStateException if the cursor does not stand on an entry
    int key(byte[] target);

    /// Copies the current value to the beginning of an array, as much of it as fits. Returns the
    /// value's size.
    long value(byte[] target);

    /// The current key without a copy; read-only, valid until the cursor moves or is closed.
    MemorySegment keySegment();

    /// The current value without a copy; read-only, valid until the cursor moves or is closed.
    MemorySegment valueSegment();

    @Override
    void close();
}
