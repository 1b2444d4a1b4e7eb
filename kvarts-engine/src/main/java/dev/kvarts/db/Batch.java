package dev.kvarts.db;

import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.RangeDelete;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

final class Batch implements WriteBatch {
    /// Kind of an entry whose value is an operand. It never leaves a batch but to a transaction:
    /// what is logged is what the merge came to.
    static final byte MERGE = 64;

    private final OpenDatabase database;
    private final EntryBatch entries = new EntryBatch();
    private final Map<Integer, KeyspaceHandle> handles = new HashMap<>(); // that were used
    private boolean merges;
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
        handle.rights().requireWrite();
        handles.put(handle.number(), handle);
        return handle;
    }

    /// The rights of its handles when it is written.
    void requireRights() {
        handles.values().forEach(handle -> handle.rights().requireWrite());
    }

    /// Whether what it writes depends on what is there.
    boolean hasMerges() {
        return merges;
    }

    @Override
    public WriteBatch merge(Keyspace keyspace, byte[] key, byte[] operand) {
        KeyspaceHandle handle = handle(keyspace);
        Checks.key(key);
        Checks.value(operand);
        handle.merging(key, operand); // throws now rather than later
        entries.add(MERGE, handle.number(), key, key.length, operand, operand.length);
        merges = true;
        return this;
    }

    @Override
    public WriteBatch put(Keyspace keyspace, byte[] key, byte[] value) {
        return put(keyspace, key, value, null);
    }

    @Override
    public WriteBatch put(Keyspace keyspace, MemorySegment key, MemorySegment value) {
        return put(keyspace, key, value, null);
    }

    @Override
    public WriteBatch put(Keyspace keyspace, byte[] key, byte[] value, Duration ttl) {
        KeyspaceHandle handle = handle(keyspace);
        Checks.key(key);
        Checks.value(value);
        add(handle, key, key.length, value, value.length, handle.expiry(ttl));
        return this;
    }

    @Override
    public WriteBatch put(Keyspace keyspace, MemorySegment key, MemorySegment value, Duration ttl) {
        KeyspaceHandle handle = handle(keyspace);
        Checks.key(key);
        Checks.value(value);
        byte[] copy = database.lookup().scratchOf(key);
        int keySize = (int) key.byteSize();
        add(handle, copy, keySize, value, value.byteSize(), handle.expiry(ttl));
        return this;
    }

    private void add(
            KeyspaceHandle handle,
            byte[] key,
            int keySize,
            Object value,
            long valueSize,
            long expiry) {
        if (expiry == 0) {
            entries.add(EntryFormat.PUT, handle.number(), key, keySize, value, valueSize);
        } else {
            entries.add(
                    EntryFormat.PUT_EXPIRING,
                    handle.number(),
                    key,
                    keySize,
                    EntryFormat.expiring(value, expiry),
                    valueSize + EntryFormat.EXPIRY_SIZE);
        }
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
        handles.clear();
        merges = false;
        written = false;
        return this;
    }
}
