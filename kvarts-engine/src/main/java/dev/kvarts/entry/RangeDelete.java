package dev.kvarts.entry;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;

/// How the end of a deleted range lies in the value of a [EntryFormat#RANGE_DELETE].
///
/// | offset | size | field | meaning                                    |
/// |-------:|-----:|-------|--------------------------------------------|
/// |      0 |    1 | bound | 1                                          |
/// |      1 |    e | end   | the first key behind the range             |
///
/// A range without an end has an empty value.
public final class RangeDelete {
    private static final byte BOUND = 1;
    private static final byte[] NO_END = new byte[0];

    private RangeDelete() {}

    /// The value for a range that ends before `to`; null: it has no end.
    public static byte[] encode(byte[] to) {
        if (to == null) {
            return NO_END;
        }
        byte[] value = new byte[1 + to.length];
        value[0] = BOUND;
        System.arraycopy(to, 0, value, 1, to.length);
        return value;
    }

    /// Whether these bytes are the value of a range delete.
    public static boolean valid(MemorySegment segment, long valueOffset, long valueSize) {
        return valueSize == 0
                || segment.get(Bytes.BYTE, valueOffset) == BOUND && valueSize <= Integer.MAX_VALUE;
    }

    /// The first key behind the range; null: it has no end. Requires: [#valid].
    public static byte[] decode(MemorySegment segment, long valueOffset, long valueSize) {
        return valueSize == 0
                ? null
                : Bytes.copyOut(segment, valueOffset + 1, Math.toIntExact(valueSize - 1));
    }
}
