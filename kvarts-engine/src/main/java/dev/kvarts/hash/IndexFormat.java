package dev.kvarts.hash;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A maplet checkpoint on disk, version 1: the index as it was after a certain run. Little-endian.
///
/// | size | header          | meaning                                                          |
/// |-----:|-----------------|------------------------------------------------------------------|
/// |    8 | magic           | `KVARTSIX`                                                       |
/// |    4 | version         | 1                                                                |
/// |    4 | checksum        | CRC32C of bytes 16 .. end of the padding                         |
/// |    8 | database        | identity of the database                                         |
/// |    8 | number          | of this file                                                     |
/// |    4 | keyspace        |                                                                  |
/// |    4 | partition bits  |                                                                  |
/// |    8 | applied run     | the effect of all runs up to this number is in here              |
/// |    4 | runs            | R                                                                |
/// |    4 | partitions      | P                                                                |
/// |    8 | reserved        | 0                                                                |
/// |  40R | run table       | number 8, id 4, checksum 4, records 8, dead bytes 8, offset 8    |
/// |  20P | partition table | offset 8, blocks 4, entries 4, checksum 4                        |
/// |      | padding         | to a multiple of 8                                               |
///
/// Then, at the offsets stated: for each run its dead bits, `(records + 63) / 64` words; for each
/// partition the sizes of its groups, a byte each, eight per block, and its entries: low byte run
/// id, high byte remainder. Checksums are bound to file number and offset.
public final class IndexFormat {
    public static final long MAGIC = 0x5849_5354_5241_564BL; // "KVARTSIX"
    public static final int VERSION = 1;
    public static final int HEADER_SIZE = 64;
    public static final int RUN_ENTRY_SIZE = 40;
    public static final int PARTITION_ENTRY_SIZE = 20;
    public static final int PARTITIONS_MAX = 1 << 16;
    public static final String FILE_PREFIX = "index-";

    /// The header.
    public static final Layout HEADER =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .hex("database", 8)
                    .number("number", 8)
                    .number("keyspace", 4)
                    .number("partition bits", 4)
                    .number("applied run", 8)
                    .number("runs", 4)
                    .number("partitions", 4)
                    .reserved(8);

    /// One line of the run table.
    public static final Layout RUN_ENTRY =
            Layout.begin()
                    .number("number", 8)
                    .number("id", 4)
                    .hex("checksum", 4)
                    .number("records", 8)
                    .number("dead bytes", 8)
                    .number("offset", 8);

    /// One line of the partition table.
    public static final Layout PARTITION_ENTRY =
            Layout.begin()
                    .number("offset", 8)
                    .number("blocks", 4)
                    .number("entries", 4)
                    .hex("checksum", 4);

    private IndexFormat() {}

    public static String fileName(long number) {
        return FILE_PREFIX + number;
    }

    /// Header and run table, read and checked.
    public record Header(
            long number,
            long database,
            int keyspace,
            int partitionBits,
            long appliedRun,
            List<RunEntry> runs,
            long partitionTable) {}

    public record RunEntry(
            long number, int id, long records, long deadBytes, long offset, int checksum) {}

    static long headBytes(int runs, int partitions) {
        return Bytes.roundUp(
                HEADER_SIZE
                        + (long) runs * RUN_ENTRY_SIZE
                        + (long) partitions * PARTITION_ENTRY_SIZE,
                8);
    }

    static void writeRunEntry(MemorySegment head, long at, RunEntry run) {
        head.set(Bytes.LONG, at, run.number());
        head.set(Bytes.INT, at + 8, run.id());
        head.set(Bytes.INT, at + 12, run.checksum());
        head.set(Bytes.LONG, at + 16, run.records());
        head.set(Bytes.LONG, at + 24, run.deadBytes());
        head.set(Bytes.LONG, at + 32, run.offset());
    }

    static void writePartitionEntry(
            MemorySegment head, long at, long offset, int blocks, int count, int checksum) {
        head.set(Bytes.LONG, at, offset);
        head.set(Bytes.INT, at + 8, blocks);
        head.set(Bytes.INT, at + 12, count);
        head.set(Bytes.INT, at + 16, checksum);
    }

    static void writeHeader(
            MemorySegment head,
            long database,
            int keyspace,
            long number,
            long appliedRun,
            int partitionBits,
            int runs,
            int partitions) {
        head.set(Bytes.LONG, 0, MAGIC);
        head.set(Bytes.INT, 8, VERSION);
        head.set(Bytes.LONG, 16, database);
        head.set(Bytes.LONG, 24, number);
        head.set(Bytes.INT, 32, keyspace);
        head.set(Bytes.INT, 36, partitionBits);
        head.set(Bytes.LONG, 40, appliedRun);
        head.set(Bytes.INT, 48, runs);
        head.set(Bytes.INT, 52, partitions);
        head.set(Bytes.INT, 12, Checksum.crc32c(head, 16, head.byteSize() - 16));
    }

    public static long magic(MemorySegment segment) {
        return segment.get(Bytes.LONG, 0);
    }

    public static int version(MemorySegment segment) {
        return segment.get(Bytes.INT, 8);
    }

