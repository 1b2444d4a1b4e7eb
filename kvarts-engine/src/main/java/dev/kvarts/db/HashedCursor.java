package dev.kvarts.db;

import dev.kvarts.api.Cursor;
import dev.kvarts.hash.EntrySlices;

import java.lang.foreign.MemorySegment;

/// Walks over the entries of a hashed keyspace, a slice of about a thousand at a time.
final class HashedCursor implements Cursor {
    private final HashedHandle keyspace;
    private EntrySlices slices; // null when closed
    private int position = -1;
    private int count;

    HashedCursor(HashedHandle keyspace, EntrySlices slices) {
        this.keyspace = keyspace;
        this.slices = slices;
    }

    @Override
    public boolean next() {
        if (slices == null) {
            throw new IllegalStateException("cursor is closed");
        }
        if (position + 1 < count) {
            keyspace.checkOpen();
            position++;
            return true;
        }
        if (keyspace.nextSlice(slices)) {
            count = slices.keys().size();
            position = 0;
            return true;
        }
        count = 0;
        position = -1;
        return false;
    }

    private int standing() {
        if (slices == null || position < 0 || position >= count) {
            throw new IllegalStateException("cursor does not stand on an entry");
        }
        return position;
    }

    @Override
    public byte[] key() {
        return slices == null ? closed() : slices.keys().get(standing()).clone();
    }

    @Override
    public byte[] value() {
        return slices == null ? closed() : slices.values().get(standing()).clone();
    }

    private static byte[] closed() {
        throw new IllegalStateException("cursor is closed");
    }

    @Override
    public int key(byte[] target) {
        return copy(slices.keys().get(standing()), target);
    }

    @Override
    public long value(byte[] target) {
        return copy(slices.values().get(standing()), target);
    }

    private static int copy(byte[] bytes, byte[] target) {
        System.arraycopy(bytes, 0, target, 0, Math.min(bytes.length, target.length));
        return bytes.length;
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
        slices = null;
    }
}
