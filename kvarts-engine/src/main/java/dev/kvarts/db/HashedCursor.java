package dev.kvarts.db;

import dev.kvarts.api.Cursor;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.hash.EntrySlices;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// Walks over the entries of a hashed keyspace, a slice of about a thousand at a time.
final class HashedCursor implements Cursor {
    private final HashedHandle keyspace;
    private final Object owner; // of the snapshot that it looks at; null: at what is there
    private EntrySlices slices; // null when there is nothing
    private boolean closed;
    private int position = -1;
    private int count;

    HashedCursor(HashedHandle keyspace, EntrySlices slices, Object owner) {
        this.keyspace = keyspace;
        this.owner = owner;
        this.slices = slices;
    }

    @Override
    public boolean next() {
        if (closed) {
            throw new IllegalStateException("cursor is closed");
        }
        if (position + 1 < count) {
            keyspace.checkOpen();
            position++;
            return true;
        }
        if (slices != null && nextSlice()) {
            count = slices.keys().size();
            position = 0;
            return true;
        }
        count = 0;
        position = -1;
        return false;
    }

    private boolean nextSlice() {
        if (owner instanceof OpenSnapshot snapshot) {
            return snapshot.read(_ -> keyspace.nextSlice(slices));
        }
        if (owner instanceof OpenTransaction transaction) {
            transaction.requireOpen();
        }
        try {
            return keyspace.nextSlice(slices);
        } finally {
            Reference.reachabilityFence(owner);
        }
    }

    private int standing() {
        if (closed) {
            throw new IllegalStateException("cursor is closed");
        }
        if (position < 0 || position >= count) {
            throw new IllegalStateException("cursor does not stand on an entry");
        }
        return position;
    }

    @Override
    public byte[] key() {
        int at = standing();
        return slices.keys().get(at).clone();
    }

    @Override
    public byte[] value() {
        int at = standing();
        return slices.values().get(at).clone();
    }

    @Override
    public int key(byte[] target) {
        int at = standing();
        return Bytes.copyFront(slices.keys().get(at), target);
    }

    @Override
    public long value(byte[] target) {
        int at = standing();
        return Bytes.copyFront(slices.values().get(at), target);
    }

    @Override
    public MemorySegment keySegment() {
        int at = standing();
        return MemorySegment.ofArray(slices.keys().get(at)).asReadOnly();
    }

    @Override
    public MemorySegment valueSegment() {
        int at = standing();
        return MemorySegment.ofArray(slices.values().get(at)).asReadOnly();
    }

    @Override
    public void close() {
        closed = true;
        slices = null;
    }
}
