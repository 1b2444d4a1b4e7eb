package dev.kvarts.hash;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.ExpiryTimes;

import java.lang.foreign.MemorySegment;

/// A run on disk, version 2: immutable records sorted by the hash of their keys, as unsigned
/// numbers. Little-endian.
///
/// The file is a header page, `P` data pages, the page directory, and a trailer.
///
/// | offset | size | header page    | meaning                                                   |
/// |-------:|-----:|----------------|-----------------------------------------------------------|
/// |      0 |    8 | magic          | `KVARTSRN`                                                |
/// |      8 |    4 | version        | 2; in 1 nothing expires                                   |
/// |     12 |    4 | checksum       | CRC32C of bytes 16 .. 4096                                |
/// |     16 |    8 | database       | identity of the database                                  |
/// |     24 |    8 | run            | its number                                                |
/// |     32 |    4 | keyspace       | its number                                                |
/// |     36 |    4 | sequence width | bytes of a record's sequence number, 1..7                 |
/// |     40 |    8 | sequence base  | is added to each                                          |
/// |     48 |      | reserved       | 0                                                         |
///
/// | offset | size | data page      | meaning                                                   |
/// |-------:|-----:|----------------|-----------------------------------------------------------|
/// |      0 |    4 | checksum       | CRC32C of bytes 4 .. 4096, bound to run and page number   |
/// |      4 |    4 | first ordinal  | number of the first record that begins here               |
/// |      8 |    2 | count          | records that begin here; bits 12-13: if key size is not 0, prefix of every value: 1 expiry, 2 gathered |
/// |     10 |    2 | carry          | bytes of the record that began on an earlier page         |
/// |     12 |    2 | key size       | of every record here; 0 if they differ                    |
/// |     14 |    2 | value size     | of every record here, if key size is not 0                |
/// |     16 |    c | tags           | low byte of each record's hash                            |
/// |        |   2c | slots          | only if key size is 0: offset of each record in the page  |
/// |        |      | carry          | bytes                                                     |
/// |        |      | records        | the last may go on in the next page                       |
///
/// A record is a head, which never crosses pages, and key and value, which may:
///
/// ```
/// key size != 0:  sequence                                              key value
/// key size == 0:  flags (bit 0: tombstone), key size, value size (varints), sequence, key value
/// ```
///
/// Flags also say what is in front of the value, and part of it: bit 1, when it expires, bit 2,
/// what a gathered value has (see `EntryFormat`).
///
/// | size | trailer        | meaning                                                            |
/// |-----:|----------------|--------------------------------------------------------------------|
/// |   2P | directory      | see [PageDirectory]; 4P if directory width is 4; padded to 8       |
/// |   80 | expiry         | only if anything expires: see `ExpiryTimes`                        |
/// |    8 | pages          | P                                                                  |
/// |    8 | records        | all of them, tombstones included                                   |
/// |    8 | tombstones     |                                                                    |
/// |    8 | record bytes   | heads, keys and values                                             |
/// |    8 | user bytes     | keys and values                                                    |
/// |    8 | sequence min   |                                                                    |
/// |    8 | sequence max   |                                                                    |
/// |    4 | directory unit | log2 of units per page                                             |
/// |    4 | directory width| 2 or 4                                                             |
/// |    4 | checksum       | CRC32C of directory and trailer up to here, bound to the run       |
/// |    4 | end            | `KVRE`                                                             |
public final class RunFormat {
    public static final long MAGIC = 0x4E52_5354_5241_564BL; // "KVARTSRN"
    public static final int END = 0x4552_564B; // "KVRE"
    public static final int VERSION = 2;
    public static final int VERSION_MIN = 1; // that is understood
    public static final int PAGE_SIZE = 4096;
    public static final int PAGE_HEADER_SIZE = 16;
    public static final int TRAILER_SIZE = 72;
    public static final int SEQUENCE_WIDTH_MAX = 7;
    public static final String FILE_PREFIX = "run-";

    static final int UNIFORM_SIZE_MAX = 0xFFFF;
    static final int SLOTTED_HEAD_SIZE_MAX = 1 + 3 + 5 + 7;
    static final int TOMBSTONE = 1;
    private static final int PREFIX_SHIFT = 1; // of the flags
    private static final int PAGE_PREFIX_SHIFT = 12; // of a page's count
    private static final int COUNT_MASK = (1 << PAGE_PREFIX_SHIFT) - 1;
    private static final int VARINT_SIZE_MAX = 5;

