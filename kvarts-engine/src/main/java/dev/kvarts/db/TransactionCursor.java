package dev.kvarts.db;

import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.Range;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.db.TransactionKeyspace.Pending;
import dev.kvarts.txn.TrackedKey;
import dev.kvarts.txn.TrackedRange;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;

/// Walks over an ordered keyspace as a transaction sees it: the entries of its snapshot, over which
/// its own writes lie, also those that it makes meanwhile.
///
/// The snapshot's cursor stands on the entry it is on, or on the next one in the direction of the
/// last move; writes are looked up anew at every step. What was passed is noted, from where the
/// cursor was put to how far it came, so that a phantom in between is a conflict and one elsewhere
/// is not.
///
/// Thread safety: one thread at a time.
final class TransactionCursor implements OrderedCursor {
    private final OpenTransaction transaction;
    private final TransactionKeyspace keyspace;
    private final OrderedCursor base;
    private final byte[] from;
    private final byte[] to; // null: no end

    private enum Place {
        BEFORE,
        ON,
        BEHIND
    }

    private Place place = Place.BEFORE;
    private boolean forward = true; // the direction of the last move
    private boolean baseOn; // whether the snapshot's cursor stands on an entry
    private byte[] key; // that it stands on
    private Pending write; // that it stands on; null: on the snapshot's entry
    private TrackedRange passed; // since it was put somewhere; null if that is not noted
    private boolean closed;

