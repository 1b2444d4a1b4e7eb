package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryFormat;

import java.lang.foreign.MemorySegment;

/// One version of a key in a chunk. Never on disk.
///
/// | offset | size | field       | meaning                                            |
/// |-------:|-----:|-------------|----------------------------------------------------|
/// |      0 |    8 | previous    | reference of the version before, 0 if none         |
/// |      8 |    8 | version     | sequence number << 8, kept << 7, kind              |
/// |     16 |    4 | key size    |                                                    |
/// |     20 |    4 | value size  | unsigned                                           |
/// |     24 |    8 | hash        | of the key; in hashed stores only                  |
/// | header |  k+v | key, value  |                                                    |
///
/// In hashed stores the prefix that a value may have ([EntryFormat]) lies behind it, so that where
/// a value begins does not depend on the kind, which is known only when the record's head is there.
/// And who asks when an entry expires loads the last line of its value, which is wanted anyway.
final class RecordLayout {
    static final int HASHED_HEADER_SIZE = 32;
    static final int SORTED_HEADER_SIZE = 24;
    static final int TOUCH_LINES = 3; // of a record with 100 bytes of value
    private static final int VERSION = 8;
    private static final int KEPT = 0x80;
    private static final int KIND_MASK = 0x7F;
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
        return (byte) (chunk.get(Bytes.LONG, at + VERSION) & KIND_MASK);
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

    static void writeSortedHeader(
            MemorySegment chunk, long at, byte kind, int keySize, long valueSize) {
        version(chunk, at, 0, kind);
        chunk.set(Bytes.INT, at + KEY_SIZE, keySize);
        chunk.set(Bytes.INT, at + VALUE_SIZE, (int) valueSize);
    }

    // Of records with a hash.

    /// Where the prefix of the value lies; where the value ends if it has none.
    private static long hashedPrefixAt(MemorySegment chunk, long at) {
        return at
                + HASHED_HEADER_SIZE
                + keySize(chunk, at)
                + valueSize(chunk, at)
                - EntryFormat.prefixSize(kind(chunk, at));
    }

    /// When the entry expires; 0 if it does not.
    static long hashedExpiry(MemorySegment chunk, long at) {
        return EntryFormat.expiry(kind(chunk, at), chunk, hashedPrefixAt(chunk, at));
    }

    private static void writeHashedHeader(
            MemorySegment chunk, long at, byte kind, long hash, int keySize, long valueSize) {
        writeSortedHeader(chunk, at, kind, keySize, valueSize);
        chunk.set(Bytes.LONG, at + HASH, hash);
    }

    /// Writes a record.
    ///
    /// @param entry from `keyAt` on the key, the prefix if there is one, and the value
    /// @param valueSize bytes of prefix and value
    static void writeHashed(
            MemorySegment chunk,
            long at,
            byte kind,
            long hash,
            byte[] entry,
            int keyAt,
            int keySize,
            int valueSize) {
        writeHashedHeader(chunk, at, kind, hash, keySize, valueSize);
        int prefix = EntryFormat.prefixSize(kind);
        long key = at + HASHED_HEADER_SIZE;
        if (prefix == 0) {
            MemorySegment.copy(entry, keyAt, chunk, Bytes.BYTE, key, keySize + valueSize);
        } else {
            int prefixAt = keyAt + keySize;
            int size = valueSize - prefix;
            MemorySegment.copy(entry, keyAt, chunk, Bytes.BYTE, key, keySize);
            MemorySegment.copy(entry, prefixAt + prefix, chunk, Bytes.BYTE, key + keySize, size);
            MemorySegment.copy(entry, prefixAt, chunk, Bytes.BYTE, key + keySize + size, prefix);
        }
    }