    /// The header page.
    public static final Layout HEADER =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .hex("database", 8)
                    .number("run", 8)
                    .number("keyspace", 4)
                    .number("sequence width", 4)
                    .number("sequence base", 8)
                    .reserved(PAGE_SIZE - 48);

    /// What every data page begins with.
    public static final Layout PAGE =
            Layout.begin()
                    .hex("checksum", 4)
                    .number("first ordinal", 4)
                    .number("count", 2)
                    .number("carry", 2)
                    .number("key size", 2)
                    .number("value size", 2);

    /// The trailer, without the directory before it.
    public static final Layout TRAILER =
            Layout.begin()
                    .number("pages", 8)
                    .number("records", 8)
                    .number("tombstones", 8)
                    .number("record bytes", 8)
                    .number("user bytes", 8)
                    .number("sequence min", 8)
                    .number("sequence max", 8)
                    .number("directory unit", 4)
                    .number("directory width", 4)
                    .hex("checksum", 4)
                    .text("end", 4);

    private RunFormat() {}

    public static String fileName(long run) {
        return FILE_PREFIX + run;
    }

    // Header page.

    static void writeHeader(
            MemorySegment page,
            long database,
            long run,
            int keyspace,
            int sequenceWidth,
            long sequenceBase) {
        page.fill((byte) 0);
        page.set(Bytes.LONG, 0, MAGIC);
        page.set(Bytes.INT, 8, VERSION);
        page.set(Bytes.LONG, 16, database);
        page.set(Bytes.LONG, 24, run);
        page.set(Bytes.INT, 32, keyspace);
        page.set(Bytes.INT, 36, sequenceWidth);
        page.set(Bytes.LONG, 40, sequenceBase);
        page.set(Bytes.INT, 12, Checksum.crc32c(page, 16, PAGE_SIZE - 16));
    }

    public static boolean headerValid(MemorySegment file) {
        return file.get(Bytes.LONG, 0) == MAGIC
                && file.get(Bytes.INT, 12) == Checksum.crc32c(file, 16, PAGE_SIZE - 16);
    }

    public static long magic(MemorySegment file) {
        return file.get(Bytes.LONG, 0);
    }

    public static int version(MemorySegment file) {
        return file.get(Bytes.INT, 8);
    }

    public static int headerChecksum(MemorySegment file) {
        return file.get(Bytes.INT, 12);
    }

    public static long database(MemorySegment file) {
        return file.get(Bytes.LONG, 16);
    }

    public static long run(MemorySegment file) {
        return file.get(Bytes.LONG, 24);
    }

    public static int keyspace(MemorySegment file) {
        return file.get(Bytes.INT, 32);
    }

    public static int sequenceWidth(MemorySegment file) {
        return file.get(Bytes.INT, 36);
    }

    public static long sequenceBase(MemorySegment file) {
        return file.get(Bytes.LONG, 40);
    }

    // Data pages; `at` is where the page begins in the segment.

    public static long pageOffset(long page) {
        return (page + 1) * PAGE_SIZE;
    }

    static void writePageHeader(
            MemorySegment segment,
            long at,
            long firstOrdinal,
            int count,
            int carry,
            int keySize,
            int valueSize,
            byte kind) {
        int prefix = flags(kind) >> PREFIX_SHIFT;
        segment.set(Bytes.INT, at + 4, (int) firstOrdinal);
        segment.set(Bytes.SHORT, at + 8, (short) (count | prefix << PAGE_PREFIX_SHIFT));
        segment.set(Bytes.SHORT, at + 10, (short) carry);
        segment.set(Bytes.SHORT, at + 12, (short) keySize);
        segment.set(Bytes.SHORT, at + 14, (short) valueSize);
    }

    static void sealPage(MemorySegment segment, long at, long run, long page) {
        segment.set(Bytes.INT, at, pageChecksum(segment, at, run, page));
    }

    private static int pageChecksum(MemorySegment segment, long at, long run, long page) {
        return Checksum.bound(Checksum.crc32c(segment, at + 4, PAGE_SIZE - 4), run, page);
    }

    public static boolean pageValid(MemorySegment segment, long at, long run, long page) {
        return segment.get(Bytes.INT, at) == pageChecksum(segment, at, run, page);
    }

    public static int pageChecksum(MemorySegment segment, long at) {
        return segment.get(Bytes.INT, at);
    }

    public static long firstOrdinal(MemorySegment segment, long at) {
        return Bytes.getUnsignedInt(segment, at + 4);
    }

