package dev.kvarts.vlog;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/// A value file on disk, version 1: immutable records, one behind the other without padding, found
/// by [dev.kvarts.entry.ValuePointer]s. Little-endian.
///
/// | offset | size | header          | meaning                                                  |
/// |-------:|-----:|-----------------|----------------------------------------------------------|
/// |      0 |    8 | magic           | `KVARTSVL`                                               |
/// |      8 |    4 | version         | 1                                                        |
/// |     12 |    4 | checksum        | CRC32C of bytes 16 .. 64                                 |
/// |     16 |    8 | database        | identity of the database                                 |
/// |     24 |    8 | number          | of this file                                             |
/// |     32 |    4 | keyspace        | its number                                               |
/// |     36 |    4 | codec           | id of what compressed values; 0 if none                  |
/// |     40 |   24 | reserved        | 0                                                        |
///
/// | offset | size | record          | meaning                                                  |
/// |-------:|-----:|-----------------|----------------------------------------------------------|
/// |      0 |    4 | checksum        | CRC32C of the record from byte 4 on, bound to file and   |
/// |        |      |                 | offset                                                   |
/// |      4 |    4 | key size        | 1 .. 65536                                               |
/// |      8 |    4 | value size      | bytes, unsigned                                          |
/// |     12 |    4 | stored size     | bytes that it takes here, unsigned; fewer if compressed  |
/// |     16 |    k | key             |                                                          |
/// | 16 + k |    s | value           |                                                          |
///
/// | offset | size | footer          | meaning                                                  |
/// |-------:|-----:|-----------------|----------------------------------------------------------|
/// |      0 |    8 | records         |                                                          |
/// |      8 |    8 | key bytes       | of all records                                           |
/// |     16 |    8 | value bytes     | before compression                                       |
/// |     24 |    8 | stored bytes    | of values                                                |
/// |     32 |    8 | smallest record | bytes of head, key and stored value; 0 without records   |
/// |     40 |    4 | checksum        | CRC32C of bytes 0 .. 40, bound to file and offset        |
/// |     44 |    4 | end             | `KVVE`                                                   |
///
/// The sizes are stated before the bytes that they describe and are checked against the file before
/// anything is read by them; a damaged one is found by the checksum of whatever it leads to.
public final class ValueFileFormat {
    public static final long MAGIC = 0x4C56_5354_5241_564BL; // "KVARTSVL"
    public static final int END = 0x4556_564B; // "KVVE"
    public static final int VERSION = 1;
    public static final int HEADER_SIZE = 64;
    public static final int RECORD_HEADER_SIZE = 16;
    public static final int FOOTER_SIZE = 48;

    /// Longest value that may be compressed, before compression.
    public static final int COMPRESSED_SIZE_MAX = 16 << 20;

    public static final String FILE_PREFIX = "values-";

    /// Smallest file: without records.
    public static final int FILE_SIZE_MIN = HEADER_SIZE + FOOTER_SIZE;

    private static final int FOOTER_CHECKSUM = 40;

    public static final Layout HEADER =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .hex("database", 8)
                    .number("number", 8)
                    .number("keyspace", 4)
                    .number("codec", 4)
                    .reserved(24);

    /// What every record begins with.
    public static final Layout RECORD =
            Layout.begin()
                    .hex("checksum", 4)
                    .number("key size", 4)
                    .number("value size", 4)
                    .number("stored size", 4);

    public static final Layout FOOTER =
            Layout.begin()
                    .number("records", 8)
                    .number("key bytes", 8)
                    .number("value bytes", 8)
                    .number("stored bytes", 8)
                    .number("smallest record", 8)
                    .hex("checksum", 4)
                    .text("end", 4);

    private ValueFileFormat() {}

    public static String fileName(long number) {
        return FILE_PREFIX + number;
    }

    // Header.

    static void writeHeader(
            MemorySegment target, long database, long number, int keyspace, int codec) {
        target.asSlice(0, HEADER_SIZE).fill((byte) 0);
        target.set(Bytes.LONG, 0, MAGIC);
        target.set(Bytes.INT, 8, VERSION);
        target.set(Bytes.LONG, 16, database);
        target.set(Bytes.LONG, 24, number);
        target.set(Bytes.INT, 32, keyspace);
        target.set(Bytes.INT, 36, codec);
        target.set(Bytes.INT, 12, Checksum.crc32c(target, 16, HEADER_SIZE - 16));
    }

    public static boolean headerValid(MemorySegment file) {
        return file.get(Bytes.LONG, 0) == MAGIC
                && file.get(Bytes.INT, 12) == Checksum.crc32c(file, 16, HEADER_SIZE - 16);
    }

    public static int version(MemorySegment file) {
        return file.get(Bytes.INT, 8);
    }

