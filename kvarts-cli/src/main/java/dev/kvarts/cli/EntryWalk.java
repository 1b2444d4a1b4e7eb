package dev.kvarts.cli;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;

import java.util.function.LongConsumer;

/// Walks over those entries of a keyspace that were asked for. In an ordered one it goes straight
/// to them; of a hashed one every entry is looked at.
final class EntryWalk implements AutoCloseable {
    private final Cursor cursor;
    private final OrderedCursor ordered; // the same cursor, or null
    private final PrefixFilter filter;
    private final boolean reverse;
    private final LongConsumer looked;
    private boolean begun;

    private EntryWalk(
            Cursor cursor,
            OrderedCursor ordered,
            PrefixFilter filter,
            boolean reverse,
            LongConsumer looked) {
        this.cursor = cursor;
        this.ordered = ordered;
        this.filter = filter;
        this.reverse = reverse;
        this.looked = looked;
    }

    /// @param reverse from the highest key down
    /// @param looked is told how many entries were looked at
    /// @throws CommandException if an order of keys is asked for and there is none
    static EntryWalk over(
            Keyspace keyspace,
            RangeOptions range,
            Notation keys,
            boolean reverse,
            LongConsumer looked) {
        var filter = new PrefixFilter(range.prefix(keys));
        if (keyspace instanceof OrderedKeyspace ordered) {
            OrderedCursor cursor = ordered.cursor(range.range(keys));
            return new EntryWalk(cursor, cursor, filter, reverse, looked);
        }
        String needed = range.orderNeeded() != null ? range.orderNeeded() : "--reverse";
        if (reverse || range.orderNeeded() != null) {
            throw new CommandException(
                    ExitCode.USAGE,
                    needed
                            + " needs an ordered keyspace; "
                            + keyspace.name()
                            + " is hashed, its keys are in no order");
        }
        return new EntryWalk(keyspace.cursor(), null, filter, false, looked);
    }

    /// Goes to the next entry. Returns whether there is one.
    boolean next() {
        if (ordered == null) {
            return nextOfAll();
        }
        boolean found = !reverse ? cursor.next() : begun ? ordered.previous() : ordered.last();
        begun = true;
        looked.accept(found ? 1 : 0);
        return found;
    }

    private boolean nextOfAll() {
        while (cursor.next()) {
            looked.accept(1);
            if (filter.accepts(cursor.keySegment())) {
                return true;
            }
        }
        return false;
    }

    /// Stands on the entry.
    Cursor cursor() {
        return cursor;
    }

    @Override
    public void close() {
        cursor.close();
    }
}