    public static int count(MemorySegment segment, long at) {
        return Bytes.getUnsignedShort(segment, at + 8) & COUNT_MASK;
    }

    /// Kind of every record on a page whose records have no heads of their own.
    public static byte kind(MemorySegment segment, long at) {
        return kind(Bytes.getUnsignedShort(segment, at + 8) >>> PAGE_PREFIX_SHIFT << PREFIX_SHIFT);
    }

    /// Kind of a record with these flags.
    static byte kind(int flags) {
        return switch (flags) {
            case 0 -> EntryFormat.PUT;
            case 1 << PREFIX_SHIFT -> EntryFormat.PUT_EXPIRING;
            case 2 << PREFIX_SHIFT -> EntryFormat.PUT_GATHERED;
            default -> EntryFormat.DELETE;
        };
    }

    /// Flags of a record of this kind.
    static int flags(byte kind) {
        return switch (kind) {
            case EntryFormat.PUT -> 0;
            case EntryFormat.PUT_EXPIRING -> 1 << PREFIX_SHIFT;
            case EntryFormat.PUT_GATHERED -> 2 << PREFIX_SHIFT;
            case EntryFormat.DELETE -> TOMBSTONE;
            default -> throw new IllegalArgumentException("run: not a kind of record: " + kind);
        };
    }

    public static int carry(MemorySegment segment, long at) {
        return Bytes.getUnsignedShort(segment, at + 10);
    }

    /// Size of every key on the page, or 0 if the records have heads of their own.
    public static int keySize(MemorySegment segment, long at) {
        return Bytes.getUnsignedShort(segment, at + 12);
    }

    public static int valueSize(MemorySegment segment, long at) {
        return Bytes.getUnsignedShort(segment, at + 14);
    }

    /// Where the carried bytes begin, from the beginning of the page.
    public static int contentOffset(int count, int keySize) {
        return PAGE_HEADER_SIZE + count * (keySize != 0 ? 1 : 3);
    }

    /// Where record `index` begins, from the beginning of the page.
    public static int recordOffset(
            MemorySegment segment,
            long at,
            int index,
            int count,
            int keySize,
            int valueSize,
            int sequenceWidth) {
        if (keySize != 0) {
            return PAGE_HEADER_SIZE
                    + count
                    + carry(segment, at)
                    + index * (sequenceWidth + keySize + valueSize);
        }
        return Bytes.getUnsignedShort(segment, at + PAGE_HEADER_SIZE + count + 2L * index);
    }

    /// The head of a record.
    ///
    /// @param offset where it begins, from the beginning of the page
    /// @param payload where key and value begin, likewise
    public record Head(
            int offset,
            byte kind,
            long keySize,
            long valueSize,
            long relativeSequence,
            int payload) {
        public boolean tombstone() {
            return kind == EntryFormat.DELETE;
        }

        /// Bytes of head, key and value.
        public long recordSize() {
            return payload - offset + keySize + valueSize;
        }
    }

    /// Reads the head of record `index` of a page that may be rubbish. Returns null if there is no
    /// whole head within the page. Requires: the page lies in the segment.
    public static Head head(MemorySegment segment, long at, int index, int sequenceWidth) {
        int count = count(segment, at);
        int keySize = keySize(segment, at);
        if (contentOffset(count, keySize) > PAGE_SIZE) {
            return null;
        }
        int valueSize = valueSize(segment, at);
        int start = recordOffset(segment, at, index, count, keySize, valueSize, sequenceWidth);
        if (keySize != 0) {
            return start + sequenceWidth > PAGE_SIZE
                    ? null
                    : new Head(
                            start,
                            kind(segment, at),
                            keySize,
                            valueSize,
                            littleEndian(segment, at + start, sequenceWidth),
                            start + sequenceWidth);
        }
        int keySizeAt = start + 1;
        int valueSizeAt = varintEnd(segment, at, keySizeAt);
        int sequenceAt = varintEnd(segment, at, valueSizeAt);
        if (sequenceAt + sequenceWidth > PAGE_SIZE) {
            return null;
        }
        return new Head(
                start,
                kind(segment.get(Bytes.BYTE, at + start)),
                getVarint(segment, at + keySizeAt),
                getVarint(segment, at + valueSizeAt),
                littleEndian(segment, at + sequenceAt, sequenceWidth),
                sequenceAt + sequenceWidth);
    }

