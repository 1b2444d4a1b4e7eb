package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;

/// One version of a key in a chunk. Never on disk.
///
/// | offset | size | field       | meaning                                            |
/// |-------:|-----:|-------------|----------------------------------------------------|
/// |      0 |    8 | previous    | reference of the version before, 0 if none         |
/// |      8 |    8 | version     | sequence number << 8, kind                         |
/// |     16 |    4 | key size    |                                                    |
/// |     20 |    4 | value size  | unsigned                                           |
/// |     24 |    8 | hash        | of the key; in hashed stores only                  |
/// | header |  k+v | key, value  |                                                    |
final class RecordLayout {
    static final int HASHED_HEADER_SIZE = 32;
    static final int SORTED_HEADER_SIZE = 24;
    private static final int VERSION = 8;
    private static final int KEY_SIZE = 16;
    private static final int VALUE_SIZE = 20;
    private static final int HASH = 24;

    private RecordLayout() {}

    static long previous(MemorySegment chunk, long at) {
        return chunk.get(Bytes.LONG, at);
    }

    static void previous(MemorySegment chunk, long at, long reference) {
        chunk.set(Bytes.LONG, at, reference);
    }

    static long sequence(MemorySegment chunk, long at) {
        return chunk.get(Bytes.LONG, at + VERSION) >>> 8;
    }

    static byte kind(MemorySegment chunk, long at) {
        return (byte) chunk.get(Bytes.LONG, at + VERSION);
    }

    static void version(MemorySegment chunk, long at, long sequence, byte kind) {
        chunk.set(Bytes.LONG, at + VERSION, sequence << 8 | kind);
    }

    static long hash(MemorySegment chunk, long at) {
        return chunk.get(Bytes.LONG, at + HASH);
    }

    static int keySize(MemorySegment chunk, long at) {
        return chunk.get(Bytes.INT, at + KEY_SIZE);
    }

    static long valueSize(MemorySegment chunk, long at) {
        return Bytes.getUnsignedInt(chunk, at + VALUE_SIZE);
    }

    static void writeHashedHeader(
            MemorySegment chunk, long at, byte kind, long hash, int keySize, long valueSize) {
        writeSortedHeader(chunk, at, kind, keySize, valueSize);
        chunk.set(Bytes.LONG, at + HASH, hash);
    }

    static void writeSortedHeader(
            MemorySegment chunk, long at, byte kind, int keySize, long valueSize) {
        version(chunk, at, 0, kind);
        chunk.set(Bytes.INT, at + KEY_SIZE, keySize);
        chunk.set(Bytes.INT, at + VALUE_SIZE, (int) valueSize);
    }

    // Of records without a hash.

    /// Compares the record's key with another.
    static int compareKey(StoreMemory memory, long reference, byte[] key, int keySize) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        return Bytes.compare(chunk, at + SORTED_HEADER_SIZE, keySize(chunk, at), key, keySize);
    }

    /// Copies the record's key. Requires: it fits.
    static void copyKey(StoreMemory memory, long reference, byte[] target) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        MemorySegment.copy(
                chunk, Bytes.BYTE, at + SORTED_HEADER_SIZE, target, 0, keySize(chunk, at));
    }

    /// The newest version that may be seen, from this one on; 0 if there is none.
    static long visibleVersion(StoreMemory memory, long newest, long visible) {
        long reference = newest;
        while (reference != 0) {
            MemorySegment chunk = memory.chunk(reference);
            long at = memory.offset(reference);
            if (sequence(chunk, at) <= visible) {
                return reference;
            }
            reference = previous(chunk, at);
        }
        return 0;
    }
}
