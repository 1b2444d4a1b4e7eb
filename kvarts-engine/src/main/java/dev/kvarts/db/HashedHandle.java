package dev.kvarts.db;

import dev.kvarts.api.Cursor;
import dev.kvarts.hash.EntrySlices;
import dev.kvarts.hash.HashedKeyspace;

/// A hashed keyspace as a user holds it.
final class HashedHandle extends KeyspaceHandle {
    private final HashedKeyspace core;

    HashedHandle(OpenDatabase database, HashedKeyspace core) {
        super(database, core);
        this.core = core;
    }

    @Override
    public Cursor cursor() {
        return call(() -> new HashedCursor(this, core.slices()));
    }

    /// One step of a cursor.
    boolean nextSlice(EntrySlices slices) {
        return call(slices::next);
    }

    @Override
    public String toString() {
        return "hashed keyspace " + core.name();
    }
}
