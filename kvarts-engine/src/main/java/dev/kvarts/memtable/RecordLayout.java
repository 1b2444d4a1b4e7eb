package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;

/// One version of a key in a chunk. Never on disk.
///
/// | offset | size | field       | meaning                                            |
/// |-------:|-----:|-------------|----------------------------------------------------|
/// |      0 |    8 | previous    | reference of the version before, 0 if none         |
/// |      8 |    8 | version     | sequence number << 8, kind                         |
/// |     16 |    8 | hash        | of the key                                         |
/// |     24 |    4 | key size    |                                                    |
/// |     28 |    4 | value size  | unsigned                                           |
/// |     32 |  k+v | key, value  |                                                    |
final class RecordLayout {
    static final int HEADER_SIZE = 32;
    private static final int VERSION = 8;
    private static final int HASH = 16;
    private static final int KEY_SIZE = 24;
    private static final int VALUE_SIZE = 28;

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

    static void writeHeader(
            MemorySegment chunk, long at, byte kind, long hash, int keySize, long valueSize) {
        version(chunk, at, 0, kind);
        chunk.set(Bytes.LONG, at + HASH, hash);
        chunk.set(Bytes.INT, at + KEY_SIZE, keySize);
        chunk.set(Bytes.INT, at + VALUE_SIZE, (int) valueSize);
    }
}
