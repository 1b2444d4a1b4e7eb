package dev.kvarts.table;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;
import dev.kvarts.entry.ExpiryTimes;

import java.lang.foreign.MemorySegment;

/// A table on disk, version 2: entries sorted by key, compared as unsigned bytes; of versions of
/// one key the newest first. Little-endian.
///
/// ```
/// header page | blocks | filter | index: entries, separators | range tombstones | value files
///             | expiry | first key | last key | trailer
/// ```
///
/// | offset | size | header page | meaning                                       |
/// |-------:|-----:|-------------|-----------------------------------------------|
/// |      0 |    8 | magic       | `KVARTSTB`                                    |
/// |      8 |    4 | version     | 2; in 1 nothing expires                       |
/// |     12 |    4 | checksum    | CRC32C of bytes 16 .. 4096                    |
/// |     16 |    8 | database    | identity of the database                      |
/// |     24 |    8 | table       | its number                                    |
/// |     32 |    4 | keyspace    | its number                                    |
/// |     36 |    4 | block bytes | what a block was to take                      |
/// |     40 |    4 | codec       | of its blocks; each may still be uncompressed |
/// |     44 |      | reserved    | 0                                             |
///
/// The blocks ([BlockFormat]) follow each other without gaps from offset 4096 on. One that is not
/// compressed is padded so that the next does not cross the border of a page for want of a few
/// bytes.
///
/// | offset | size | index entry   | meaning                                              |
/// |-------:|-----:|---------------|------------------------------------------------------|
/// |      0 |    8 | offset        | of the block                                         |
/// |      8 |    8 | separator end | where its separator ends; the first begins at 0      |
///
/// The separator of a block is higher than every key before the block and not higher than its
/// first; the first block's is empty. Where versions of one key lie in several blocks, the
/// separators of all but the first of these are the key with a zero byte behind it, so that the key
/// itself leads to the newest version.
///
/// | offset | size | range tombstone | meaning                                              |
/// |-------:|-----:|-----------------|------------------------------------------------------|
/// |      0 |    4 | from size       | 0: it has no beginning                               |
/// |      4 |    4 | to size         | 0: it has no end                                     |
/// |      8 |    4 | sequences       | how many                                             |
/// |     12 |      | from, to        | keys                                                 |
/// |        |      | sequences       | 8 bytes each, descending                             |
///
/// | offset | size | value file | meaning                                                   |
/// |-------:|-----:|------------|-----------------------------------------------------------|
/// |      0 |    8 | file       | its number                                                |
/// |      8 |    8 | count      | pointers into it                                          |
/// |     16 |    8 | bytes      | of the values they point to                               |
///
/// The section expiry is there only if anything expires: see `ExpiryTimes`.
///
/// The trailer is in [#TRAILER]: sizes of the sections, statistics, checksums.
public final class TableFormat {
    public static final long MAGIC = 0x4254_5354_5241_564BL; // "KVARTSTB"
    public static final int END = 0x4554_564B; // "KVTE"
    public static final int VERSION = 2;
    public static final int VERSION_MIN = 1; // that is understood
    public static final int PAGE_SIZE = 4096;
    public static final int INDEX_ENTRY_SIZE = 16;
    public static final int RANGE_TOMBSTONE_SIZE = 12;
    public static final int VALUE_FILE_SIZE = 24;

    /// Where the blocks end at most: offsets in memory have four bytes.
    public static final long BLOCKS_END_MAX = 0xFFFF_FFFFL;

    public static final int TRAILER_SIZE = 152;
    public static final String FILE_PREFIX = "table-";

    // What checksums are bound to besides the table's number.
    private static final long FILTER_POSITION = -1;
    private static final long INDEX_POSITION = -2;
    private static final long TRAILER_POSITION = -3;

    private static final long DATABASE = 16;
    private static final long TABLE = 24;
    private static final long KEYSPACE = 32;
    private static final long BLOCK_BYTES = 36;
    private static final long CODEC = 40;

