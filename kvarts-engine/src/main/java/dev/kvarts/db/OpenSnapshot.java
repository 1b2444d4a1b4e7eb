package dev.kvarts.db;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.ValueReader;
import dev.kvarts.entry.LiveSnapshots.Registration;

import java.lang.ref.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// A snapshot that is open.
///
/// Readers are counted: the versions that one looks at may be forgotten as soon as the snapshot
/// ends, so it ends when it was closed and the last of them has gone.
final class OpenSnapshot implements Snapshot {
    private static final int CLOSED = 1 << 30;

    private final OpenDatabase database;
    private final Registration at;
    private final AtomicInteger readers = new AtomicInteger(); // and CLOSED

    OpenSnapshot(OpenDatabase database) {
        this.database = database;
        this.at = database.beginSnapshot(this);
    }

    @Override
    public long sequence() {
        return at.sequence();
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(at.millis());
    }

    /// Reads while the snapshot is open.
    <R> R read(Function<Registration, R> work) {
        if (readers.getAndIncrement() >= CLOSED) {
            leave();
            throw new IllegalStateException("snapshot is closed");
        }
        try {
            return work.apply(at);
        } finally {
            leave();
            Reference.reachabilityFence(this); // one that is read is not forgotten
        }
    }

    private void leave() {
        if (readers.decrementAndGet() == CLOSED) {
            at.close();
        }
    }

    @Override
    public byte[] get(Keyspace keyspace, byte[] key) {
        KeyspaceHandle handle = database.toRead(keyspace);
        return read(now -> handle.getAt(now, key));
    }

    @Override
    public <R> R get(Keyspace keyspace, byte[] key, ValueReader<R> reader) {
        Objects.requireNonNull(reader, "reader");
        KeyspaceHandle handle = database.toRead(keyspace);
        return read(now -> handle.readAt(now, key, reader));
    }

    @Override
    public List<byte[]> getAll(Keyspace keyspace, List<byte[]> keys) {
        List<byte[]> values = new ArrayList<>(keys.size());
        keys.forEach(key -> values.add(get(keyspace, key)));
        return values;
    }

    @Override
    public boolean contains(Keyspace keyspace, byte[] key) {
        KeyspaceHandle handle = database.toRead(keyspace);
        return read(now -> handle.containsAt(now, key));
    }

    @Override
    public Cursor cursor(Keyspace keyspace) {
        return switch (database.toRead(keyspace)) {
            case OrderedHandle ordered -> cursor(ordered);
            case HashedHandle hashed -> read(now -> hashed.cursorAt(now, this));
        };
    }

    @Override
    public OrderedCursor cursor(OrderedKeyspace keyspace) {
        return cursor(keyspace, Range.all());
    }

    @Override
    public OrderedCursor cursor(OrderedKeyspace keyspace, Range range) {
        OrderedHandle handle = (OrderedHandle) database.toRead(keyspace);
        return read(now -> handle.cursorAt(now, range));
    }

    @Override
    public void close() {
        int before = readers.getAndUpdate(count -> count >= CLOSED ? count : count + CLOSED);
        if (before == 0) {
            at.close();
        }
    }
}
