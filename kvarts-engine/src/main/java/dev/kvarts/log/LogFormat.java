package dev.kvarts.log;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;

import java.lang.foreign.MemorySegment;

/// The commit log on disk, version 2. Little-endian.
///
/// A segment file is preallocated and used again and again; each use is a *generation*, numbered
/// without gaps.
///
/// | offset | size | segment header  | meaning                                                            |
/// |-------:|-----:|-----------------|--------------------------------------------------------------------|
/// |      0 |    8 | magic           | `KVARTSLG`                                                         |
/// |      8 |    4 | version         | 2; 1 had fewer kinds of entries                                    |
/// |     12 |    4 | checksum        | CRC32C of bytes 16 .. 48                                           |
/// |     16 |    8 | database        | identity of the database                                           |
/// |     24 |    8 | generation      |                                                                    |
/// |     32 |    8 | previous end    | where the records of the generation before end in its file; 0 if unknown |
/// |     40 |    8 | first sequence  | sequence number that the first record here has at least           |
/// |     48 |    8 | durable end     | records before this offset were durable when it was stored         |
/// |     56 |    4 | its checksum    | the durable end, multiplied and folded, bound to the generation                  |
/// |     60 |    4 | reserved        | 0                                                                  |
///
/// Records follow from offset 64, each at a multiple of 8:
///
/// | offset | size | record field | meaning                                                                 |
/// |-------:|-----:|--------------|-------------------------------------------------------------------------|
/// |      0 |    4 | checksum     | CRC32C of the payload, bound to the fields below, generation and offset  |
/// |      4 |    4 | count        | entries in the payload, each with a sequence number of its own, at least 1 |
/// |      8 |    8 | payload size | bytes                                                                    |
/// |     16 |    8 | sequence     | of the first entry, 56 bits; bit 56: all earlier generations are durable |
/// |     24 |    8 | durable end  | records before this offset of this file were durable when this was written |
/// |     32 |    n | payload      | entries, see `EntryFormat`                                               |
///
/// The checksum is bound to the generation: a record of the file's former life, however whole, does
/// not validate. The durable end lets recovery tell a torn tail from damage: an invalid record
/// before a durable end that a later record states is damage.
public final class LogFormat {
    public static final long MAGIC = 0x474C_5354_5241_564BL; // "KVARTSLG"
    public static final int VERSION = 2;
    public static final int VERSION_MIN = 1; // that is understood
    public static final int HEADER_SIZE = 64;
    private static final long K = 0x9E3779B97F4A7C15L;
    private static final int CHECKED_END = 48;
    public static final int RECORD_HEADER_SIZE = 32;
    public static final int ALIGNMENT = 8;
    public static final long SEQUENCE_MAX = (1L << 56) - 1;
    public static final String FILE_PREFIX = "log-";
    static final long EARLIER_DURABLE = 1L << 56;

    /// The segment header.
    public static final Layout HEADER =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .hex("database", 8)
                    .number("generation", 8)
                    .number("previous end", 8)
                    .number("first sequence", 8)
                    .number("durable end", 8)
                    .hex("its checksum", 4)
                    .reserved(4);

    /// What precedes the payload of a record.
    public static final Layout RECORD =
            Layout.begin()
                    .hex("checksum", 4)
                    .number("count", 4)
                    .number("payload size", 8)
                    .number("sequence", 8)
                    .number("durable end", 8);

    private LogFormat() {}

    /// Name of the file in a slot.
    public static String fileName(int slot) {
        return FILE_PREFIX + slot;
    }

    static void writeHeader(
            MemorySegment file,
            long database,
            long generation,
            long previousEnd,
            long firstSequence) {
        file.set(Bytes.LONG, 0, MAGIC);
        file.set(Bytes.INT, 8, VERSION);
        file.set(Bytes.LONG, 16, database);
        file.set(Bytes.LONG, 24, generation);
        file.set(Bytes.LONG, 32, previousEnd);
        file.set(Bytes.LONG, 40, firstSequence);
        file.set(Bytes.LONG, 48, 0);
        file.set(Bytes.LONG, 56, 0);
        file.set(Bytes.INT, 12, Checksum.crc32c(file, 16, CHECKED_END - 16));
    }

