package dev.kvarts.entry;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;

/// Where a value lies that is kept apart from its key: what an entry of kind [EntryFormat#POINTER]
/// has instead of a value. On disk, version 1. Little-endian.
///
/// | offset | size | field   | meaning                                 |
/// |-------:|-----:|---------|-----------------------------------------|
/// |      0 |    8 | file    | number of the value file                |
/// |      8 |    8 | offset  | of the record in it                     |
/// |     16 |    4 | size    | bytes of the value, unsigned            |
public final class ValuePointer {
    public static final int SIZE = 20;
    private static final int OFFSET = 8;
    private static final int VALUE_SIZE = 16;

    private ValuePointer() {}

    public static void write(MemorySegment target, long at, long file, long offset, long size) {
        target.set(Bytes.LONG, at, file);
        target.set(Bytes.LONG, at + OFFSET, offset);
        target.set(Bytes.INT, at + VALUE_SIZE, (int) size);
    }

    public static long file(MemorySegment source, long at) {
        return source.get(Bytes.LONG, at);
    }

    public static long offset(MemorySegment source, long at) {
        return source.get(Bytes.LONG, at + OFFSET);
    }

    /// Bytes of the value.
    public static long size(MemorySegment source, long at) {
        return Bytes.getUnsignedInt(source, at + VALUE_SIZE);
    }
}
