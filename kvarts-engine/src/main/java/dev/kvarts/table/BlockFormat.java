package dev.kvarts.table;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;
import dev.kvarts.entry.EntryFormat;

import java.lang.foreign.MemorySegment;

/// A block of a table on disk, version 2: some entries in the order of their keys. Little-endian.
///
/// | offset | size | stored block | meaning                                                        |
/// |-------:|-----:|--------------|----------------------------------------------------------------|
/// |      0 |    4 | checksum     | CRC32C of all from 4 on, bound to the table and its offset     |
/// |      4 |    1 | codec        | of the image; 0: it is not compressed                          |
/// |      5 |    3 | image size   | bytes of the image, not compressed                             |
/// |      8 |      | image        | padded with zeros to where the next block begins               |
///
/// | offset | size | image        | meaning                                                        |
/// |-------:|-----:|--------------|----------------------------------------------------------------|
/// |      0 |    2 | count        | entries                                                        |
/// |      2 |    2 | prefix size  | bytes that all keys begin with                                 |
/// |      4 |    2 | key size     | of every entry; 0 if the entries have heads of their own       |
/// |      6 |    2 | value size   | of every entry, if key size is not 0                           |
/// |      8 |    7 | base         | is added to each sequence number                               |
/// |     15 |    1 | widths       | bits 0-2: bytes of a sequence number, bits 4-7: kind of every entry, if key size is not 0 |
/// |     16 |    c | tags         | low byte of each key's hash, padded to a multiple of 8         |
/// |        |   8c | heads        | of each key the 8 bytes behind the prefix, as a big-endian number, padded with zeros |
/// |        |   2c | slots        | only if key size is 0: offset of each entry in the image       |
/// |        |      | prefix       | bytes                                                          |
/// |        |      | entries      |                                                                |
///
/// ```
/// key size != 0:  sequence, rest of the key, value
/// key size == 0:  kind, key size - 1, value size, sequence, rest of the key, value
/// ```
///
/// The rest of a key is what is behind prefix and head. The sizes in an entry take one byte each,
/// or, if bit 7 of the kind is set, two.
///
/// Nothing in a block depends on the entry before: any entry is found and read alone, and walking
/// backward costs what walking forward costs. A point lookup touches the first cache line (tags),
/// then one head and one entry side by side; a seek searches the heads.
///
/// All positions of functions here are those of the image.
public final class BlockFormat {
    public static final int STORED_HEADER_SIZE = 8;
    public static final int HEADER_SIZE = 16;
    public static final int HEAD_SIZE = 8;

    /// Longest value that lies in a table.
    public static final int VALUE_SIZE_MAX = 0xFFFF;

    static final int SEQUENCE_WIDTH_MAX = 7;
    static final int PREFIX_SIZE_MAX = 0xFFFF;
    static final int UNIFORM_KEY_SIZE_MAX = 0xFFFF;
    static final int IMAGE_SIZE_MAX = 0xFF_FFFF;
    static final int WIDE = 0x80;
    static final int NARROW_ENTRY_HEAD = 3;
    static final int WIDE_ENTRY_HEAD = 5;
    private static final long BASE_MASK = (1L << 56) - 1;

    /// What every stored block begins with: codec and image size are one number here.
    public static final Layout STORED =
            Layout.begin().hex("checksum", 4).number("codec", 1).number("image size", 3);

    /// What every image begins with.
    public static final Layout IMAGE =
            Layout.begin()
                    .number("count", 2)
                    .number("prefix size", 2)
                    .number("key size", 2)
                    .number("value size", 2)
                    .number("base", 7)
                    .number("widths", 1);

    private BlockFormat() {}

    // The stored block; `at` is where it begins.

    static void seal(
            MemorySegment segment,
            long at,
            long size,
            int codec,
            int imageSize,
            long table,
            long offset) {
        segment.set(Bytes.INT, at + 4, codec | imageSize << 8);
        segment.set(Bytes.INT, at, checksum(segment, at, size, table, offset));
    }

    private static int checksum(
            MemorySegment segment, long at, long size, long table, long offset) {
        return Checksum.bound(Checksum.crc32c(segment, at + 4, size - 4), table, offset);
    }

    /// Whether the block's bytes are those that were written to this place.
    public static boolean valid(
            MemorySegment segment, long at, long size, long table, long offset) {
        return size > STORED_HEADER_SIZE
                && segment.get(Bytes.INT, at) == checksum(segment, at, size, table, offset);
    }

    public static int codec(MemorySegment segment, long at) {
        return segment.get(Bytes.INT, at + 4) & 0xFF;
    }

    public static int imageSize(MemorySegment segment, long at) {
        return segment.get(Bytes.INT, at + 4) >>> 8;
    }

    // The image.