    private static long littleEndian(MemorySegment segment, long at, int width) {
        long value = 0;
        for (int i = 0; i < width; i++) {
            value |= (segment.get(Bytes.BYTE, at + i) & 0xFFL) << 8 * i;
        }
        return value;
    }

    // Trailer; `at` is where it begins (file size - TRAILER_SIZE).

    /// Bytes between the directory and a trailer at `at`, which say when records expire; -1 if
    /// there are neither none nor as many as that takes.
    public static int expiryBytes(long pages, int width, long at) {
        long bytes = at - pageOffset(pages) - directoryBytes(pages, width);
        return bytes == 0 || bytes == ExpiryTimes.SIZE ? (int) bytes : -1;
    }

    /// Bytes of the page directory, padding included.
    public static long directoryBytes(long pages, int width) {
        return Bytes.roundUp(pages * width, 8);
    }

    static void writeTrailer(
            MemorySegment segment, long at, RunStatistics statistics, int unit, int width) {
        segment.set(Bytes.LONG, at, statistics.pages());
        segment.set(Bytes.LONG, at + 8, statistics.records());
        segment.set(Bytes.LONG, at + 16, statistics.tombstones());
        segment.set(Bytes.LONG, at + 24, statistics.recordBytes());
        segment.set(Bytes.LONG, at + 32, statistics.userBytes());
        segment.set(Bytes.LONG, at + 40, statistics.sequenceMin());
        segment.set(Bytes.LONG, at + 48, statistics.sequenceMax());
        segment.set(Bytes.INT, at + 56, unit);
        segment.set(Bytes.INT, at + 60, width);
        segment.set(Bytes.INT, at + 68, END);
    }

    /// The checksum belongs 8 bytes before the end; `from` is where the directory begins.
    public static int footerChecksum(MemorySegment segment, long from, long end, long run) {
        return Checksum.bound(Checksum.crc32c(segment, from, end - 8 - from), run, -1);
    }

    /// Whether directory and trailer are as they were written; `from` is where the directory
    /// begins.
    public static boolean footerValid(MemorySegment segment, long from, long end, long run) {
        return segment.get(Bytes.INT, end - 8) == footerChecksum(segment, from, end, run);
    }

    /// Whether the file ends as a run does.
    public static boolean endValid(MemorySegment segment, long end) {
        return segment.get(Bytes.INT, end - 4) == END;
    }

    /// What the trailer says; when records expire stands before it.
    public static RunStatistics statistics(MemorySegment segment, long at) {
        return new RunStatistics(
                segment.get(Bytes.LONG, at),
                segment.get(Bytes.LONG, at + 8),
                segment.get(Bytes.LONG, at + 16),
                segment.get(Bytes.LONG, at + 24),
                segment.get(Bytes.LONG, at + 32),
                segment.get(Bytes.LONG, at + 40),
                segment.get(Bytes.LONG, at + 48));
    }

    /// As the other, with when records expire.
    public static RunStatistics statistics(MemorySegment segment, long at, int expiryBytes) {
        RunStatistics statistics = statistics(segment, at);
        return expiryBytes <= 0
                ? statistics
                : statistics.with(ExpiryTimes.read(segment, at - expiryBytes));
    }

    public static int directoryUnit(MemorySegment segment, long at) {
        return segment.get(Bytes.INT, at + 56);
    }

    public static int directoryWidth(MemorySegment segment, long at) {
        return segment.get(Bytes.INT, at + 60);
    }

    // Varints: seven bits a byte, low bits first.

    static int varintSize(long value) {
        int size = 1;
        for (; value >= 0x80; value >>>= 7) {
            size++;
        }
        return size;
    }

    static long putVarint(MemorySegment segment, long at, long value) {
        for (; value >= 0x80; value >>>= 7) {
            segment.set(Bytes.BYTE, at++, (byte) (value | 0x80));
        }
        segment.set(Bytes.BYTE, at++, (byte) value);
        return at;
    }

    /// Where the varint that begins at `offset` of a page ends; beyond the page if there is none.
    private static int varintEnd(MemorySegment segment, long page, int offset) {
        for (int next = offset; next < PAGE_SIZE && next < offset + VARINT_SIZE_MAX; next++) {
            if (segment.get(Bytes.BYTE, page + next) >= 0) {
                return next + 1;
            }
        }
        return PAGE_SIZE + 1;
    }

    private static long getVarint(MemorySegment segment, long at) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte part = segment.get(Bytes.BYTE, at++);
            value |= (part & 0x7FL) << shift;
            if (part >= 0) {
                return value;
            }
        }
    }
}
