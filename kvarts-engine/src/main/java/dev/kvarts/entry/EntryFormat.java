package dev.kvarts.entry;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Prefixed;

import java.lang.foreign.MemorySegment;

/// One entry in a commit log record, version 2. Little-endian.
///
/// | offset | size | field       | meaning                                  |
/// |-------:|-----:|-------------|------------------------------------------|
/// |      0 |    1 | kind        | 1 put, 2 delete, 3 delete a range, 5 put what expires, 7 put what is gathered, 9 clock, 10 catalogue |
/// |      1 |    1 | reserved    | 0                                        |
/// |      2 |    2 | keyspace    | its number in the manifest               |
/// |      4 |    4 | key size    | bytes, unsigned                          |
/// |      8 |    4 | value size  | bytes, unsigned; 0 in a delete           |
/// |     12 |    k | key         |                                          |
/// | 12 + k |    v | value       |                                          |
///
/// Entries of a batch follow each other without padding. Kind 3 is of ordered keyspaces alone: its
/// key is where the range begins, empty if it has no beginning; its value is empty if the range has
/// no end, else a byte 1 and the key where it ends, which is not in it.
///
/// What expires has a prefix in front of its value, which counts as part of it: 8 bytes, from when
/// on it is not there any more, in milliseconds since 1970. What is gathered has 16 bytes: the
/// same, or 0 if it does not expire, and when its window ends, in milliseconds, times 2, plus 1 if
/// it is sealed. In tables, a pointer has the prefix in front of it that its value would have.
///
/// Kind 9 says what time it was: keyspace 0, no key, and the milliseconds since 1970 as value. It
/// has a sequence number like any other. Version 1 knew only the kinds 1 to 3.
public final class EntryFormat {
    public static final byte PUT = 1;
    public static final byte DELETE = 2;

    /// Of ordered keyspaces: every key of a range does not exist.
    public static final byte RANGE_DELETE = 3;

    /// In tables, never in the log: the value lies elsewhere, a [ValuePointer] says where.
    public static final byte POINTER = 4;

    /// A value behind 8 bytes that say when it expires.
    public static final byte PUT_EXPIRING = 5;

    /// In tables: a pointer behind 8 bytes that say when its value expires.
    public static final byte POINTER_EXPIRING = 6;

    /// A value that many write parts of, behind 16 bytes.
    public static final byte PUT_GATHERED = 7;

    /// In tables: a pointer to such a value, behind 16 bytes.
    public static final byte POINTER_GATHERED = 8;

    /// In the log alone: what time it was.
    public static final byte CLOCK = 9;

    /// In the log alone: which keyspaces there are from here on, as a manifest without files.
    public static final byte CATALOGUE = 10;

    /// The keyspace of what belongs to none.
    public static final int NO_KEYSPACE = 0;

    /// Bytes of the prefix of what expires.
    public static final int EXPIRY_SIZE = 8;

    /// Bytes of the prefix of what is gathered.
    public static final int GATHERED_SIZE = 16;

    /// The latest time at which anything expires; what would expire later does not.
    public static final long EXPIRY_MAX = Long.MAX_VALUE >>> 1;

    public static final int HEADER_SIZE = 12;

    /// Highest number of a keyspace.
    public static final int KEYSPACE_MAX = 0xFFFF;

    /// Highest sequence number there may be.
    public static final long SEQUENCE_MAX = (1L << 56) - 1;

    private static final int KIND = 0;
    private static final int RESERVED = 1;
    private static final int KEYSPACE = 2;
    private static final int KEY_SIZE = 4;
    private static final int VALUE_SIZE = 8;

    private EntryFormat() {}

    // Kinds.

    /// Bytes of ours in front of a value or a pointer, which count as part of it.
    public static int prefixSize(byte kind) {
        if (kind < PUT_EXPIRING) {
            return 0;
        }
        return kind <= POINTER_EXPIRING
                ? EXPIRY_SIZE
                : kind <= POINTER_GATHERED ? GATHERED_SIZE : 0;
    }

    /// Whether a value is there.
    public static boolean isPut(byte kind) {
        return kind == PUT || kind == PUT_EXPIRING || kind == PUT_GATHERED;
    }

    /// Whether there is a pointer to a value.
    public static boolean isPointer(byte kind) {
        return kind == POINTER || kind == POINTER_EXPIRING || kind == POINTER_GATHERED;
    }

