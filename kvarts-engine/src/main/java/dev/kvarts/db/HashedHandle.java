package dev.kvarts.db;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Token;
import dev.kvarts.entry.LiveSnapshots.Registration;
import dev.kvarts.hash.EntrySlices;
import dev.kvarts.hash.HashedKeyspace;

import java.util.Objects;

/// A hashed keyspace as a user holds it.
final class HashedHandle extends KeyspaceHandle {
    private final HashedKeyspace core;

    /// @param token what it shows; null: nothing
    HashedHandle(OpenDatabase database, HashedKeyspace core, Token token) {
        super(database, core, token);
        this.core = core;
    }

    @Override
    public Keyspace with(Token token) {
        Objects.requireNonNull(token, "token");
        return new HashedHandle(database(), core, token);
    }

    @Override
    public Cursor cursor() {
        rights().requireRead();
        return call(() -> new HashedCursor(this, core.slices(), null));
    }

    /// A cursor over what a snapshot sees. It may be used as long as that is live.
    ///
    /// @param owner of the snapshot
    Cursor cursorAt(Registration at, Object owner) {
        return call(
                () -> {
                    boolean there = at.sequence() >= core.bornAt();
                    EntrySlices slices = there ? core.slicesAsOf(at.sequence(), at.millis()) : null;
                    return new HashedCursor(this, slices, owner);
                });
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