    public static boolean headerValid(MemorySegment file) {
        return magic(file) == MAGIC
                && file.get(Bytes.INT, 12) == Checksum.crc32c(file, 16, CHECKED_END - 16);
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

    public static long generation(MemorySegment file) {
        return file.get(Bytes.LONG, 24);
    }

    public static long previousEnd(MemorySegment file) {
        return file.get(Bytes.LONG, 32);
    }

    public static long firstSequence(MemorySegment file) {
        return file.get(Bytes.LONG, 40);
    }

    /// States how far the file is durable. Stored after each force and not forced itself: it
    /// survives a crash of the process, and then damage before it is told from a torn tail.
    static void writeDurableEnd(MemorySegment file, long generation, long durableEnd) {
        file.set(Bytes.LONG, 48, durableEnd);
        file.set(Bytes.INT, 56, Checksum.bound(Long.hashCode(durableEnd * K), generation, 48));
    }

    /// What [#writeDurableEnd] stored last, or 0 if that is not valid.
    public static long statedDurableEnd(MemorySegment file, long generation) {
        long durableEnd = file.get(Bytes.LONG, 48);
        return file.get(Bytes.INT, 56)
                        == Checksum.bound(Long.hashCode(durableEnd * K), generation, 48)
                ? durableEnd
                : 0;
    }

    /// Whether the durable end is as it was stored, or was never stored.
    public static boolean durableEndValid(MemorySegment file, long generation) {
        return (file.get(Bytes.LONG, 48) == 0 && file.get(Bytes.INT, 56) == 0)
                || statedDurableEnd(file, generation) != 0;
    }

    /// Bytes a record of this payload takes, padding included.
    public static long recordSize(long payloadSize) {
        return Bytes.roundUp(RECORD_HEADER_SIZE + payloadSize, ALIGNMENT);
    }

    /// Writes what precedes the payload. The checksum of the payload is computed before, without
    /// any lock; the header's fields are bound to it here, under the lock that gives them out.
    static void writeRecordHeader(
            MemorySegment file,
            long at,
            int payloadChecksum,
            int count,
            long payloadSize,
            long sequenceAndFlags,
            long durableEnd,
            long generation) {
        writeRecordHeader(
                file,
                at,
                at,
                payloadChecksum,
                count,
                payloadSize,
                sequenceAndFlags,
                durableEnd,
                generation);
    }

    /// As above, at `at` of a segment, for a record that will be at `place` of its file.
    static void writeRecordHeader(
            MemorySegment file,
            long at,
            long place,
            int payloadChecksum,
            int count,
            long payloadSize,
            long sequenceAndFlags,
            long durableEnd,
            long generation) {
        file.set(
                Bytes.INT,
                at,
                recordChecksum(
                        payloadChecksum,
                        count,
                        payloadSize,
                        sequenceAndFlags,
                        durableEnd,
                        generation,
                        place));
        file.set(Bytes.INT, at + 4, count);
        file.set(Bytes.LONG, at + 8, payloadSize);
        file.set(Bytes.LONG, at + 16, sequenceAndFlags);
        file.set(Bytes.LONG, at + 24, durableEnd);
    }

    private static int recordChecksum(
            int payloadChecksum,
            int count,
            long payloadSize,
            long sequenceAndFlags,
            long durableEnd,
            long generation,
            long at) {
        int checksum = Checksum.bound(payloadChecksum, count, payloadSize);
        checksum = Checksum.bound(checksum, sequenceAndFlags, durableEnd);
        return Checksum.bound(checksum, generation, at);
    }

    public static int checksum(MemorySegment file, long at) {
        return file.get(Bytes.INT, at);
    }

    public static int count(MemorySegment file, long at) {
        return file.get(Bytes.INT, at + 4);
    }

    public static long payloadSize(MemorySegment file, long at) {
        return file.get(Bytes.LONG, at + 8);
    }

    public static long sequence(MemorySegment file, long at) {
        return file.get(Bytes.LONG, at + 16) & SEQUENCE_MAX;
    }

    public static boolean earlierDurable(MemorySegment file, long at) {
        return (file.get(Bytes.LONG, at + 16) & EARLIER_DURABLE) != 0;
    }

    public static long durableEnd(MemorySegment file, long at) {
        return file.get(Bytes.LONG, at + 24);
    }

    /// Size of the valid record at this offset, or 0 if there is none.
    public static long validRecord(MemorySegment file, long at, long generation) {
        return validRecord(file, at, at, generation);
    }

    /// As above, at `at` of a segment, of a record that is at `place` of its file.
    static long validRecord(MemorySegment file, long at, long place, long generation) {
        if (at + RECORD_HEADER_SIZE > file.byteSize()) {
            return 0;
        }
        long payload = payloadSize(file, at);
        if (payload <= 0
                || payload > file.byteSize() - at - RECORD_HEADER_SIZE
                || count(file, at) < 1) {
            return 0;
        }
        int expected =
                recordChecksum(
                        Checksum.crc32c(file, at + RECORD_HEADER_SIZE, payload),
                        count(file, at),
                        payload,
                        file.get(Bytes.LONG, at + 16),
                        durableEnd(file, at),
                        generation,
                        place);
        return checksum(file, at) == expected ? recordSize(payload) : 0;
    }
}
