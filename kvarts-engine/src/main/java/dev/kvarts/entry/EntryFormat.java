package dev.kvarts.entry;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;

/// One entry in a commit log record, version 1. Little-endian.
///
/// | offset | size | field       | meaning                                  |
/// |-------:|-----:|-------------|------------------------------------------|
/// |      0 |    1 | kind        | 1 put, 2 delete, 3 delete a range        |
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
public final class EntryFormat {
    public static final byte PUT = 1;
    public static final byte DELETE = 2;

    /// Of ordered keyspaces: every key of a range does not exist.
    public static final byte RANGE_DELETE = 3;

    /// In tables, never in the log: the value lies elsewhere, a [ValuePointer] says where.
    public static final byte POINTER = 4;

    /// In the log alone: what time it was.
    public static final byte CLOCK = 9;

    /// In the log alone: which keyspaces there are from here on, as a manifest without files.
    public static final byte CATALOGUE = 10;

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

    /// Bytes of ours in front of a value.
    public static int prefixSize(byte kind) {
        return 0;
    }

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