    /// Bytes of header and tables by the counts in the header, or -1 if the file is too short for
    /// them. Requires: the header lies in the segment.
    public static long headBytes(MemorySegment segment) {
        long runs = HEADER.number("runs", segment, 0);
        long partitions = HEADER.number("partitions", segment, 0);
        if (runs > RunSet.IDS || partitions > PARTITIONS_MAX) {
            return -1;
        }
        long bytes = headBytes((int) runs, (int) partitions);
        return bytes <= segment.byteSize() ? bytes : -1;
    }

    /// Whether header and tables are as they were written.
    public static boolean headValid(MemorySegment segment, long headBytes) {
        return magic(segment) == MAGIC
                && segment.get(Bytes.INT, 12) == Checksum.crc32c(segment, 16, headBytes - 16);
    }

    /// Where the line of a run begins.
    public static long runEntryOffset(int index) {
        return HEADER_SIZE + (long) index * RUN_ENTRY_SIZE;
    }

    /// Where the line of a partition begins.
    public static long partitionEntryOffset(int runs, int partition) {
        return runEntryOffset(runs) + (long) partition * PARTITION_ENTRY_SIZE;
    }

    /// Bytes of the dead bits of a run of so many records.
    public static long deadBitsBytes(long records) {
        return (records + 63 >>> 6) * Long.BYTES;
    }

    /// Bytes of a partition.
    public static long partitionBytes(long blocks, long entries) {
        return 8 * blocks + 2 * entries;
    }

    /// Entries in the groups of the partition at `offset`, by their sizes.
    public static long groupSizes(MemorySegment segment, long offset, long blocks) {
        long sum = 0;
        for (long at = offset; at < offset + 8 * blocks; at++) {
            sum += Bytes.getUnsignedByte(segment, at);
        }
        return sum;
    }

    /// Run id of an entry of the partition at `offset`.
    public static int entryRun(MemorySegment segment, long offset, long blocks, long entry) {
        return Bytes.getUnsignedByte(segment, offset + 8 * blocks + 2 * entry);
    }

    /// Reads header and tables, and checks that they lie within the file.
    public static Header readHeader(
            MemorySegment segment, String name, long database, int keyspace, long number) {
        if (segment.byteSize() < HEADER_SIZE || segment.get(Bytes.LONG, 0) != MAGIC) {
            throw new CorruptionException("maplet checkpoint: not a checkpoint", name, 0);
        }
        int runCount = segment.get(Bytes.INT, 48);
        int partitions = segment.get(Bytes.INT, 52);
        boolean sane =
                runCount >= 0
                        && runCount <= RunSet.IDS
                        && partitions > 0
                        && partitions <= PARTITIONS_MAX;
        long headBytes = sane ? headBytes(runCount, partitions) : Long.MAX_VALUE;
        if (headBytes > segment.byteSize()
                || segment.get(Bytes.INT, 12) != Checksum.crc32c(segment, 16, headBytes - 16)) {
            throw new CorruptionException("maplet checkpoint: header is damaged", name, 0);
        }
        int version = segment.get(Bytes.INT, 8);
        if (version != VERSION) {
            throw new CorruptionException(
                    "maplet checkpoint: unknown format version=" + version + " known=" + VERSION,
                    name,
                    8);
        }
        List<RunEntry> runs = new ArrayList<>();
        for (int i = 0; i < runCount; i++) {
            long at = HEADER_SIZE + (long) i * RUN_ENTRY_SIZE;
            runs.add(
                    new RunEntry(
                            segment.get(Bytes.LONG, at),
                            segment.get(Bytes.INT, at + 8),
                            segment.get(Bytes.LONG, at + 16),
                            segment.get(Bytes.LONG, at + 24),
                            segment.get(Bytes.LONG, at + 32),
                            segment.get(Bytes.INT, at + 12)));
        }
        var header =
                new Header(
                        segment.get(Bytes.LONG, 24),
                        segment.get(Bytes.LONG, 16),
                        segment.get(Bytes.INT, 32),
                        segment.get(Bytes.INT, 36),
                        segment.get(Bytes.LONG, 40),
                        runs,
                        HEADER_SIZE + (long) runCount * RUN_ENTRY_SIZE);
        if (header.number != number || header.database != database || header.keyspace != keyspace) {
            throw new CorruptionException("maplet checkpoint: belongs elsewhere", name, 16);
        }
        return header;
    }

    /// Whether the blob lies in the file and has this checksum.
    public static boolean blobValid(
            MemorySegment file, long offset, long size, int checksum, long number) {
        return offset >= 0
                && size >= 0
                && offset <= file.byteSize()
                && size <= file.byteSize() - offset
                && blobChecksum(file, offset, size, offset, number) == checksum;
    }

    /// Checksum of `size` bytes at `from`, bound to the offset at which they lie in the file.
    public static int blobChecksum(
            MemorySegment segment, long from, long size, long offset, long number) {
        return Checksum.bound(Checksum.crc32c(segment, from, size), number, offset);
    }

    /// Dead bits as they lie in the file.
    static MemorySegment words(DeadBits dead, Arena arena) {
        long[] words = dead.words();
        MemorySegment copy = arena.allocate(8L * words.length, 8);
        MemorySegment.copy(words, 0, copy, Bytes.LONG, 0, words.length);
        return copy;
    }

    static int partitionChecksum(Maplet maplet, long offset, long number) {
        return Checksum.bound(
                Checksum.crc32c(maplet.sizesSegment(), maplet.entriesSegment()), number, offset);
    }
}
