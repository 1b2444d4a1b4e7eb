package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryCursor;

import java.lang.foreign.MemorySegment;

/// Walks over a sorted store: of each key the newest version that may be seen; keys that have none
/// are passed over.
///
/// Thread safety: one thread.
final class SortedCursor implements EntryCursor {
    private final StoreMemory memory;
    private final SortedIndex.Cursor index;
    private final long visible;

    // Of the entry that it stands on; chunk is null on none.
    private MemorySegment chunk;
    private long at;
    private int keySize;
    private byte[] key = new byte[64];

    SortedCursor(StoreMemory memory, SortedIndex.Cursor index, long visible) {
        this.memory = memory;
        this.index = index;
        this.visible = visible;
    }

    @Override
    public boolean first() {
        return forward(index.first());
    }

    @Override
    public boolean last() {
        return backward(index.last());
    }

    @Override
    public boolean seek(byte[] key, int keySize) {
        return forward(index.seek(key, keySize));
    }

    @Override
    public boolean seekBefore(byte[] key, int keySize) {
        return backward(index.seekBefore(key, keySize));
    }

    @Override
    public boolean next() {
        return forward(index.next());
    }

    @Override
    public boolean previous() {
        return backward(index.previous());
    }

    private boolean forward(long newest) {
        long reference = newest;
        while (reference != 0) {
            long seen = RecordLayout.visibleVersion(memory, reference, visible);
            if (seen != 0) {
                return stand(seen);
            }
            reference = index.next();
        }
        chunk = null;
        return false;
    }

    private boolean backward(long newest) {
        long reference = newest;
        while (reference != 0) {
            long seen = RecordLayout.visibleVersion(memory, reference, visible);
            if (seen != 0) {
                return stand(seen);
            }
            reference = index.previous();
        }
        chunk = null;
        return false;
    }

    private boolean stand(long reference) {
        MemorySegment record = memory.chunk(reference);
        at = memory.offset(reference);
        chunk = record;
        keySize = RecordLayout.keySize(record, at);
        if (key.length < keySize) {
            key = new byte[Math.max(keySize, 2 * key.length)];
        }
        MemorySegment.copy(
                record, Bytes.BYTE, at + RecordLayout.SORTED_HEADER_SIZE, key, 0, keySize);
        return true;
    }

    @Override
    public boolean valid() {
        return chunk != null;
    }

    @Override
    public byte[] key() {
        return key;
    }

    @Override
    public int keySize() {
        return keySize;
    }

    @Override
    public long head() {
        return Bytes.head(key, 0, keySize);
    }

    @Override
    public long sequence() {
        return RecordLayout.sequence(chunk, at);
    }

    @Override
    public byte kind() {
        return RecordLayout.kind(chunk, at);
    }

    @Override
    public MemorySegment valueSegment() {
        return chunk;
    }

    @Override
    public long valueOffset() {
        return at + RecordLayout.SORTED_HEADER_SIZE + keySize;
    }

    @Override
    public long valueSize() {
        return RecordLayout.valueSize(chunk, at);
    }

    @Override
    public void close() {
        chunk = null;
    }
}
