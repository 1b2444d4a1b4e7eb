package dev.kvarts.inspect;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Layout;
import dev.kvarts.hash.RunFormat;
import dev.kvarts.hash.RunStatistics;
import dev.kvarts.inspect.DatabaseLayout.HashedLayout;
import dev.kvarts.inspect.DatabaseLayout.KeyspaceLayout;
import dev.kvarts.inspect.DatabaseLayout.Level;
import dev.kvarts.inspect.DatabaseLayout.OrderedLayout;
import dev.kvarts.inspect.DatabaseLayout.RunFile;
import dev.kvarts.inspect.DatabaseLayout.SortedRun;
import dev.kvarts.inspect.DatabaseLayout.TableFile;
import dev.kvarts.inspect.DatabaseLayout.ValueFile;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.manifest.HashedMeta;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.OrderedMeta;
import dev.kvarts.manifest.RunMeta;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.manifest.ValueFileMeta;
import dev.kvarts.table.TableFormat;
import dev.kvarts.table.TableFormat.Sections;
import dev.kvarts.vlog.ValueFileFormat;
import dev.kvarts.vlog.ValueFileStatistics;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The footers of a keyspace's files, put together as the manifest has them. Reads the end of each
/// file and nothing else; everything read is checked.
final class Footers {
    private static final int PARTS_MAX = 32; // of a table

    private final Directory directory;

    Footers(Directory directory) {
        this.directory = directory;
    }

    KeyspaceLayout layout(KeyspaceMeta keyspace) throws IOException {
        return switch (keyspace) {
            case HashedMeta hashed -> hashed(hashed);
            case OrderedMeta ordered -> ordered(ordered);
        };
    }

    // Hashed keyspaces.

    private HashedLayout hashed(HashedMeta keyspace) throws IOException {
        List<RunFile> runs = new ArrayList<>();
        for (RunMeta run : keyspace.runs()) {
            runs.add(run(run));
        }
        return new HashedLayout(keyspace.name(), keyspace.options().utilisationPercent(), runs);
    }

    private RunFile run(RunMeta run) throws IOException {
        String name = RunFormat.fileName(run.number());
        try (ReadableFile file = directory.open(name, false);
                Arena arena = Arena.ofConfined()) {
            long size = sized(file, run.fileBytes(), RunFormat.TRAILER_SIZE);
            long at = size - RunFormat.TRAILER_SIZE;
            MemorySegment trailer = read(file, arena, at, RunFormat.TRAILER_SIZE);
            if (!RunFormat.endValid(trailer, RunFormat.TRAILER_SIZE)) {
                throw new CorruptionException("run: end is damaged", name, at);
            }
            RunStatistics statistics = RunFormat.statistics(trailer, 0);
            int width = RunFormat.directoryWidth(trailer, 0);
            long pages = statistics.pages();
            boolean possible = pages >= 0 && pages <= size / RunFormat.PAGE_SIZE;
            long from = possible ? RunFormat.pageOffset(pages) : -1;
            if (!possible || RunFormat.expiryBytes(pages, width, at) < 0) {
                throw new CorruptionException("run: trailer is damaged", name, at);
            }
            MemorySegment footer = read(file, arena, from, size - from);
            if (!RunFormat.footerValid(footer, 0, size - from, run.number())) {
                throw new CorruptionException("run: directory or trailer is damaged", name, from);
            }
            return new RunFile(run.number(), size, statistics.records(), statistics.tombstones());
        }
    }

    // Ordered keyspaces.

    private OrderedLayout ordered(OrderedMeta keyspace) throws IOException {
        Map<Long, long[]> live = new HashMap<>(); // by value file: pointers into it, their bytes
        var levels = new TreeMap<Integer, TreeMap<Long, List<TableFile>>>();
        for (TableMeta table : keyspace.tables()) {
            levels.computeIfAbsent(table.level(), _ -> new TreeMap<>(Comparator.reverseOrder()))
                    .computeIfAbsent(table.run(), _ -> new ArrayList<>())
                    .add(table(table, live));
        }
        List<ValueFile> valueFiles = new ArrayList<>();
        for (ValueFileMeta file : keyspace.valueFiles()) {
            long[] referenced = live.getOrDefault(file.number(), new long[2]);
            valueFiles.add(valueFile(file, referenced[0], referenced[1]));
        }
        List<Level> sorted = new ArrayList<>();
        levels.forEach(
                (number, runs) -> {
                    List<SortedRun> each = new ArrayList<>();
                    runs.forEach((run, tables) -> each.add(new SortedRun(run, inOrder(tables))));
                    sorted.add(new Level(number, each));
                });
        return new OrderedLayout(keyspace.name(), keyspace.options(), sorted, valueFiles);
    }

    private static List<TableFile> inOrder(List<TableFile> tables) {
        tables.sort((one, other) -> Arrays.compareUnsigned(one.firstKey(), other.firstKey()));
        return tables;
    }

    private TableFile table(TableMeta table, Map<Long, long[]> live) throws IOException {
        String name = TableFormat.fileName(table.number());
        try (ReadableFile file = directory.open(name, false);
                Arena arena = Arena.ofConfined()) {
            long size =
                    sized(
                            file,
                            table.fileBytes(),
                            TableFormat.PAGE_SIZE + TableFormat.TRAILER_SIZE);
            long at = size - TableFormat.TRAILER_SIZE;
            MemorySegment trailer = read(file, arena, at, TableFormat.TRAILER_SIZE);
            Sections sections =
                    TableFormat.trailerValid(trailer, 0, table.number())
                            ? TableFormat.sections(trailer, 0, size)
                            : null;
            if (sections == null) {
                throw new CorruptionException("table: trailer is damaged", name, at);
            }
            // From the index on, because one checksum covers all that.
            long from = sections.index();
            MemorySegment index = read(file, arena, from, at - from);
            long stated = TableFormat.TRAILER.number("index checksum", trailer, 0);
            if ((int) stated
                    != TableFormat.indexChecksum(index, 0, index.byteSize(), table.number())) {
                throw new CorruptionException("table: index is damaged", name, from);
            }
            addReferences(index, sections, live);
            return described(table, sections, trailer, index);
        }
    }

