package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryCursor;

import java.lang.foreign.MemorySegment;

/// Walks over a sorted store: of each key the newest version that may be seen; keys that have none
/// are passed over.
///
/// Thread safety: one thread.
final class SortedCursor extends EntryCursor {
    private final StoreMemory memory;
    private final SortedIndex.Cursor index;
    private final long visible;

    private boolean valid;

    SortedCursor(StoreMemory memory, SortedIndex.Cursor index, long visible) {
        this.memory = memory;
        this.index = index;
        this.visible = visible;
        this.key = new byte[64];
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
        valid = false;
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
        valid = false;
        return false;
    }

    private boolean stand(long reference) {
        MemorySegment record = memory.chunk(reference);
        long at = memory.offset(reference);
        keySize = RecordLayout.keySize(record, at);
        if (key.length < keySize) {
            key = new byte[Math.max(keySize, 2 * key.length)];
        }
        MemorySegment.copy(
                record, Bytes.BYTE, at + RecordLayout.SORTED_HEADER_SIZE, key, 0, keySize);
        head = Bytes.head(key, 0, keySize);
        sequence = RecordLayout.sequence(record, at);
        kind = RecordLayout.kind(record, at);
        valueSegment = record;
        valueOffset = at + RecordLayout.SORTED_HEADER_SIZE + keySize;
        valueSize = RecordLayout.valueSize(record, at);
        valid = true;
        return true;
    }

    @Override
    public boolean valid() {
        return valid;
    }

    @Override
    public void close() {
        valid = false;
        valueSegment = null;
    }
}