    static void writeHeader(
            MemorySegment segment,
            long at,
            int count,
            int prefixSize,
            int keySize,
            int valueSize,
            long sequenceBase,
            int sequenceWidth,
            int kind) {
        segment.set(
                Bytes.LONG,
                at,
                count | (long) prefixSize << 16 | (long) keySize << 32 | (long) valueSize << 48);
        segment.set(
                Bytes.LONG, at + 8, sequenceBase | (long) sequenceWidth << 56 | (long) kind << 60);
    }

    /// Count, prefix size, key size and value size, each in 16 bits, the first in the lowest.
    static long shape(MemorySegment segment, long at) {
        return segment.get(Bytes.LONG, at);
    }

    /// Base and widths.
    static long sequences(MemorySegment segment, long at) {
        return segment.get(Bytes.LONG, at + 8);
    }

    static int count(long shape) {
        return (int) shape & 0xFFFF;
    }

    static int prefixSize(long shape) {
        return (int) (shape >>> 16) & 0xFFFF;
    }

    static int keySize(long shape) {
        return (int) (shape >>> 32) & 0xFFFF;
    }

    static int valueSize(long shape) {
        return (int) (shape >>> 48);
    }

    static long sequenceBase(long sequences) {
        return sequences & BASE_MASK;
    }

    static int sequenceWidth(long sequences) {
        return (int) (sequences >>> 56) & 7;
    }

    static byte kind(long sequences) {
        return (byte) (sequences >>> 60);
    }

    static long sequenceMask(int width) {
        return (1L << 8 * width) - 1;
    }

    /// Where the heads begin, from the beginning of the image.
    static int headsOffset(int count) {
        return HEADER_SIZE + (count + 7 & ~7);
    }

    static int slotsOffset(int count) {
        return headsOffset(count) + HEAD_SIZE * count;
    }

    static int prefixOffset(int count, int keySize) {
        return slotsOffset(count) + (keySize == 0 ? 2 * count : 0);
    }

    /// Bytes of a key that are neither in the prefix nor in the head.
    static int restSize(int keySize, int prefixSize) {
        return Math.max(0, keySize - prefixSize - HEAD_SIZE);
    }

    /// Bytes of the kind and sizes of an entry that is not of its block's shape.
    static int entryHeadSize(int keySize, int valueSize) {
        return keySize - 1 <= 0xFF && valueSize <= 0xFF ? NARROW_ENTRY_HEAD : WIDE_ENTRY_HEAD;
    }

    /// Whether counts and sizes of an image stay within it, whatever it holds. Requires: so many
    /// bytes of the segment can be read.
    public static boolean sound(MemorySegment segment, long at, int size) {
        if (size < HEADER_SIZE) {
            return false;
        }
        long shape = shape(segment, at);
        long sequences = sequences(segment, at);
        int count = count(shape);
        int prefixSize = prefixSize(shape);
        int keySize = keySize(shape);
        int width = sequenceWidth(sequences);
        long start = (long) prefixOffset(count, keySize) + prefixSize;
        if (count == 0 || start > size || keySize != 0 && keySize < prefixSize) {
            return false;
        }
        if (keySize != 0) {
            int each = width + restSize(keySize, prefixSize) + valueSize(shape);
            return start + (long) each * count <= size
                    && soundKind(kind(sequences), valueSize(shape));
        }
        for (int i = 0; i < count; i++) {
            int slot = Bytes.getUnsignedShort(segment, at + slotsOffset(count) + 2L * i);
            if (slot < start || !soundEntry(segment, at, size, slot, prefixSize, width)) {
                return false;
            }
        }
        return true;
    }

    private static boolean soundEntry(
            MemorySegment segment, long at, int size, int slot, int prefixSize, int width) {
        if (slot + NARROW_ENTRY_HEAD > size) {
            return false;
        }
        int kind = Bytes.getUnsignedByte(segment, at + slot);
        boolean wide = (kind & WIDE) != 0;
        int head = wide ? WIDE_ENTRY_HEAD : NARROW_ENTRY_HEAD;
        if (slot + head > size) {
            return false;
        }
        int keySize =
                1
                        + (wide
                                ? Bytes.getUnsignedShort(segment, at + slot + 1)
                                : Bytes.getUnsignedByte(segment, at + slot + 1));
        int valueSize =
                wide
                        ? Bytes.getUnsignedShort(segment, at + slot + 3)
                        : Bytes.getUnsignedByte(segment, at + slot + 2);
        return soundKind((byte) (kind & ~WIDE), valueSize)
                && keySize >= prefixSize
                && slot + head + width + restSize(keySize, prefixSize) + valueSize <= size;
    }

    private static boolean soundKind(byte kind, int valueSize) {
        return EntryFormat.isStored(kind) && valueSize >= EntryFormat.prefixSize(kind);
    }

    /// One entry of an image; what is in front of its value is part of it.
    ///
    /// @param valueOffset in the segment
    public record Entry(byte[] key, byte kind, long sequence, long valueOffset, int valueSize) {}