    public static long database(MemorySegment file) {
        return file.get(Bytes.LONG, 16);
    }

    public static long number(MemorySegment file) {
        return file.get(Bytes.LONG, 24);
    }

    public static int keyspace(MemorySegment file) {
        return file.get(Bytes.INT, 32);
    }

    public static int codec(MemorySegment file) {
        return file.get(Bytes.INT, 36);
    }

    // Records; `at` is where the record begins in the segment, `offset` where it begins in the
    // file.

    /// Bytes of a record.
    public static long recordSize(int keySize, long storedSize) {
        return RECORD_HEADER_SIZE + keySize + storedSize;
    }

    /// Writes what stands before the value; the checksum is still to come.
    static void writeRecordHead(
            MemorySegment target, long at, byte[] key, int keySize, long valueSize, long stored) {
        target.set(Bytes.INT, at + 4, keySize);
        target.set(Bytes.INT, at + 8, (int) valueSize);
        target.set(Bytes.INT, at + 12, (int) stored);
        MemorySegment.copy(key, 0, target, Bytes.BYTE, at + RECORD_HEADER_SIZE, keySize);
    }

    static void sealRecord(MemorySegment target, long at, int crc, long number, long offset) {
        target.set(Bytes.INT, at, Checksum.bound(crc, number, offset));
    }

    /// Checksum of a record whose value lies elsewhere, in a segment of any size; not yet bound.
    static int recordChecksum(
            MemorySegment head,
            long at,
            int keySize,
            MemorySegment value,
            long valueOffset,
            long stored) {
        var crc = new CRC32C();
        Checksum.update(crc, head, at + 4, RECORD_HEADER_SIZE - 4 + (long) keySize);
        Checksum.update(crc, value, valueOffset, stored);
        return (int) crc.getValue();
    }

    /// Whether the record of these sizes is as it was written. Requires: all of it lies in the
    /// segment.
    public static boolean recordValid(
            MemorySegment segment, long at, long recordSize, long number, long offset) {
        return segment.get(Bytes.INT, at)
                == Checksum.bound(Checksum.crc32c(segment, at + 4, recordSize - 4), number, offset);
    }

    public static int keySize(MemorySegment segment, long at) {
        return segment.get(Bytes.INT, at + 4);
    }

    public static long valueSize(MemorySegment segment, long at) {
        return Bytes.getUnsignedInt(segment, at + 8);
    }

    public static long storedSize(MemorySegment segment, long at) {
        return Bytes.getUnsignedInt(segment, at + 12);
    }

    /// Bytes of the record that begins at `at` if its key's size is possible and it ends at `end`
    /// or before, otherwise -1. Requires: its head lies in the segment.
    public static long boundedRecordSize(MemorySegment segment, long at, long end) {
        int keySize = keySize(segment, at);
        long stored = storedSize(segment, at);
        long size = recordSize(keySize, stored);
        boolean possible =
                keySize >= Limits.KEY_SIZE_MIN
                        && keySize <= Limits.KEY_SIZE_MAX
                        && size <= end - at;
        return possible ? size : -1;
    }

    // Footer; `at` is where it begins in the segment, `offset` where it begins in the file.

    static void writeFooter(
            MemorySegment target,
            long at,
            ValueFileStatistics statistics,
            long number,
            long offset) {
        target.set(Bytes.LONG, at, statistics.records());
        target.set(Bytes.LONG, at + 8, statistics.keyBytes());
        target.set(Bytes.LONG, at + 16, statistics.valueBytes());
        target.set(Bytes.LONG, at + 24, statistics.storedBytes());
        target.set(Bytes.LONG, at + 32, statistics.smallestRecord());
        target.set(Bytes.INT, at + FOOTER_CHECKSUM, footerChecksum(target, at, number, offset));
        target.set(Bytes.INT, at + 44, END);
    }

    private static int footerChecksum(MemorySegment segment, long at, long number, long offset) {
        return Checksum.bound(Checksum.crc32c(segment, at, FOOTER_CHECKSUM), number, offset);
    }

    public static boolean footerValid(MemorySegment segment, long at, long number, long offset) {
        return segment.get(Bytes.INT, at + FOOTER_CHECKSUM)
                        == footerChecksum(segment, at, number, offset)
                && segment.get(Bytes.INT, at + 44) == END;
    }

    public static ValueFileStatistics statistics(MemorySegment segment, long at) {
        return new ValueFileStatistics(
                segment.get(Bytes.LONG, at),
                segment.get(Bytes.LONG, at + 8),
                segment.get(Bytes.LONG, at + 16),
                segment.get(Bytes.LONG, at + 24),
                segment.get(Bytes.LONG, at + 32));
    }
}
