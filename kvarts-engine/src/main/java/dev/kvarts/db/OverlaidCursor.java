package dev.kvarts.db;

import dev.kvarts.api.Cursor;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.db.TransactionKeyspace.Pending;
import dev.kvarts.txn.TrackedKey;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/// Walks over a hashed keyspace as a transaction sees it: over what it wrote, and then over the
/// entries of its snapshot that it did not write.
///
/// Thread safety: one thread at a time.
final class OverlaidCursor implements Cursor {
    private final Cursor base;
    private final Iterator<Map.Entry<TrackedKey, Pending>> writes;
    private final Set<ByteBuffer> written = new HashSet<>();
    private Map.Entry<TrackedKey, Pending> write; // that it stands on, or null

    OverlaidCursor(Cursor base, Map<TrackedKey, Pending> writes) {
        this.base = base;
        this.writes = writes.entrySet().iterator();
        writes.keySet().forEach(key -> written.add(ByteBuffer.wrap(key.bytes())));
    }

    @Override
    public boolean next() {
        while (writes.hasNext()) {
            write = writes.next();
            if (write.getValue().isValue()) {
                return true;
            }
        }
        write = null;
        while (base.next()) {
            if (written.isEmpty() || !written.contains(ByteBuffer.wrap(base.key()))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public byte[] key() {
        return write == null ? base.key() : write.getKey().bytes().clone();
    }

    @Override
    public byte[] value() {
        return write == null ? base.value() : write.getValue().value().clone();
    }

    @Override
    public int key(byte[] target) {
        return write == null ? base.key(target) : Bytes.copyFront(write.getKey().bytes(), target);
    }

    @Override
    public long value(byte[] target) {
        return write == null
                ? base.value(target)
                : Bytes.copyFront(write.getValue().value(), target);
    }

    @Override
    public MemorySegment keySegment() {
        return write == null
                ? base.keySegment()
                : MemorySegment.ofArray(write.getKey().bytes()).asReadOnly();
    }

    @Override
    public MemorySegment valueSegment() {
        return write == null
                ? base.valueSegment()
                : MemorySegment.ofArray(write.getValue().value()).asReadOnly();
    }

    @Override
    public void close() {
        base.close();
    }
}