    /// As the other.
    ///
    /// @param value the prefix if there is one, and the value
    static void writeHashed(
            MemorySegment chunk,
            long at,
            byte kind,
            long hash,
            byte[] key,
            int keySize,
            Object value,
            long valueSize) {
        writeHashedHeader(chunk, at, kind, hash, keySize, valueSize);
        long keyAt = at + HASHED_HEADER_SIZE;
        MemorySegment.copy(key, 0, chunk, Bytes.BYTE, keyAt, keySize);
        int prefix = EntryFormat.prefixSize(kind);
        long size = valueSize - prefix;
        if (size != 0) {
            Bytes.copyValue(value, prefix, chunk, keyAt + keySize, size);
        }
        if (prefix != 0) {
            Bytes.copyValue(value, 0, chunk, keyAt + keySize + size, prefix);
        }
    }

    /// Copies some bytes of an entry as it is everywhere else: key, prefix, value.
    ///
    /// @param from the first, counted from the beginning of the key
    static void copyHashed(
            MemorySegment chunk,
            long at,
            long from,
            MemorySegment target,
            long targetAt,
            long length) {
        long key = at + HASHED_HEADER_SIZE;
        int prefix = EntryFormat.prefixSize(kind(chunk, at));
        if (prefix == 0) {
            MemorySegment.copy(chunk, key + from, target, targetAt, length);
            return;
        }
        int keySize = keySize(chunk, at);
        long behind = keySize + valueSize(chunk, at) - prefix;
        for (long done = 0; done < length; ) {
            long next = from + done;
            long source; // counted from the beginning of the key
            long piece;
            if (next < keySize) {
                source = next;
                piece = keySize - next;
            } else if (next < keySize + prefix) {
                source = behind + next - keySize;
                piece = keySize + prefix - next;
            } else {
                source = next - prefix;
                piece = length - done;
            }
            piece = Math.min(piece, length - done);
            MemorySegment.copy(chunk, key + source, target, targetAt + done, piece);
            done += piece;
        }
    }

    // Of records without a hash.

    /// Whether the record must stay where it is when it is overwritten.
    static boolean kept(StoreMemory memory, long reference) {
        return (memory.chunk(reference).get(Bytes.LONG, memory.offset(reference) + VERSION) & KEPT)
                != 0;
    }

    /// Has the record stay where it is when it is overwritten: its key is a separator. Readers may
    /// look at the kind meanwhile.
    static void keep(StoreMemory memory, long reference) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference) + VERSION;
        chunk.set(Bytes.LONG, at, chunk.get(Bytes.LONG, at) | KEPT);
    }

    /// The head of the record's key, taken from so many bytes on.
    static long head(StoreMemory memory, long reference, int from) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        int left = keySize(chunk, at) - from;
        long key = at + SORTED_HEADER_SIZE + from;
        if (left >= Long.BYTES) {
            return Long.reverseBytes(chunk.get(Bytes.LONG, key));
        }
        long head = 0;
        for (int i = 0; i < left; i++) {
            head |= (long) Bytes.getUnsignedByte(chunk, key + i) << 56 - 8 * i;
        }
        return head;
    }

    /// How many bytes the keys of two records begin with in common.
    static int commonPrefix(StoreMemory memory, long one, long other) {
        MemorySegment chunk = memory.chunk(one);
        MemorySegment otherChunk = memory.chunk(other);
        long at = memory.offset(one) + SORTED_HEADER_SIZE;
        long otherAt = memory.offset(other) + SORTED_HEADER_SIZE;
        int size = keySize(chunk, memory.offset(one));
        int otherSize = keySize(otherChunk, memory.offset(other));
        long mismatch =
                MemorySegment.mismatch(
                        chunk, at, at + size, otherChunk, otherAt, otherAt + otherSize);
        return mismatch < 0 ? size : (int) mismatch;
    }

    /// Compares the record's key with another.
    static int compareKey(StoreMemory memory, long reference, byte[] key, int keySize) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        return Bytes.compare(chunk, at + SORTED_HEADER_SIZE, keySize(chunk, at), key, keySize);
    }

    /// Compares what the record's key begins with.
    static int comparePrefix(StoreMemory memory, long reference, byte[] prefix) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        return Bytes.compare(
                chunk,
                at + SORTED_HEADER_SIZE,
                Math.min(keySize(chunk, at), prefix.length),
                prefix,
                prefix.length);
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
