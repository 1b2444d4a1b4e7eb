package dev.kvarts.log;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A file of past changes, version 1: the records of one generation of the commit log, kept when
/// the log has no use for them. Little-endian.
///
/// ```
/// | header | block | block | ... | names | footer |
/// ```
///
/// | offset | size | header field   | meaning                                                     |
/// |-------:|-----:|----------------|-------------------------------------------------------------|
/// |      0 |    8 | magic          | `KVARTSCH`                                                  |
/// |      8 |    4 | version        | 1                                                           |
/// |     12 |    4 | checksum       | CRC32C of bytes 16 .. 64                                    |
/// |     16 |    8 | database       | identity of the database                                    |
/// |     24 |    8 | generation     | of the commit log                                           |
/// |     32 |    8 | first sequence | the first record has at least this                          |
/// |     40 |    8 | clock          | what time it was before the first record, ms since 1970; 0 unknown |
/// |     48 |   16 | reserved       | 0                                                           |
///
/// | offset | size | block field   | meaning                                                      |
/// |-------:|-----:|---------------|--------------------------------------------------------------|
/// |      0 |    4 | checksum      | CRC32C of the stored bytes, bound to the fields below, generation and offset |
/// |      4 |    4 | codec         | 0 as they are, 1 LZ4                                         |
/// |      8 |    8 | stored size   | bytes that follow the fields                                 |
/// |     16 |    8 | raw size      | bytes of the records                                         |
/// |     24 |    8 | last sequence | of the last entry in the block                               |
///
/// | offset | size | record field | meaning                                                       |
/// |-------:|-----:|--------------|---------------------------------------------------------------|
/// |      0 |    8 | sequence     | of the first entry; the others follow                         |
/// |      8 |    4 | count        | entries                                                       |
/// |     12 |    4 | reserved     | 0                                                             |
/// |     16 |    8 | payload size | bytes of entries that follow, as in the commit log            |
///
/// Records are not cut in two; one that is larger than a block has a block of its own. The names
/// are those of the keyspaces that occur: number 4, size 2, then the name in UTF-8.
///
/// | offset | size | footer field   | meaning                                                     |
/// |-------:|-----:|----------------|-------------------------------------------------------------|
/// |      0 |    8 | blocks end     | offset at which the names begin                             |
/// |      8 |    8 | file size      |                                                             |
/// |     16 |    8 | next sequence  | the next generation begins with at least this               |
/// |     24 |    8 | first clock    | first time stated by a record, 0 if none                    |
/// |     32 |    8 | last clock     | last time stated, or the header's clock                     |
/// |     40 |    8 | records        | how many                                                    |
/// |     48 |    4 | names checksum | CRC32C of the names                                         |
/// |     52 |    4 | checksum       | CRC32C of bytes 0 .. 52, bound to database and generation   |
/// |     56 |    8 | magic          | `KVARTSCE`                                                  |
public final class ChangeFormat {
    public static final long MAGIC = 0x4843_5354_5241_564BL; // "KVARTSCH"
    public static final long FOOTER_MAGIC = 0x4543_5354_5241_564BL; // "KVARTSCE"
    public static final int VERSION = 1;
    public static final String FILE_PREFIX = "changes-";
    public static final String TEMPORARY_FILE = "changes.new";
    public static final int HEADER_SIZE = 64;
    public static final int BLOCK_SIZE = 32;
    public static final int RECORD_SIZE = 24;
    public static final int FOOTER_SIZE = 64;
    public static final int NAME_SIZE = 6;
    public static final int CODEC_NONE = 0;
    public static final int CODEC_LZ4 = 1;

    /// A block is closed when it has so many bytes of records.
    static final int BLOCK_RAW_BYTES = 256 << 10;

    /// Compressed blocks are no larger than this.
    static final int BLOCK_RAW_BYTES_MAX = 1 << 20;

    private static final int FOOTER_CHECKED = 52;

    public static final Layout HEADER =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .hex("database", 8)
                    .number("generation", 8)
                    .number("first sequence", 8)
                    .number("clock", 8)
                    .reserved(16);

    public static final Layout BLOCK =
            Layout.begin()
                    .hex("checksum", 4)
                    .number("codec", 4)
                    .number("stored size", 8)
                    .number("raw size", 8)
                    .number("last sequence", 8);