    TransactionCursor(
            OpenTransaction transaction,
            TransactionKeyspace keyspace,
            OrderedCursor base,
            Range range) {
        this.transaction = transaction;
        this.keyspace = keyspace;
        this.base = base;
        this.from = range.from();
        this.to = range.to();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("cursor is closed");
        }
        transaction.requireOpen();
    }

    // Moves to somewhere.

    @Override
    public boolean first() {
        return seekFrom(from);
    }

    @Override
    public boolean seek(byte[] target) {
        Objects.requireNonNull(target, "key");
        return seekFrom(Arrays.compareUnsigned(target, from) < 0 ? from : target);
    }

    private boolean seekFrom(byte[] target) {
        requireOpen();
        forward = true;
        passed = transaction.trackRange(keyspace, target, to);
        baseOn = base.seek(target);
        boolean there = onward(target, true);
        if (passed != null && there) {
            passed.to(Checks.behind(key));
        }
        return there;
    }

    @Override
    public boolean last() {
        return seekBelow(to);
    }

    @Override
    public boolean seekBefore(byte[] target) {
        Objects.requireNonNull(target, "key");
        return seekBelow(to != null && Arrays.compareUnsigned(target, to) > 0 ? to : target);
    }

    /// @param target null: from the end
    private boolean seekBelow(byte[] target) {
        requireOpen();
        forward = false;
        passed = transaction.trackRange(keyspace, from, target);
        baseOn = target == null ? base.last() : base.seekBefore(target);
        boolean there = backward(target);
        if (passed != null && there) {
            passed.from(key);
        }
        return there;
    }

    // Steps.

    @Override
    public boolean next() {
        requireOpen();
        return switch (place) {
            case BEFORE -> first();
            case BEHIND -> false;
            case ON -> {
                byte[] at = key;
                if (!forward) {
                    baseOn = base.seek(at);
                    forward = true;
                }
                boolean there = onward(at, false);
                if (passed != null) {
                    extendTo(there ? Checks.behind(key) : to);
                }
                yield there;
            }
        };
    }

    @Override
    public boolean previous() {
        requireOpen();
        return switch (place) {
            case BEFORE -> false;
            case BEHIND -> last();
            case ON -> {
                byte[] at = key;
                if (forward) {
                    baseOn = base.seekBefore(at);
                    forward = false;
                }
                boolean there = backward(at);
                if (passed != null) {
                    extendFrom(there ? key : from);
                }
                yield there;
            }
        };
    }

    private void extendTo(byte[] end) {
        byte[] present = passed.to();
        if (present != null && (end == null || Arrays.compareUnsigned(end, present) > 0)) {
            passed.to(end);
        }
    }

    private void extendFrom(byte[] begin) {
        if (Arrays.compareUnsigned(begin, passed.from()) < 0) {
            passed.from(begin);
        }
    }

    /// Goes to the first entry behind a key, or at it.
    private boolean onward(byte[] start, boolean inclusive) {
        byte[] at = start;
        boolean orAt = inclusive;
        while (true) {
            baseOn = passBase(at, orAt);
            Map.Entry<byte[], TrackedKey> own = writes().tailMap(at, orAt).firstEntry();
            if (own != null && to != null && Arrays.compareUnsigned(own.getKey(), to) >= 0) {
                own = null;
            }
            if (own == null && !baseOn) {
                return leave(Place.BEHIND);
            }
            byte[] baseKey = baseOn ? base.key() : null;
            boolean ownFirst =
                    own != null
                            && (baseKey == null
                                    || Arrays.compareUnsigned(own.getKey(), baseKey) <= 0);
            if (ownFirst ? standOn(own.getValue()) : standOnBase(baseKey)) {
                return true;
            }
            at = ownFirst ? own.getKey() : baseKey;
            orAt = false;
        }
    }

    /// Moves the snapshot's cursor on to an entry behind a key, or at it. Requires: it stands
    /// nowhere, or not far before.
    private boolean passBase(byte[] at, boolean orAt) {
        boolean on = baseOn;
        while (on) {
            int order = Arrays.compareUnsigned(base.key(), at);
            if (order > 0 || order == 0 && orAt) {
                break;
            }
            on = base.next();
        }
        return on;
    }

    /// Goes to the last entry before a key; null: to the last.
    private boolean backward(byte[] start) {
        byte[] at = start;
        while (true) {
            while (baseOn && at != null && Arrays.compareUnsigned(base.key(), at) >= 0) {
                baseOn = base.previous();
            }
            NavigableMap<byte[], TrackedKey> below =
                    at == null ? writes() : writes().headMap(at, false);
            Map.Entry<byte[], TrackedKey> own = below.lastEntry();
            if (own != null && Arrays.compareUnsigned(own.getKey(), from) < 0) {
                own = null;
            }
            if (own == null && !baseOn) {
                return leave(Place.BEFORE);
            }
            byte[] baseKey = baseOn ? base.key() : null;
            boolean ownFirst =
                    own != null
                            && (baseKey == null
                                    || Arrays.compareUnsigned(own.getKey(), baseKey) >= 0);
            if (ownFirst ? standOn(own.getValue()) : standOnBase(baseKey)) {
                return true;
            }
            at = ownFirst ? own.getKey() : baseKey;
        }
    }

    private NavigableMap<byte[], TrackedKey> writes() {
        return keyspace.sorted();
    }

    private boolean leave(Place where) {
        place = where;
        key = null;
        write = null;
        return false;
    }

    /// Returns false if the write is a tombstone.
    private boolean standOn(TrackedKey own) {
        Pending pending = keyspace.written(own);
        if (!pending.isValue()) {
            return false;
        }
        place = Place.ON;
        key = own.bytes();
        write = pending;
        return true;
    }

    /// Returns false if the transaction deleted a range with it.
    private boolean standOnBase(byte[] baseKey) {
        if (keyspace.isDeleted(baseKey)) {
            return false;
        }
        place = Place.ON;
        key = baseKey;
        write = null;
        return true;
    }

    // What it stands on.

    private void requireOn() {
        requireOpen();
        if (place != Place.ON) {
            throw new IllegalStateException("cursor does not stand on an entry");
        }
    }

    @Override
    public byte[] key() {
        requireOn();
        return key.clone();
    }

    @Override
    public byte[] value() {
        requireOn();
        return write == null ? base.value() : write.value().clone();
    }

    @Override
    public int key(byte[] target) {
        requireOn();
        return Bytes.copyFront(key, target);
    }

    @Override
    public long value(byte[] target) {
        requireOn();
        return write == null ? base.value(target) : Bytes.copyFront(write.value(), target);
    }

    @Override
    public MemorySegment keySegment() {
        requireOn();
        return MemorySegment.ofArray(key).asReadOnly();
    }

    @Override
    public MemorySegment valueSegment() {
        requireOn();
        return write == null
                ? base.valueSegment()
                : MemorySegment.ofArray(write.value()).asReadOnly();
    }

    @Override
    public void close() {
        closed = true;
        base.close();
    }
}
