package dev.kvarts.entry;

import dev.kvarts.api.Limits;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Entries one after the other in one array, as the commit log takes them.
///
/// Thread safety: one thread at a time.
public final class EntryBatch {
    private static final int SIZE_INITIAL = 1024;

    private final CRC32C checksum = new CRC32C();
    private byte[] bytes = new byte[SIZE_INITIAL];
    private MemorySegment segment = MemorySegment.ofArray(bytes);
    private int size;
    private int count;
    private long userBytes;

    /// Adds an entry. Requires: sizes within [Limits].
    public void add(
            byte kind, int keyspace, byte[] key, int keySize, Object value, long valueSize) {
        long entry = EntryFormat.size(keySize, valueSize);
        if (size + entry > Limits.BATCH_SIZE_MAX) {
            throw new IllegalArgumentException(
                    "batch too large: bytes=" + (size + entry) + " max=" + Limits.BATCH_SIZE_MAX);
        }
        if (size + entry > bytes.length) {
            long grown = Math.min(Limits.BATCH_SIZE_MAX, Math.max(size + entry, 2L * bytes.length));
            bytes = Arrays.copyOf(bytes, (int) grown);
            segment = MemorySegment.ofArray(bytes);
        }
        EntryFormat.write(bytes, size, kind, keyspace, key, keySize, value, valueSize);
        size += (int) entry;
        count++;
        userBytes += keySize + valueSize;
    }

    /// CRC32C of the encoded entries.
    public int checksum() {
        checksum.reset();
        checksum.update(bytes, 0, size);
        return (int) checksum.getValue();
    }

    public void clear() {
        size = 0;
        count = 0;
        userBytes = 0;
    }

    public MemorySegment segment() {
        return segment;
    }

    public byte[] array() {
        return bytes;
    }

    /// Bytes of the encoded entries.
    public int size() {
        return size;
    }

    public int count() {
        return count;
    }

    public long userBytes() {
        return userBytes;
    }
}