    public static final Layout RECORD =
            Layout.begin()
                    .number("sequence", 8)
                    .number("count", 4)
                    .reserved(4)
                    .number("payload size", 8);

    public static final Layout FOOTER =
            Layout.begin()
                    .number("blocks end", 8)
                    .number("file size", 8)
                    .number("next sequence", 8)
                    .number("first clock", 8)
                    .number("last clock", 8)
                    .number("records", 8)
                    .hex("names checksum", 4)
                    .hex("checksum", 4)
                    .text("magic", 8);

    private ChangeFormat() {}

    public static String fileName(long generation) {
        return FILE_PREFIX + generation;
    }

    /// The generation in a file's name, or -1 if it is not one of these files.
    public static long generationOf(String name) {
        String digits = name.startsWith(FILE_PREFIX) ? name.substring(FILE_PREFIX.length()) : "";
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : -1;
    }

    static MemorySegment header(long database, long generation, long firstSequence, long clock) {
        MemorySegment header = MemorySegment.ofArray(new byte[HEADER_SIZE]);
        header.set(Bytes.LONG, 0, MAGIC);
        header.set(Bytes.INT, 8, VERSION);
        header.set(Bytes.LONG, 16, database);
        header.set(Bytes.LONG, 24, generation);
        header.set(Bytes.LONG, 32, firstSequence);
        header.set(Bytes.LONG, 40, clock);
        header.set(Bytes.INT, 12, Checksum.crc32c(header, 16, HEADER_SIZE - 16));
        return header;
    }

    /// Requires: the header lies in the file.
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

    public static long generation(MemorySegment file) {
        return file.get(Bytes.LONG, 24);
    }

    public static long firstSequence(MemorySegment file) {
        return file.get(Bytes.LONG, 32);
    }

    public static long clock(MemorySegment file) {
        return file.get(Bytes.LONG, 40);
    }

    /// What precedes the stored bytes of a block.
    ///
    /// @param checksum of the stored bytes
    /// @param at offset in the file
    static MemorySegment block(
            int checksum,
            int codec,
            long storedSize,
            long rawSize,
            long lastSequence,
            long generation,
            long at) {
        MemorySegment block = MemorySegment.ofArray(new byte[BLOCK_SIZE]);
        block.set(Bytes.INT, 4, codec);
        block.set(Bytes.LONG, 8, storedSize);
        block.set(Bytes.LONG, 16, rawSize);
        block.set(Bytes.LONG, 24, lastSequence);
        block.set(Bytes.INT, 0, boundChecksum(checksum, block, 0, generation, at));
        return block;
    }

    private static int boundChecksum(
            int checksum, MemorySegment segment, long block, long generation, long at) {
        int bound = Checksum.bound(checksum, codec(segment, block), storedSize(segment, block));
        bound = Checksum.bound(bound, rawSize(segment, block), lastSequence(segment, block));
        return Checksum.bound(bound, generation, at);
    }

    public static int codec(MemorySegment file, long at) {
        return file.get(Bytes.INT, at + 4);
    }

    public static long storedSize(MemorySegment file, long at) {
        return file.get(Bytes.LONG, at + 8);
    }

    public static long rawSize(MemorySegment file, long at) {
        return file.get(Bytes.LONG, at + 16);
    }

    /// Of a block.
    public static long lastSequence(MemorySegment file, long at) {
        return file.get(Bytes.LONG, at + 24);
    }

    /// Whether a block's fields lie before `end` and are such as may be; its checksum is not looked
    /// at.
    public static boolean blockPlausible(MemorySegment file, long at, long end) {
        if (end - at < BLOCK_SIZE) {
            return false;
        }
        long stored = storedSize(file, at);
        long raw = rawSize(file, at);
        boolean fits = stored > 0 && stored <= end - at - BLOCK_SIZE;
        return switch (codec(file, at)) {
            case CODEC_NONE -> fits && raw == stored;
            case CODEC_LZ4 -> fits && raw > 0 && raw <= BLOCK_RAW_BYTES_MAX;
            default -> false;
        };
    }

