package dev.kvarts.db;

import dev.kvarts.api.Entry;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Token;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.entry.LiveSnapshots.Registration;
import dev.kvarts.lsm.LsmKeyspace;

import java.util.Iterator;
import java.util.Objects;
import java.util.function.Predicate;

/// An ordered keyspace as a user holds it.
final class OrderedHandle extends KeyspaceHandle implements OrderedKeyspace {
    private final LsmKeyspace core;

    /// @param token what it shows; null: nothing
    OrderedHandle(OpenDatabase database, LsmKeyspace core, Token token) {
        super(database, core, token);
        this.core = core;
    }

    @Override
    public OrderedKeyspace with(Token token) {
        Objects.requireNonNull(token, "token");
        return new OrderedHandle(database(), core, token);
    }

    @Override
    public OrderedCursor cursor() {
        return cursor(Range.all());
    }

    @Override
    public OrderedCursor cursor(Range range) {
        Checks.range(range);
        rights().requireRead();
        return call(() -> LeasedCursor.open(this, core, range));
    }

    /// A cursor over what a live snapshot sees of a range.
    OrderedCursor cursorAt(Registration at, Range range) {
        Checks.range(range);
        if (at.sequence() < core.bornAt()) {
            Range empty = Range.closedOpen(range.from(), range.from());
            return call(() -> LeasedCursor.open(this, core, empty));
        }
        return call(() -> LeasedCursor.openAsOf(this, core, range, at));
    }

    /// The entry that a new cursor is moved to, or null.
    private Entry entry(Predicate<OrderedCursor> move) {
        try (OrderedCursor cursor = cursor()) {
            return move.test(cursor) ? new Entry(cursor.key(), cursor.value()) : null;
        }
    }

    @Override
    public Entry first() {
        return entry(OrderedCursor::first);
    }

    @Override
    public Entry last() {
        return entry(OrderedCursor::last);
    }

    @Override
    public Entry ceiling(byte[] key) {
        Checks.key(key);
        return entry(cursor -> cursor.seek(key));
    }

    @Override
    public Entry higher(byte[] key) {
        Checks.key(key);
        return entry(cursor -> cursor.seek(Checks.behind(key)));
    }

    @Override
    public Entry lower(byte[] key) {
        Checks.key(key);
        return entry(cursor -> cursor.seekBefore(key));
    }

    @Override
    public Entry floor(byte[] key) {
        Checks.key(key);
        return entry(cursor -> cursor.seekBefore(Checks.behind(key)));
    }

    @Override
    public void deleteRange(Range range) {
        deleteRange(range, new WriteOptions(database().defaultDurability()));
    }

    @Override
    public void deleteRange(Range range, WriteOptions options) {
        Objects.requireNonNull(options, "options");
        database().write(database().batch().deleteRange(this, range), options.durability());
    }

    @Override
    public long ingest(Iterator<Entry> entries) {
        Objects.requireNonNull(entries, "entries");
        if (database().historyOf(number()) != null) {
            throw new IllegalStateException(
                    "ingest: the keyspace keeps a history, name=" + core.name());
        }
        rights().requireWrite();
        requireRoom();
        return counted(
                () ->
                        core.ingest(
                                entries,
                                Checks::entry,
                                database().environment().pipeline()::writeUnlogged));
    }

    @Override
    public void compact(Range range) {
        Checks.range(range);
        rights().requireWrite();
        call(
                () -> {
                    core.compact(range);
                    return null;
                });
    }

    @Override
    public String toString() {
        return "ordered keyspace " + core.name();
    }
}