    /// Reads one entry, at leisure. Requires: the image is [#sound(MemorySegment, long, int)].
    public static Entry entry(MemorySegment segment, long at, int index) {
        long shape = shape(segment, at);
        long sequences = sequences(segment, at);
        int count = count(shape);
        int prefixSize = prefixSize(shape);
        int keySize = keySize(shape);
        int valueSize = valueSize(shape);
        int width = sequenceWidth(sequences);
        byte kind = kind(sequences);
        long prefix = at + prefixOffset(count, keySize);
        long next = prefix + prefixSize;
        if (keySize != 0) {
            next += (long) index * (width + restSize(keySize, prefixSize) + valueSize);
        } else {
            next = at + Bytes.getUnsignedShort(segment, at + slotsOffset(count) + 2L * index);
            int first = Bytes.getUnsignedByte(segment, next);
            boolean wide = (first & WIDE) != 0;
            kind = (byte) (first & ~WIDE);
            keySize =
                    1
                            + (wide
                                    ? Bytes.getUnsignedShort(segment, next + 1)
                                    : Bytes.getUnsignedByte(segment, next + 1));
            valueSize =
                    wide
                            ? Bytes.getUnsignedShort(segment, next + 3)
                            : Bytes.getUnsignedByte(segment, next + 2);
            next += wide ? WIDE_ENTRY_HEAD : NARROW_ENTRY_HEAD;
        }
        long sequence = 0;
        for (int i = width - 1; i >= 0; i--) {
            sequence = sequence << 8 | Bytes.getUnsignedByte(segment, next + i);
        }
        next += width;
        byte[] key = new byte[keySize];
        MemorySegment.copy(segment, Bytes.BYTE, prefix, key, 0, prefixSize);
        long head = segment.get(Bytes.LONG, at + headsOffset(count) + (long) HEAD_SIZE * index);
        for (int i = 0; i < HEAD_SIZE && prefixSize + i < keySize; i++) {
            key[prefixSize + i] = (byte) (head >>> 56 - 8 * i);
        }
        int rest = restSize(keySize, prefixSize);
        MemorySegment.copy(segment, Bytes.BYTE, next, key, keySize - rest, rest);
        return new Entry(key, kind, sequenceBase(sequences) + sequence, next + rest, valueSize);
    }

    /// Entries of an image.
    public static int count(MemorySegment segment, long at) {
        return count(shape(segment, at));
    }

    // Keys.

    /// The 8 bytes of a key from `from` on as a big-endian number, padded with zeros.
    static long head(byte[] key, int from, int keySize) {
        if (from + HEAD_SIZE <= keySize) {
            return Long.reverseBytes(Bytes.getLong(key, from));
        }
        long head = 0;
        for (int i = from; i < keySize; i++) {
            head |= (key[i] & 0xFFL) << 56 - 8 * (i - from);
        }
        return head;
    }

    /// Whether the segment holds the last `length` bytes of a key at `offset`. Requires: the key
    /// has at least 8 bytes, and 8 can be read behind those of the segment.
    static boolean endsWith(
            byte[] key, int keySize, MemorySegment segment, long offset, int length) {
        int from = keySize - length;
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            if (segment.get(Bytes.LONG, offset + i) != Bytes.getLong(key, from + i)) {
                return false;
            }
        }
        int left = 8 * (length - i); // bits, fewer than 64
        long theirs = segment.get(Bytes.LONG, offset + i) & (1L << left) - 1;
        return left == 0 || theirs == Bytes.getLong(key, keySize - 8) >>> 64 - left;
    }

    /// Whether the segment holds the first `length` bytes of a key at `offset`. Requires: 8 bytes
    /// can be read behind those of the segment.
    static boolean beginsWith(
            byte[] key, int keySize, MemorySegment segment, long offset, int length) {
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            if (segment.get(Bytes.LONG, offset + i) != Bytes.getLong(key, i)) {
                return false;
            }
        }
        if (i + 8 <= keySize) {
            long different = segment.get(Bytes.LONG, offset + i) ^ Bytes.getLong(key, i);
            return (different & (1L << 8 * (length - i)) - 1) == 0;
        }
        for (; i < length; i++) {
            if (segment.get(Bytes.BYTE, offset + i) != key[i]) {
                return false;
            }
        }
        return true;
    }

    /// Compares `key[from..to)` with bytes of the segment, unsigned; of equal ones the shorter is
    /// lower.
    static int compare(byte[] key, int from, int to, MemorySegment segment, long at, long size) {
        int length = (int) Math.min(to - from, size);
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            long mine = Bytes.getLong(key, from + i);
            long theirs = segment.get(Bytes.LONG, at + i);
            if (mine != theirs) {
                return Long.compareUnsigned(Long.reverseBytes(mine), Long.reverseBytes(theirs));
            }
        }
        for (; i < length; i++) {
            int difference = (key[from + i] & 0xFF) - Bytes.getUnsignedByte(segment, at + i);
            if (difference != 0) {
                return difference;
            }
        }
        return Long.compare(to - from, size);
    }
}