    /// The header page.
    public static final Layout HEADER =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .hex("database", 8)
                    .number("table", 8)
                    .number("keyspace", 4)
                    .number("block bytes", 4)
                    .number("codec", 4)
                    .reserved(PAGE_SIZE - 44);

    public static final Layout INDEX_ENTRY =
            Layout.begin().number("offset", 8).number("separator end", 8);

    public static final Layout RANGE_TOMBSTONE =
            Layout.begin().number("from size", 4).number("to size", 4).number("sequences", 4);

    public static final Layout VALUE_FILE =
            Layout.begin().number("file", 8).number("count", 8).number("bytes", 8);

    /// The trailer.
    public static final Layout TRAILER =
            Layout.begin()
                    .number("blocks", 8)
                    .number("blocks end", 8)
                    .number("filter size", 8)
                    .number("separators size", 8)
                    .number("range tombstones size", 8)
                    .number("value files", 4)
                    .number("first key size", 4)
                    .number("last key size", 4)
                    .number("filter bits", 4)
                    .number("entries", 8)
                    .number("keys", 8)
                    .number("tombstones", 8)
                    .number("range tombstones", 8)
                    .number("key bytes", 8)
                    .number("value bytes", 8)
                    .number("raw bytes", 8)
                    .number("compressed blocks", 8)
                    .number("sequence min", 8)
                    .number("sequence max", 8)
                    .hex("filter checksum", 4)
                    .hex("index checksum", 4)
                    .hex("checksum", 4)
                    .text("end", 4);

    private TableFormat() {}

    public static String fileName(long table) {
        return FILE_PREFIX + table;
    }

    // Header page.

    static void writeHeader(
            MemorySegment page,
            long database,
            long table,
            int keyspace,
            int blockBytes,
            int codec) {
        page.asSlice(0, PAGE_SIZE).fill((byte) 0);
        page.set(Bytes.LONG, 0, MAGIC);
        page.set(Bytes.INT, 8, VERSION);
        page.set(Bytes.LONG, DATABASE, database);
        page.set(Bytes.LONG, TABLE, table);
        page.set(Bytes.INT, KEYSPACE, keyspace);
        page.set(Bytes.INT, BLOCK_BYTES, blockBytes);
        page.set(Bytes.INT, CODEC, codec);
        page.set(Bytes.INT, 12, Checksum.crc32c(page, 16, PAGE_SIZE - 16));
    }

    public static boolean headerValid(MemorySegment file) {
        return file.get(Bytes.LONG, 0) == MAGIC
                && file.get(Bytes.INT, 12) == Checksum.crc32c(file, 16, PAGE_SIZE - 16);
    }

    public static int version(MemorySegment file) {
        return file.get(Bytes.INT, 8);
    }

    public static long database(MemorySegment file) {
        return file.get(Bytes.LONG, DATABASE);
    }

    public static long table(MemorySegment file) {
        return file.get(Bytes.LONG, TABLE);
    }

    public static int keyspace(MemorySegment file) {
        return file.get(Bytes.INT, KEYSPACE);
    }

    public static int codec(MemorySegment file) {
        return file.get(Bytes.INT, CODEC);
    }

    // Sections.

    /// Where the sections behind the blocks begin and end.
    ///
    /// @param blocks how many
    /// @param filter where the blocks end and the filter begins
    public record Sections(
            long blocks,
            long filter,
            long index,
            long separators,
            long rangeTombstones,
            long valueFiles,
            long expiry,
            long firstKey,
            long lastKey,
            long trailer) {
        public long valueFileCount() {
            return (expiry - valueFiles) / VALUE_FILE_SIZE;
        }
    }