    /// Whether it says that one key does not exist.
    public static boolean isTombstone(byte kind) {
        return kind == DELETE;
    }

    /// Whether a prefix says when it expires, if it does.
    public static boolean hasExpiry(byte kind) {
        return kind >= PUT_EXPIRING && kind <= POINTER_GATHERED;
    }

    /// What becomes of a put whose value is kept apart.
    public static byte pointerTo(byte put) {
        return put == PUT ? POINTER : (byte) (put + 1);
    }

    /// Of which kind the value of a pointer is.
    public static byte pointedTo(byte pointer) {
        return pointer == POINTER ? PUT : (byte) (pointer - 1);
    }

    /// Whether it may be in the log.
    public static boolean isLogged(byte kind) {
        return kind >= PUT && kind <= CATALOGUE && !isPointer(kind);
    }

    /// Whether it may be in a table.
    public static boolean isStored(byte kind) {
        return kind >= PUT && kind <= POINTER_GATHERED && kind != RANGE_DELETE;
    }

    /// Bytes that the value of an entry has at least.
    public static int valueSizeMin(byte kind) {
        return kind == CLOCK
                ? Long.BYTES
                : prefixSize(kind) + (isPointer(kind) ? ValuePointer.SIZE : 0);
    }

    /// When an entry expires; 0 if it does not.
    ///
    /// @param at where its value lies, prefix included
    public static long expiry(byte kind, MemorySegment segment, long at) {
        return hasExpiry(kind) ? segment.get(Bytes.LONG, at) : 0;
    }

    /// Whether an entry has expired at a time.
    ///
    /// @param at where its value lies, prefix included
    public static boolean hasExpired(byte kind, MemorySegment segment, long at, long millis) {
        if (!hasExpiry(kind)) {
            return false;
        }
        long expiry = segment.get(Bytes.LONG, at);
        return expiry != 0 && expiry <= millis;
    }

    /// A value that expires, as the value of a [#PUT_EXPIRING].
    public static Prefixed expiring(Object value, long expiry) {
        byte[] prefix = new byte[EXPIRY_SIZE];
        Bytes.putLong(prefix, 0, expiry);
        return new Prefixed(prefix, value);
    }

    // Fields.

    public static long size(int keySize, long valueSize) {
        return HEADER_SIZE + keySize + valueSize;
    }

    public static void write(
            MemorySegment target,
            long at,
            byte kind,
            int keyspace,
            byte[] key,
            int keySize,
            Object value,
            long valueSize) {
        target.set(Bytes.INT, at, kind | keyspace << 16);
        target.set(Bytes.INT, at + KEY_SIZE, keySize);
        target.set(Bytes.INT, at + VALUE_SIZE, (int) valueSize);
        MemorySegment.copy(key, 0, target, Bytes.BYTE, at + HEADER_SIZE, keySize);
        if (valueSize != 0) {
            Bytes.copyValue(value, target, at + HEADER_SIZE + keySize, valueSize);
        }
    }

    public static void write(
            byte[] target,
            int at,
            byte kind,
            int keyspace,
            byte[] key,
            int keySize,
            Object value,
            long valueSize) {
        Bytes.putInt(target, at, kind | keyspace << 16);
        Bytes.putInt(target, at + KEY_SIZE, keySize);
        Bytes.putInt(target, at + VALUE_SIZE, (int) valueSize);
        System.arraycopy(key, 0, target, at + HEADER_SIZE, keySize);
        if (valueSize != 0) {
            Bytes.copyValue(value, target, at + HEADER_SIZE + keySize, (int) valueSize);
        }
    }

    public static byte kind(MemorySegment source, long at) {
        return source.get(Bytes.BYTE, at + KIND);
    }

    public static byte reserved(MemorySegment source, long at) {
        return source.get(Bytes.BYTE, at + RESERVED);
    }

    public static int keyspace(MemorySegment source, long at) {
        return Bytes.getUnsignedShort(source, at + KEYSPACE);
    }

    public static int keySize(MemorySegment source, long at) {
        return source.get(Bytes.INT, at + KEY_SIZE);
    }

    public static long valueSize(MemorySegment source, long at) {
        return Bytes.getUnsignedInt(source, at + VALUE_SIZE);
    }
}
