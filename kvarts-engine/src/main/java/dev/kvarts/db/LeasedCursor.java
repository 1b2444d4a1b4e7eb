package dev.kvarts.db;

import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.Range;
import dev.kvarts.entry.LiveSnapshots.Registration;
import dev.kvarts.entry.Lookup;
import dev.kvarts.lsm.Lease;
import dev.kvarts.lsm.LsmCursor;
import dev.kvarts.lsm.LsmKeyspace;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.function.Function;

/// A cursor as a user holds it: refuses moves after closing and from two threads at once, and lets
/// closing of the database wait for a move that is under way.
///
/// A move announces itself in the lease and then looks whether the database is open; closing says
/// that it is not and then looks whether somebody is inside. One of them sees the other.
final class LeasedCursor implements OrderedCursor {
    private final OrderedHandle keyspace;
    private final LsmKeyspace core;
    private Lease lease; // null when closed
    private LsmCursor cursor;

    private LeasedCursor(OrderedHandle keyspace, LsmKeyspace core) {
        this.keyspace = keyspace;
        this.core = core;
    }

    static LeasedCursor open(OrderedHandle keyspace, LsmKeyspace core, Range range) {
        var opened = new LeasedCursor(keyspace, core);
        opened.take(core.lease(opened), lease -> core.cursor(lease, range));
        return opened;
    }

    /// Opens a cursor over what a live snapshot sees.
    static LeasedCursor openAsOf(
            OrderedHandle keyspace, LsmKeyspace core, Range range, Registration at) {
        var opened = new LeasedCursor(keyspace, core);
        opened.take(
                core.leaseAsOf(opened, at.sequence()),
                lease -> core.cursorAsOf(lease, at.sequence(), at.millis(), range));
        return opened;
    }

    private void take(Lease begun, Function<Lease, LsmCursor> cursors) {
        try {
            cursor = cursors.apply(begun);
            lease = begun;
        } catch (RuntimeException | Error e) {
            core.end(begun);
            throw e;
        }
    }

    private enum Move {
        FIRST,
        LAST,
        NEXT,
        PREVIOUS,
        SEEK,
        SEEK_BEFORE
    }

    private Lease enter() {
        Lease held = lease;
        if (held == null) {
            throw new IllegalStateException("cursor is closed");
        }
        if (!held.enter()) {
            throw new IllegalStateException("cursor is used by another thread at the same time");
        }
        try {
            keyspace.checkUsable();
            return held;
        } catch (IllegalStateException e) {
            held.exit();
            throw e;
        }
    }

    private boolean move(Move move, byte[] key) {
        Lease held = enter();
        try {
            return switch (move) {
                case NEXT -> cursor.next();
                case PREVIOUS -> cursor.previous();
                case FIRST -> cursor.first();
                case LAST -> cursor.last();
                case SEEK -> cursor.seek(key);
                case SEEK_BEFORE -> cursor.seekBefore(key);
            };
        } catch (UncheckedIOException e) {
            throw OpenDatabase.storage(e);
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        } finally {
            held.exit();
            Reference.reachabilityFence(this); // one that moves is not forgotten
        }
    }

    @Override
    public boolean next() {
        return move(Move.NEXT, null);
    }

    @Override
    public boolean previous() {
        return move(Move.PREVIOUS, null);
    }

    @Override
    public boolean first() {
        return move(Move.FIRST, null);
    }

    @Override
    public boolean last() {
        return move(Move.LAST, null);
    }

    @Override
    public boolean seek(byte[] key) {
        return move(Move.SEEK, Objects.requireNonNull(key, "key"));
    }

    @Override
    public boolean seekBefore(byte[] key) {
        return move(Move.SEEK_BEFORE, Objects.requireNonNull(key, "key"));
    }

    /// What it stands on. Does not announce itself: what is looked at is pinned, and if the
    /// database is closed meanwhile the segment that it lies in says so.
    private LsmCursor standing() {
        if (lease == null) {
            throw new IllegalStateException("cursor is closed");
        }
        keyspace.checkUsable();
        if (!cursor.valid()) {
            throw new IllegalStateException("cursor does not stand on an entry");
        }
        return cursor;
    }

    @Override
    public byte[] key() {
        return standing().copyKey();
    }

    @Override
    public byte[] value() {
        LsmCursor at = standing();
        try {
            return at.copyValue();
        } catch (UncheckedIOException e) {
            throw OpenDatabase.storage(e);
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public int key(byte[] target) {
        return standing().copyKey(target);
    }

    @Override
    public long value(byte[] target) {
        LsmCursor at = standing();
        try {
            return at.copyValue(target);
        } catch (UncheckedIOException e) {
            throw OpenDatabase.storage(e);
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public MemorySegment keySegment() {
        LsmCursor at = standing();
        return MemorySegment.ofArray(at.keyArray()).asSlice(0, at.keySize()).asReadOnly();
    }

    @Override
    public MemorySegment valueSegment() {
        LsmCursor at = standing();
        try {
            Lookup value = at.value();
            return value.segment.asSlice(value.valueOffset, value.valueSize).asReadOnly();
        } catch (UncheckedIOException e) {
            throw OpenDatabase.storage(e);
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        Lease held = lease;
        if (held == null) {
            return;
        }
        if (!held.enter()) {
            throw new IllegalStateException("cursor is used by another thread at the same time");
        }
        lease = null;
        try {
            cursor.close();
        } finally {
            held.exit();
            core.end(held);
        }
    }
}