    /// The sections as the trailer has them, or null if they do not fill a file of this size.
    /// Requires: the trailer lies at `at`.
    public static Sections sections(MemorySegment segment, long at, long fileBytes) {
        long end = fileBytes - TRAILER_SIZE;
        long blocks = TRAILER.number("blocks", segment, at);
        long filter = TRAILER.number("blocks end", segment, at);
        long filterSize = TRAILER.number("filter size", segment, at);
        long separatorsSize = TRAILER.number("separators size", segment, at);
        long rangeTombstonesSize = TRAILER.number("range tombstones size", segment, at);
        long valueFiles = TRAILER.number("value files", segment, at);
        long firstKeySize = TRAILER.number("first key size", segment, at);
        long lastKeySize = TRAILER.number("last key size", segment, at);
        boolean each =
                within(blocks, Math.min(fileBytes, Integer.MAX_VALUE))
                        && within(filter, fileBytes)
                        && within(filterSize, fileBytes)
                        && within(separatorsSize, fileBytes)
                        && within(rangeTombstonesSize, fileBytes)
                        && within(valueFiles, fileBytes)
                        && within(firstKeySize, Limits.KEY_SIZE_MAX)
                        && within(lastKeySize, Limits.KEY_SIZE_MAX);
        if (!each || filter < PAGE_SIZE) {
            return null;
        }
        long index = filter + filterSize;
        long separators = index + blocks * INDEX_ENTRY_SIZE;
        long rangeTombstones = separators + separatorsSize;
        long files = rangeTombstones + rangeTombstonesSize;
        long expiry = files + valueFiles * VALUE_FILE_SIZE;
        long expirySize = end - expiry - firstKeySize - lastKeySize;
        long firstKey = expiry + expirySize;
        long lastKey = firstKey + firstKeySize;
        return expirySize != 0 && expirySize != ExpiryTimes.SIZE
                ? null
                : new Sections(
                        blocks,
                        filter,
                        index,
                        separators,
                        rangeTombstones,
                        files,
                        expiry,
                        firstKey,
                        lastKey,
                        end);
    }

    /// Sums of such numbers do not overflow.
    private static boolean within(long size, long most) {
        return size >= 0 && size <= Math.min(most, 1L << 56);
    }

    public static int filterChecksum(MemorySegment segment, long from, long size, long table) {
        return Checksum.bound(Checksum.crc32c(segment, from, size), table, FILTER_POSITION);
    }

    /// Of all from the index to the trailer.
    public static int indexChecksum(MemorySegment segment, long from, long size, long table) {
        return Checksum.bound(Checksum.crc32c(segment, from, size), table, INDEX_POSITION);
    }

    static int trailerChecksum(MemorySegment segment, long at, long table) {
        return Checksum.bound(
                Checksum.crc32c(segment, at, TRAILER_SIZE - 8), table, TRAILER_POSITION);
    }

    public static boolean trailerValid(MemorySegment segment, long at, long table) {
        return segment.get(Bytes.INT, at + TRAILER_SIZE - 4) == END
                && segment.get(Bytes.INT, at + TRAILER_SIZE - 8)
                        == trailerChecksum(segment, at, table);
    }

    static void writeTrailer(
            MemorySegment segment,
            long at,
            Sections sections,
            TableStatistics statistics,
            int filterBits,
            int filterChecksum,
            int indexChecksum,
            long table) {
        long[] numbers = {
            sections.blocks,
            sections.filter,
            sections.index - sections.filter,
            sections.rangeTombstones - sections.separators,
            sections.valueFiles - sections.rangeTombstones,
            sections.valueFileCount(),
            sections.lastKey - sections.firstKey,
            sections.trailer - sections.lastKey,
            filterBits,
            statistics.entries(),
            statistics.keys(),
            statistics.tombstones(),
            statistics.rangeTombstones(),
            statistics.keyBytes(),
            statistics.valueBytes(),
            statistics.rawBytes(),
            statistics.compressedBlocks(),
            statistics.sequenceMin(),
            statistics.sequenceMax(),
            filterChecksum,
            indexChecksum
        };
        for (int i = 0; i < numbers.length; i++) {
            Layout.Field field = TRAILER.fields().get(i);
            if (field.size() == Integer.BYTES) {
                segment.set(Bytes.INT, at + field.offset(), (int) numbers[i]);
            } else {
                segment.set(Bytes.LONG, at + field.offset(), numbers[i]);
            }
        }
        segment.set(Bytes.INT, at + TRAILER_SIZE - 8, trailerChecksum(segment, at, table));
        segment.set(Bytes.INT, at + TRAILER_SIZE - 4, END);
    }
}
