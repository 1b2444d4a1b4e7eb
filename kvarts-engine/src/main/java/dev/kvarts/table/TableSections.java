package dev.kvarts.table;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.FuseFilter;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.table.TableFormat.Sections;
import dev.kvarts.table.TableStatistics.ValueReferences;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Reading of what stands around a table's blocks and index: header, filter, and behind the index
/// range tombstones, value files, statistics; and writing of the latter.
final class TableSections {
    private TableSections() {}

    static long size(RangeTombstones ranges) {
        long size = 0;
        for (RangeTombstones.Fragment fragment : ranges.fragments()) {
            size +=
                    TableFormat.RANGE_TOMBSTONE_SIZE
                            + fragment.from().length
                            + (fragment.to() == null ? 0 : fragment.to().length)
                            + 8L * fragment.sequences().length;
        }
        return size;
    }

    static void write(RangeTombstones ranges, MemorySegment target, long at) {
        for (RangeTombstones.Fragment fragment : ranges.fragments()) {
            byte[] from = fragment.from();
            byte[] to = fragment.to() == null ? new byte[0] : fragment.to();
            target.set(Bytes.INT, at, from.length);
            target.set(Bytes.INT, at + 4, to.length);
            target.set(Bytes.INT, at + 8, fragment.sequences().length);
            at += TableFormat.RANGE_TOMBSTONE_SIZE;
            MemorySegment.copy(from, 0, target, Bytes.BYTE, at, from.length);
            at += from.length;
            MemorySegment.copy(to, 0, target, Bytes.BYTE, at, to.length);
            at += to.length;
            for (long sequence : fragment.sequences()) {
                target.set(Bytes.LONG, at, sequence);
                at += 8;
            }
        }
    }

    /// Reads fragments from `at` to `end`.
    ///
    /// @param base offset in the file of the segment's beginning
    /// @param globalSequence sequence number of all, or 0
    static RangeTombstones ranges(
            MemorySegment source, long at, long end, String name, long base, long globalSequence) {
        List<RangeTombstones.Fragment> fragments = new ArrayList<>();
        while (at < end) {
            long start = at;
            long fromSize = end - at < TableFormat.RANGE_TOMBSTONE_SIZE ? -1 : unsigned(source, at);
            long toSize = fromSize < 0 ? 0 : unsigned(source, at + 4);
            long count = fromSize < 0 ? 0 : unsigned(source, at + 8);
            at += TableFormat.RANGE_TOMBSTONE_SIZE;
            if (fromSize < 0 || count == 0 || at + fromSize + toSize + 8 * count > end) {
                throw new CorruptionException(
                        "table: range tombstone is damaged", name, base + start);
            }
            byte[] from = Bytes.copyOut(source, at, (int) fromSize);
            byte[] to = Bytes.copyOut(source, at + fromSize, (int) toSize);
            at += fromSize + toSize;
            long[] sequences = new long[(int) count];
            for (int i = 0; i < count; i++) {
                long own = source.get(Bytes.LONG, at);
                sequences[i] = globalSequence != 0 ? globalSequence : own;
                at += 8;
            }
            try {
                fragments.add(
                        new RangeTombstones.Fragment(from, toSize == 0 ? null : to, sequences));
            } catch (IllegalArgumentException e) {
                throw new CorruptionException(
                        "table: range tombstone is damaged", name, base + start, e);
            }
        }
        return fragments.isEmpty() ? RangeTombstones.NONE : RangeTombstones.ofFragments(fragments);
    }

    private static long unsigned(MemorySegment source, long at) {
        return Bytes.getUnsignedInt(source, at);
    }

    static void write(List<ValueReferences> references, MemorySegment target, long at) {
        for (ValueReferences each : references) {
            target.set(Bytes.LONG, at, each.file());
            target.set(Bytes.LONG, at + 8, each.count());
            target.set(Bytes.LONG, at + 16, each.bytes());
            at += TableFormat.VALUE_FILE_SIZE;
        }
    }

    /// The statistics of a file whose trailer and value files lie in the segment.
    ///
    /// @param base offset in the file of the segment's beginning
    static TableStatistics statistics(MemorySegment source, Sections sections, long base) {
        List<ValueReferences> references = new ArrayList<>();
        for (long i = 0; i < sections.valueFileCount(); i++) {
            long at = sections.valueFiles() - base + i * TableFormat.VALUE_FILE_SIZE;
            references.add(
                    new ValueReferences(
                            source.get(Bytes.LONG, at),
                            source.get(Bytes.LONG, at + 8),
                            source.get(Bytes.LONG, at + 16)));
        }
        long trailer = sections.trailer() - base;
        return new TableStatistics(
                sections.blocks(),
                number("entries", source, trailer),
                number("keys", source, trailer),
                number("tombstones", source, trailer),
                number("range tombstones", source, trailer),
                number("key bytes", source, trailer),
                number("value bytes", source, trailer),
                number("raw bytes", source, trailer),
                number("compressed blocks", source, trailer),
                number("sequence min", source, trailer),
                number("sequence max", source, trailer),
                sections.expiry() == sections.firstKey()
                        ? ExpiryTimes.NONE
                        : ExpiryTimes.read(source, sections.expiry() - base),
                references);
    }

    private static long number(String field, MemorySegment source, long trailer) {
        return TableFormat.TRAILER.number(field, source, trailer);
    }

    /// The filter is read into memory, since every lookup touches three lines of it at random.
    static FuseFilter filter(
            ReadableFile file, Arena arena, Sections sections, MemorySegment meta, long number)
            throws IOException {
        long size = sections.index() - sections.filter();
        if (size == 0) {
            return null;
        }
        MemorySegment copy = arena.allocate(size, 64);
        file.read(sections.filter(), copy);
        long expected =
                TableFormat.TRAILER.number(
                        "filter checksum", meta, sections.trailer() - sections.index());
        try {
            if (TableFormat.filterChecksum(copy, 0, size, number) == (int) expected) {
                return FuseFilter.parse(copy, 0, size);
            }
        } catch (IllegalArgumentException e) {
            throw new CorruptionException(
                    "table: filter is damaged", file.name(), sections.filter(), e);
        }
        throw new CorruptionException("table: filter is damaged", file.name(), sections.filter());
    }

    /// Requires that a header is that of this table.
    static void checkHeader(
            MemorySegment header, String name, long database, int keyspace, long number) {
        if (!TableFormat.headerValid(header)) {
            throw new CorruptionException("table: header is damaged", name, 0);
        }
        int version = TableFormat.version(header);
        if (version < TableFormat.VERSION_MIN || version > TableFormat.VERSION) {
            throw new CorruptionException(
                    "table: unknown format version="
                            + version
                            + " known="
                            + TableFormat.VERSION_MIN
                            + ".."
                            + TableFormat.VERSION,
                    name,
                    8);
        }
        if (TableFormat.database(header) != database
                || TableFormat.keyspace(header) != keyspace
                || TableFormat.table(header) != number) {
            throw new CorruptionException("table: belongs elsewhere", name, 16);
        }
    }
}
