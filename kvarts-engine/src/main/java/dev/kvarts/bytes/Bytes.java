package dev.kvarts.bytes;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Little-endian, unaligned access to segments and arrays.
///
/// Everything hot works on native segments and `byte[]` keys, each at call sites of its own: a site
/// that sees heap and native segments alike pays a virtual call per access.
public final class Bytes {
    public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    public static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static final VarHandle ARRAY_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle ARRAY_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final byte[] EMPTY = new byte[0];

    private Bytes() {}

    public static long getLong(byte[] array, int offset) {
        return (long) ARRAY_LONG.get(array, offset);
    }

    public static void putLong(byte[] array, int offset, long value) {
        ARRAY_LONG.set(array, offset, value);
    }

    public static int getInt(byte[] array, int offset) {
        return (int) ARRAY_INT.get(array, offset);
    }

    public static void putInt(byte[] array, int offset, int value) {
        ARRAY_INT.set(array, offset, value);
    }

    public static int getUnsignedShort(MemorySegment segment, long offset) {
        return Short.toUnsignedInt(segment.get(SHORT, offset));
    }

    public static long getUnsignedInt(MemorySegment segment, long offset) {
        return Integer.toUnsignedLong(segment.get(INT, offset));
    }

    public static int getUnsignedByte(MemorySegment segment, long offset) {
        return Byte.toUnsignedInt(segment.get(BYTE, offset));
    }

    /// Whether the segment holds `key[0..length)` at `offset`.
    public static boolean equal(MemorySegment segment, long offset, byte[] key, int length) {
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            if (segment.get(LONG, offset + i) != (long) ARRAY_LONG.get(key, i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (segment.get(BYTE, offset + i) != key[i]) {
                return false;
            }
        }
        return true;
    }

    /// Compares `segment[offset..offset + size)` with `key[0..keySize)` as unsigned bytes; a prefix
    /// comes before what it is a prefix of.
    public static int compare(
            MemorySegment segment, long offset, int size, byte[] key, int keySize) {
        int common = Math.min(size, keySize);
        int i = 0;
        for (; i + 8 <= common; i += 8) {
            long one = segment.get(LONG, offset + i);
            long other = (long) ARRAY_LONG.get(key, i);
            if (one != other) {
                return Long.compareUnsigned(Long.reverseBytes(one), Long.reverseBytes(other));
            }
        }
        for (; i < common; i++) {
            int difference =
                    Byte.toUnsignedInt(segment.get(BYTE, offset + i)) - Byte.toUnsignedInt(key[i]);
            if (difference != 0) {
                return difference;
            }
        }
        return size - keySize;
    }

    /// The bytes `key[from..from + 8)` as a big-endian number; what lies behind the key's end is 0.
    /// Compared as unsigned numbers, different heads order as their keys do if what is before
    /// `from` is the same.
    public static long head(byte[] key, int from, int keySize) {
        if (keySize - from >= 8) {
            return Long.reverseBytes((long) ARRAY_LONG.get(key, from));
        }
        long head = 0;
        for (int i = from; i < keySize; i++) {
            head |= (key[i] & 0xFFL) << 56 - 8 * (i - from);
        }
        return head;
    }

    /// Copies a value, which callers give as `byte[]` or [MemorySegment], or [Prefixed], without
    /// wrapping the one in the other.
    public static void copyValue(Object value, MemorySegment target, long offset, long length) {
        copyValue(value, 0, target, offset, length);
    }

    /// Copies a part of a value, which begins at `from`.
    public static void copyValue(
            Object value, long from, MemorySegment target, long offset, long length) {
        if (value instanceof byte[] array) {
            MemorySegment.copy(array, (int) from, target, BYTE, offset, (int) length);
        } else if (value instanceof Prefixed prefixed) {
            prefixed.copyTo(from, target, offset, length);
        } else {
            MemorySegment.copy((MemorySegment) value, from, target, offset, length);
        }
    }

    public static void copyValue(Object value, byte[] target, int offset, int length) {
        if (value instanceof byte[] array) {
            System.arraycopy(array, 0, target, offset, length);
        } else if (value instanceof Prefixed prefixed) {
            prefixed.copyTo(target, offset, length);
        } else {
            MemorySegment.copy((MemorySegment) value, BYTE, 0, target, offset, length);
        }
    }

    public static byte[] copyOut(MemorySegment segment, long offset, int length) {
        if (length == 0) {
            return EMPTY;
        }
        byte[] copy = new byte[length];
        MemorySegment.copy(segment, BYTE, offset, copy, 0, length);
        return copy;
    }

    /// Rounds up to a multiple of `unit`, a power of two.
    public static long roundUp(long size, long unit) {
        return (size + unit - 1) & -unit;
    }

    /// Copies as much as fits to the beginning of an array. Returns how many bytes there are.
    public static int copyFront(byte[] source, byte[] target) {
        System.arraycopy(source, 0, target, 0, Math.min(source.length, target.length));
        return source.length;
    }
}