    /// Whether a block is as it was written. Requires: [#blockPlausible].
    public static boolean blockValid(MemorySegment file, long at, long generation) {
        int checksum = Checksum.crc32c(file, at + BLOCK_SIZE, storedSize(file, at));
        return file.get(Bytes.INT, at) == boundChecksum(checksum, file, at, generation, at);
    }

    static MemorySegment recordHeader(long sequence, int count, long payloadSize) {
        MemorySegment record = MemorySegment.ofArray(new byte[RECORD_SIZE]);
        record.set(Bytes.LONG, 0, sequence);
        record.set(Bytes.INT, 8, count);
        record.set(Bytes.LONG, 16, payloadSize);
        return record;
    }

    /// Of a record.
    public static long sequence(MemorySegment raw, long at) {
        return raw.get(Bytes.LONG, at);
    }

    public static int count(MemorySegment raw, long at) {
        return raw.get(Bytes.INT, at + 8);
    }

    public static long payloadSize(MemorySegment raw, long at) {
        return raw.get(Bytes.LONG, at + 16);
    }

    static MemorySegment footer(
            long database, long generation, ChangeFileInfo info, long blocksEnd, int names) {
        MemorySegment footer = MemorySegment.ofArray(new byte[FOOTER_SIZE]);
        footer.set(Bytes.LONG, 0, blocksEnd);
        footer.set(Bytes.LONG, 8, info.fileBytes());
        footer.set(Bytes.LONG, 16, info.nextSequence());
        footer.set(Bytes.LONG, 24, info.firstClock());
        footer.set(Bytes.LONG, 32, info.lastClock());
        footer.set(Bytes.LONG, 40, info.records());
        footer.set(Bytes.INT, 48, names);
        footer.set(Bytes.INT, 52, footerChecksum(footer, 0, database, generation));
        footer.set(Bytes.LONG, 56, FOOTER_MAGIC);
        return footer;
    }

    private static int footerChecksum(MemorySegment file, long at, long database, long generation) {
        return Checksum.bound(Checksum.crc32c(file, at, FOOTER_CHECKED), database, generation);
    }

    /// Whether the file ends with its footer, and the names fit. Requires: a valid header.
    public static boolean footerValid(MemorySegment file) {
        long at = file.byteSize() - FOOTER_SIZE;
        if (at < HEADER_SIZE
                || file.get(Bytes.LONG, at + 56) != FOOTER_MAGIC
                || file.get(Bytes.INT, at + FOOTER_CHECKED)
                        != footerChecksum(file, at, database(file), generation(file))) {
            return false;
        }
        long namesAt = blocksEnd(file);
        return file.get(Bytes.LONG, at + 8) == file.byteSize()
                && namesAt >= HEADER_SIZE
                && namesAt <= at
                && file.get(Bytes.INT, at + 48) == Checksum.crc32c(file, namesAt, at - namesAt);
    }

    public static long blocksEnd(MemorySegment file) {
        return file.get(Bytes.LONG, file.byteSize() - FOOTER_SIZE);
    }

    /// What header and footer say. Requires: both are valid.
    static ChangeFileInfo info(MemorySegment file) {
        long at = file.byteSize() - FOOTER_SIZE;
        return new ChangeFileInfo(
                generation(file),
                firstSequence(file),
                file.get(Bytes.LONG, at + 16),
                file.get(Bytes.LONG, at + 24),
                file.get(Bytes.LONG, at + 32),
                file.get(Bytes.LONG, at + 40),
                file.byteSize());
    }

    /// Puts the bytes of a name behind its number and size.
    static void appendName(ByteArrayOutputStream out, int number, byte[] name) {
        byte[] field = new byte[NAME_SIZE];
        MemorySegment.ofArray(field).set(Bytes.INT, 0, number);
        MemorySegment.ofArray(field).set(Bytes.SHORT, 4, (short) name.length);
        out.writeBytes(field);
        out.writeBytes(name);
    }

    static byte[] name(MemorySegment file, long at, long end) {
        int size = end - at < NAME_SIZE ? -1 : Bytes.getUnsignedShort(file, at + 4);
        if (size < 0 || size > end - at - NAME_SIZE) {
            return null;
        }
        return file.asSlice(at + NAME_SIZE, size).toArray(ValueLayout.JAVA_BYTE);
    }
}
