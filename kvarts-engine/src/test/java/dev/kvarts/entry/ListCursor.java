package dev.kvarts.entry;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;

/// A source of entries in memory that counts what is asked of it.
public final class ListCursor extends EntryCursor {
    /// One version of a key.
    ///
    /// @param value null: a tombstone
    public record Version(byte[] key, long sequence, byte[] value) {}

    private final List<Version> versions; // one of each key, ascending
    private final MemorySegment[] values;
    private int at = -1;

    public long moves;
    public long seeks;
    public long keyLooks;
    public boolean closed;
    public int failAt = -1; // moves until one fails

    public ListCursor(NavigableMap<byte[], Version> byKey) {
        this.versions = List.copyOf(byKey.values());
        this.values = new MemorySegment[versions.size()];
        for (int i = 0; i < values.length; i++) {
            byte[] value = versions.get(i).value;
            values[i] = MemorySegment.ofArray(value == null ? new byte[0] : value);
        }
    }

    private boolean standOn(int index) {
        moves++;
        if (failAt >= 0 && failAt-- == 0) {
            throw new java.io.UncheckedIOException(new java.io.IOException("planned"));
        }
        Arrays.fill(key, (byte) 0xCC); // who kept the array sees it
        at = Math.clamp(index, -1, versions.size());
        if (valid()) {
            byte[] own = versions.get(at).key;
            key = new byte[own.length + 3];
            System.arraycopy(own, 0, key, 0, own.length);
            keySize = own.length;
            head = ByteBuffer.wrap(Arrays.copyOf(own, 8)).getLong();
            sequence = versions.get(at).sequence;
            kind = versions.get(at).value == null ? EntryFormat.DELETE : EntryFormat.PUT;
            valueSegment = values[at];
            valueSize = values[at].byteSize();
        }
        return valid();
    }

    private int lowerBound(byte[] bound, int size) {
        seeks++;
        int low = 0;
        int high = versions.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            byte[] one = versions.get(middle).key;
            if (Arrays.compareUnsigned(one, 0, one.length, bound, 0, size) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    @Override
    public boolean first() {
        return standOn(0);
    }

    @Override
    public boolean last() {
        return standOn(versions.size() - 1);
    }

    @Override
    public boolean seek(byte[] bound, int size) {
        return standOn(lowerBound(bound, size));
    }

    @Override
    public boolean seekBefore(byte[] bound, int size) {
        return standOn(lowerBound(bound, size) - 1);
    }

    @Override
    public boolean next() {
        return standOn(at + 1);
    }

    @Override
    public boolean previous() {
        return standOn(at - 1);
    }

    @Override
    public boolean valid() {
        return at >= 0 && at < versions.size();
    }

    @Override
    public byte[] key() {
        keyLooks++;
        return key;
    }

    @Override
    public void close() {
        closed = true;
    }
}