    private static void addReferences(
            MemorySegment index, Sections sections, Map<Long, long[]> live) {
        Layout layout = TableFormat.VALUE_FILE;
        for (long i = 0; i < sections.valueFileCount(); i++) {
            long at = sections.valueFiles() - sections.index() + i * layout.size();
            long[] sum = live.computeIfAbsent(layout.number("file", index, at), _ -> new long[2]);
            sum[0] += layout.number("count", index, at);
            sum[1] += layout.number("bytes", index, at);
        }
    }

    private static TableFile described(
            TableMeta table, Sections sections, MemorySegment trailer, MemorySegment index) {
        long from = sections.index();
        byte[] first = key(index, sections.firstKey() - from, sections.lastKey() - from);
        byte[] last = key(index, sections.lastKey() - from, sections.trailer() - from);
        boolean any = TableFormat.TRAILER.number("entries", trailer, 0) > 0;
        Layout layout = TableFormat.RANGE_TOMBSTONE;
        long end = sections.valueFiles() - from;
        for (long at = sections.rangeTombstones() - from; at + layout.size() <= end; ) {
            long low = at + layout.size();
            long high = low + layout.number("from size", index, at);
            long behind = high + layout.number("to size", index, at);
            if (behind > end) {
                throw new CorruptionException(
                        "table: range tombstone is damaged",
                        TableFormat.fileName(table.number()),
                        from + at);
            }
            byte[] lowest = key(index, low, high);
            byte[] highest = key(index, high, behind);
            first = any && Arrays.compareUnsigned(first, lowest) < 0 ? first : lowest;
            boolean endless = highest.length == 0 || any && last == null;
            last =
                    endless
                            ? null
                            : any && Arrays.compareUnsigned(last, highest) > 0 ? last : highest;
            any = true;
            at = behind + Long.BYTES * layout.number("sequences", index, at);
        }
        return new TableFile(
                table.number(),
                table.fileBytes(),
                number("entries", trailer),
                number("tombstones", trailer),
                number("range tombstones", trailer),
                table.globalSequence() != 0
                        ? table.globalSequence()
                        : number("sequence min", trailer),
                table.globalSequence() != 0
                        ? table.globalSequence()
                        : number("sequence max", trailer),
                first,
                last,
                dividers(table, sections, index),
                Instant.ofEpochMilli(table.oldestMillis()),
                Instant.ofEpochMilli(table.newestMillis()));
    }

    /// Separators of some of its blocks, evenly spaced.
    private static List<byte[]> dividers(TableMeta table, Sections sections, MemorySegment index) {
        long parts = Math.min(sections.blocks(), PARTS_MAX);
        long from = sections.separators() - sections.index();
        long size = sections.rangeTombstones() - sections.separators();
        List<byte[]> dividers = new ArrayList<>();
        for (long part = 1; part < parts; part++) {
            long block = part * sections.blocks() / parts;
            long start = separatorEnd(index, block - 1);
            long end = separatorEnd(index, block);
            if (start < 0 || end < start || end > size) {
                throw new CorruptionException(
                        "table: index is damaged",
                        TableFormat.fileName(table.number()),
                        sections.index());
            }
            dividers.add(key(index, from + start, from + end));
        }
        return dividers;
    }

    private static long separatorEnd(MemorySegment index, long block) {
        Layout layout = TableFormat.INDEX_ENTRY;
        return layout.number("separator end", index, block * layout.size());
    }

    private static byte[] key(MemorySegment index, long from, long end) {
        return Bytes.copyOut(index, from, (int) (end - from));
    }

    private static long number(String field, MemorySegment trailer) {
        return TableFormat.TRAILER.number(field, trailer, 0);
    }

    private ValueFile valueFile(ValueFileMeta meta, long liveRecords, long liveBytes)
            throws IOException {
        String name = ValueFileFormat.fileName(meta.number());
        try (ReadableFile file = directory.open(name, false);
                Arena arena = Arena.ofConfined()) {
            long size = sized(file, meta.fileBytes(), ValueFileFormat.FILE_SIZE_MIN);
            long at = size - ValueFileFormat.FOOTER_SIZE;
            MemorySegment footer = read(file, arena, at, ValueFileFormat.FOOTER_SIZE);
            if (!ValueFileFormat.footerValid(footer, 0, meta.number(), at)) {
                throw new CorruptionException("value file: footer is damaged", name, at);
            }
            ValueFileStatistics statistics = ValueFileFormat.statistics(footer, 0);
            return new ValueFile(
                    meta.number(),
                    size,
                    statistics.records(),
                    statistics.valueBytes(),
                    liveRecords,
                    liveBytes);
        }
    }

    // Files.

    /// Size of a file, which is what the manifest says.
    private static long sized(ReadableFile file, long expected, long min) {
        if (file.size() != expected || file.size() < min) {
            throw new CorruptionException(
                    "manifest: file has another size, expected=" + expected,
                    file.name(),
                    file.size());
        }
        return file.size();
    }

    private static MemorySegment read(ReadableFile file, Arena arena, long from, long size)
            throws IOException {
        MemorySegment segment = arena.allocate(Math.max(1, size), Long.BYTES).asSlice(0, size);
        file.read(from, segment);
        return segment;
    }
}
