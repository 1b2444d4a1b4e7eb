package dev.kvarts.db;

import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.RangeDelete;

import java.lang.foreign.MemorySegment;

final class Batch implements WriteBatch {
    private final OpenDatabase database;
    private final EntryBatch entries = new EntryBatch();
    private boolean written;

    Batch(OpenDatabase database) {
        this.database = database;
    }

    OpenDatabase database() {
        return database;
    }

    EntryBatch entries() {
        return entries;
    }

    void markWritten() {
        if (written) {
            throw new IllegalStateException(
                    "batch was written already; clear() makes it usable again");
        }
        written = true;
    }

    private KeyspaceHandle handle(Keyspace keyspace) {
        KeyspaceHandle handle = database.handleOf(keyspace);
        if (written) {
            throw new IllegalStateException(
                    "batch was written already; clear() makes it usable again");
        }
        return handle;
    }

    @Override
    public WriteBatch put(Keyspace keyspace, byte[] key, byte[] value) {
        KeyspaceHandle handle = handle(keyspace);
        Checks.key(key);
        Checks.value(value);
        entries.add(EntryFormat.PUT, handle.number(), key, key.length, value, value.length);
        return this;
    }

    @Override
    public WriteBatch put(Keyspace keyspace, MemorySegment key, MemorySegment value) {
        KeyspaceHandle handle = handle(keyspace);
        Checks.key(key);
        Checks.value(value);
        byte[] copy = database.lookup().scratchOf(key);
        entries.add(
                EntryFormat.PUT,
                handle.number(),
                copy,
                (int) key.byteSize(),
                value,
                value.byteSize());
        return this;
    }

    @Override
    public WriteBatch delete(Keyspace keyspace, byte[] key) {
        KeyspaceHandle handle = handle(keyspace);
        Checks.key(key);
        entries.add(EntryFormat.DELETE, handle.number(), key, key.length, null, 0);
        return this;
    }

    @Override
    public WriteBatch delete(Keyspace keyspace, MemorySegment key) {
        KeyspaceHandle handle = handle(keyspace);
        Checks.key(key);
        byte[] copy = database.lookup().scratchOf(key);
        entries.add(EntryFormat.DELETE, handle.number(), copy, (int) key.byteSize(), null, 0);
        return this;
    }

    @Override
    public WriteBatch deleteRange(OrderedKeyspace keyspace, Range range) {
        KeyspaceHandle handle = handle(keyspace);
        byte[] from = Checks.range(range).from();
        if (!range.isEmpty()) {
            byte[] end = RangeDelete.encode(range.to());
            entries.add(
                    EntryFormat.RANGE_DELETE, handle.number(), from, from.length, end, end.length);
        }
        return this;
    }

    @Override
    public int count() {
        return entries.count();
    }

    @Override
    public long sizeBytes() {
        return entries.userBytes();
    }

    @Override
    public WriteBatch clear() {
        entries.clear();
        written = false;
        return this;
    }
}
