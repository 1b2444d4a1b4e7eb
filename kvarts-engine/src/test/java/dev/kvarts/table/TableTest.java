package dev.kvarts.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.BlockCache;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.table.TableFiles.Entry;
import dev.kvarts.table.TableStatistics.ValueReferences;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/// What was written into a table is found in it, by key and in order, and nothing else is.
final class TableTest {
    private @TempDir Path folder;
    private TableFiles files;
    private final Lookup lookup = new Lookup();
    private final ThreadScheduler scheduler = new ThreadScheduler(1);
    private final Epochs epochs = new Epochs(scheduler);

    @BeforeEach
    void open() throws IOException {
        files = new TableFiles(folder);
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    private boolean find(Table table, byte[] key, long visible) {
        int epoch = epochs.enter();
        try {
            lookup.ask(key, key.length, TableFiles.SEED, visible);
            return table.find(lookup);
        } finally {
            epochs.exit(epoch);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "one",
                "uniform",
                "mixed",
                "digits",
                "tombstones",
                "pointers",
                "expiring",
                "gathered pointers",
                "empty values",
                "smallest",
                "shared prefix",
                "prefixes of each other",
                "zeros",
                "high bytes",
                "two letters",
                "without sequences",
                "nearly uniform",
                "filling values",
                "large values",
                "huge keys",
                "any"
            })
    void entriesOfEveryShapeComeBack(String shape) throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        files.options =
                new TableOptions(
                        random.nextBoolean() ? 4096 : 1 << random.nextInt(8, 16),
                        random.nextInt(3) * 8,
                        TableFiles.SEED,
                        random.nextBoolean() ? BlockCodec.NONE : files.codecs.byName("lz4"));
        List<Entry> entries = TableFiles.random(random, shape);
        String where = "seed=" + seed + " options=" + files.options;
        files.write(7, entries);
        assertEquals(List.of(), files.check(7), where);
        try (var cache = new BlockCache(files.budget, epochs, BlockCache.CAPACITY_BYTES_MIN)) {
            var cached = new SharedBlocks(files.codecs, cache, epochs);
            for (int way = 0; way < 4; way++) {
                files.shared = way < 2 ? cached : SharedBlocks.uncached(files.codecs);
                String how = where + " way=" + way;
                try (Table table = files.open(7, way % 2 == 0)) {
                    checkFind(table, entries, how);
                    checkStatistics(table, entries, how);
                    checkWalks(table, entries, Long.MAX_VALUE, random, how);
                }
            }
        }
    }

    private void checkFind(Table table, List<Entry> entries, String where) {
        var model = new TreeMap<byte[], Entry>(Arrays::compareUnsigned);
        entries.forEach(entry -> model.put(entry.key(), entry));
        for (Entry entry : entries) {
            assertTrue(find(table, entry.key(), Long.MAX_VALUE), () -> where + " " + entry);
            checkAnswer(entry, where);
            byte[] other = entry.key().clone();
            other[other.length - 1] ^= 0x40;
            byte[] shorter = Arrays.copyOf(entry.key(), entry.key().length - 1);
            byte[] longer = Arrays.copyOf(entry.key(), entry.key().length + 1);
            for (byte[] near : List.of(other, shorter, longer)) {
                if (near.length > 0) {
                    assertEquals(
                            model.containsKey(near),
                            find(table, near, Long.MAX_VALUE),
                            () -> where + " near " + entry);
                }
            }
        }
    }

    private void checkAnswer(Entry entry, String where) {
        assertEquals(entry.sequence(), lookup.sequence, where);
        assertEquals(entry.kind() == EntryFormat.DELETE, lookup.deleted, where);
        assertEquals(EntryFormat.isPointer(entry.kind()), lookup.pointer, where);
        int prefix = EntryFormat.prefixSize(entry.kind());
        assertEquals(prefix == 0 ? 0 : Bytes.getLong(entry.value(), 0), lookup.expiry, where);
        byte[] bare = Arrays.copyOfRange(entry.value(), prefix, entry.value().length);
        assertArrayEquals(bare, lookup.copyValue(), () -> where + " " + entry);
    }

    private static void checkStatistics(Table table, List<Entry> entries, String where) {
        TableStatistics statistics = table.statistics();
        assertEquals(entries.size(), statistics.entries(), where);
        assertEquals(
                entries.stream().filter(entry -> entry.kind() == EntryFormat.DELETE).count(),
                statistics.tombstones(),
                where);
        assertEquals(
                entries.stream().mapToLong(entry -> entry.key().length).sum(),
                statistics.keyBytes(),
                where);
        assertEquals(
                entries.stream()
                        .filter(entry -> EntryFormat.isPut(entry.kind()))
                        .mapToLong(entry -> entry.value().length)
                        .sum(),
                statistics.valueBytes(),
                where);
        assertEquals(
                entries.stream().mapToLong(Entry::sequence).min().orElse(0),
                statistics.sequenceMin(),
                where);
        assertEquals(
                entries.stream().mapToLong(Entry::sequence).max().orElse(0),
                statistics.sequenceMax(),
                where);
        assertArrayEquals(entries.getFirst().key(), table.firstKey(), where);
        assertArrayEquals(entries.getLast().key(), table.lastKey(), where);
    }

    /// Forward, backward, and at random.
    private static void checkWalks(
            Table table, List<Entry> entries, long visible, Random random, String where) {
        var walk = new CursorModel(entries, visible);
        try (EntryCursor cursor = table.cursor(visible)) {
            walk.check(cursor, where);
            int steps = walk.size() + 1;
            for (int i = 0; i < steps; i++) {
                walk.next(cursor, where + " forward " + i);
            }
            for (int i = 0; i < steps; i++) {
                walk.previous(cursor, where + " backward " + i);
            }
            for (int i = 0; i < 2000; i++) {
                walk.random(cursor, random, where + " move " + i);
            }
        }
    }

    @Test
    void ofManyVersionsTheNewestVisibleIsFound() throws IOException {
        for (int round = 0; round < 12; round++) {
            long seed = new Random().nextLong();
            var random = new Random(seed);
            files.options = new TableOptions(1 << random.nextInt(8, 13), 8, TableFiles.SEED);
            List<Entry> entries = new ArrayList<>();
            int keys = random.nextInt(1, 60);
            for (int i = 0; i < keys; i++) {
                byte[] key = TableFiles.key(random.nextInt(100));
                int versions = random.nextInt(4) == 0 ? random.nextInt(1, 80) : 1;
                for (int v = 0; v < versions; v++) {
                    boolean deleted = random.nextInt(5) == 0;
                    entries.add(
                            new Entry(
                                    key,
                                    random.nextInt(1, 100),
                                    deleted ? EntryFormat.DELETE : EntryFormat.PUT,
                                    deleted ? new byte[0] : TableFiles.bytes(random, 50)));
                }
            }
            List<Entry> sorted = TableFiles.sorted(entries);
            files.write(3, sorted);
            String where = "seed=" + seed + " options=" + files.options;
            assertEquals(List.of(), files.check(3), where);
            try (Table table = files.open(3, round % 2 == 0)) {
                for (long visible = 0; visible <= 100; visible += random.nextInt(1, 30)) {
                    checkVersions(table, sorted, visible, where + " visible=" + visible);
                    checkWalks(table, sorted, visible, random, where + " visible=" + visible);
                }
            }
        }
    }

    private void checkVersions(Table table, List<Entry> sorted, long visible, String where) {
        for (int i = 0; i < 100; i++) {
            byte[] key = TableFiles.key(i);
            Entry expected =
                    sorted.stream()
                            .filter(e -> Arrays.equals(e.key(), key) && e.sequence() <= visible)
                            .findFirst()
                            .orElse(null);
            assertEquals(expected != null, find(table, key, visible), where + " key " + i);
            if (expected != null) {
                checkAnswer(expected, where + " key " + i);
            }
        }
    }

    @Test
    void aGlobalSequenceNumberStandsForAll() throws IOException {
        files.numbered(1, 500, 20, 0).close();
        try (Table table = files.open(1, true, 77)) {
            assertTrue(find(table, TableFiles.key(3), 77));
            assertEquals(77, lookup.sequence);
            assertFalse(find(table, TableFiles.key(3), 76));
            try (EntryCursor cursor = table.cursor(76)) {
                assertFalse(cursor.next());
            }
            try (EntryCursor cursor = table.cursor(77)) {
                assertTrue(cursor.seek(TableFiles.key(499), 16));
                assertEquals(77, cursor.sequence());
            }
        }
    }

    @Test
    void rangeTombstonesAndReferencesComeBack() throws IOException {
        var ranges =
                RangeTombstones.union(
                        List.of(
                                RangeTombstones.of(TableFiles.key(5), TableFiles.key(9), 30),
                                RangeTombstones.of(TableFiles.key(7), null, 4)));
        List<Entry> entries = new ArrayList<>();
        for (int i = 6; i < 300; i++) {
            entries.add(
                    new Entry(
                            TableFiles.key(i),
                            10,
                            EntryFormat.POINTER,
                            TableFiles.pointer(i % 3 + 1, i, i)));
        }
        files.write(1, entries, ranges);
        try (Table table = files.open(1, true)) {
            assertArrayEquals(TableFiles.key(5), table.firstKey());
            assertEquals(null, table.lastKey());
            RangeTombstones read = table.rangeTombstones();
            assertEquals(30, read.covering(TableFiles.key(8), 16, 99));
            assertEquals(4, read.covering(TableFiles.key(8), 16, 29));
            assertEquals(4, read.covering(TableFiles.key(800), 16, 99));
            assertEquals(4, table.statistics().rangeTombstones());
            assertEquals(4, table.statistics().sequenceMin());
            assertEquals(30, table.statistics().sequenceMax());
            List<ValueReferences> references = table.statistics().references();
            assertEquals(List.of(1L, 2L, 3L), references.stream().map(r -> r.file()).toList());
            assertEquals(294, references.stream().mapToLong(ValueReferences::count).sum());
            assertEquals(
                    (6 + 299) * 147, references.stream().mapToLong(ValueReferences::bytes).sum());
        }
        assertEquals(List.of(), files.check(1));
    }

    @Test
    void aTableMayHoldRangeTombstonesAlone() throws IOException {
        files.write(1, List.of(), RangeTombstones.of(new byte[0], TableFiles.key(9), 30));
        try (Table table = files.open(1, true)) {
            assertFalse(find(table, TableFiles.key(3), 99));
            assertFalse(table.cursor(99).next());
            assertFalse(table.cursor(99).previous());
            assertFalse(table.cursor(99).seek(TableFiles.key(3), 16));
            assertArrayEquals(new byte[0], table.firstKey());
            assertArrayEquals(TableFiles.key(9), table.lastKey());
        }
        assertEquals(List.of(), files.check(1));
    }

    @Test
    void entriesOfOneShapeTakeLessThanSixBytesMoreThanKeyAndValue() throws IOException {
        try (Table table = files.numbered(1, 20_000, 100, 12)) {
            double each = (double) table.fileBytes() / 20_000;
            assertTrue(each < 116 + 6, "bytes per entry " + each);
        }
    }

    @Test
    void aLookupReadsOneBlock() throws IOException {
        try (Table table = files.numbered(1, 20_000, 100, 12)) {
            for (int i = 0; i < 20_000; i++) {
                assertTrue(find(table, TableFiles.key(i), 99));
                assertEquals(1, lookup.reads);
            }
        }
    }

    @Test
    void aFilterAnswersForMostKeysThatAreNotThere() throws IOException {
        for (int bits : new int[] {0, 8, 16}) {
            files.options = new TableOptions(4096, bits, TableFiles.SEED);
            try (Table table = files.numbered(1, 20_000, 100, 12)) {
                int reads = 0;
                for (int i = 20_000; i < 40_000; i++) {
                    assertFalse(find(table, TableFiles.key(i), 99));
                    reads += lookup.reads;
                }
                int most = bits == 0 ? 20_000 : bits == 8 ? 160 : 4;
                assertTrue(reads <= most, "bits " + bits + " reads " + reads);
                assertEquals(bits == 0, reads == 20_000);
            }
        }
    }

    @Test
    void compressedBlocksAreSmallerAndOthersAreReadInPlace() throws IOException {
        var random = new Random(1);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            boolean compressible = i < 4000;
            byte[] value = compressible ? new byte[100] : TableFiles.bytes(random, 100);
            entries.add(Entry.put(TableFiles.key(i), i, value));
        }
        files.options = new TableOptions(4096, 8, TableFiles.SEED, files.codecs.byName("lz4"));
        files.write(1, entries);
        assertEquals(List.of(), files.check(1));
        try (Table table = files.open(1, true)) {
            TableStatistics statistics = table.statistics();
            double part = (double) statistics.compressedBlocks() / statistics.blocks();
            assertTrue(part > 0.78 && part < 0.82, "compressed " + part);
            assertTrue(table.fileBytes() < 250_000, "bytes " + table.fileBytes());
            assertTrue(find(table, TableFiles.key(4500), 9999));
            assertEquals(table, lookup.home);
            assertTrue(find(table, TableFiles.key(500), 9999));
            assertEquals(null, lookup.home);
        }
    }

    @Test
    void blocksOfAPageDoNotCrossPages() throws IOException {
        try (Table table = files.numbered(1, 20_000, 100, 12)) {
            for (int block = 0; block < table.index().blocks(); block++) {
                assertEquals(0, table.index().offset(block) % 4096, "block " + block);
            }
        }
    }

    @Test
    void memoryIsChargedWhileATableIsOpen() throws IOException {
        Table table = files.numbered(1, 20_000, 100, 12);
        long index = files.budget.used(MemoryBudget.Account.BLOCK_INDEXES);
        long filter = files.budget.used(MemoryBudget.Account.FILTERS);
        assertEquals(table.memoryBytes(), index + filter);
        assertTrue(index < 20_000, "index bytes " + index);
        assertTrue(filter < 20_000 * 10 / 8, "filter bytes " + filter);
        table.close();
        assertEquals(0, files.budget.usedByIndexes());
    }

    @Test
    void entriesOutOfOrderAndOutOfBoundsAreRefused() throws IOException {
        byte[] none = new byte[0];
        byte[] a = {'a'};
        byte[] ab = {'a', 'b'};
        for (List<Entry> wrong :
                List.of(
                        List.of(Entry.put(ab, 1, none), Entry.put(a, 1, none)),
                        List.of(Entry.put(a, 1, none), Entry.put(a, 1, none)),
                        List.of(Entry.put(a, 1, none), Entry.put(a, 2, none)),
                        List.of(Entry.put(none, 1, none)),
                        List.of(Entry.put(a, 1, new byte[65_536])),
                        List.of(Entry.put(new byte[65_537], 1, none)),
                        List.of(new Entry(a, 1, EntryFormat.RANGE_DELETE, none)))) {
            assertThrows(
                    IllegalArgumentException.class, () -> files.write(1, wrong), wrong::toString);
        }
    }

    @Test
    void aTableOfAnotherDatabaseKeyspaceOrNumberIsRefused() throws IOException {
        files.numbered(1, 10, 100, 12).close();
        long size = files.directory.size("table-1");
        assertThrows(CorruptionException.class, () -> open(99, TableFiles.KEYSPACE, 1, size));
        assertThrows(CorruptionException.class, () -> open(TableFiles.DATABASE, 99, 1, size));
        assertThrows(
                CorruptionException.class,
                () -> open(TableFiles.DATABASE, TableFiles.KEYSPACE, 1, size + 1));
        files.directory.rename("table-1", "table-2");
        assertThrows(
                CorruptionException.class,
                () -> open(TableFiles.DATABASE, TableFiles.KEYSPACE, 2, size));
        assertThrows(
                CorruptionException.class,
                () -> open(TableFiles.DATABASE, TableFiles.KEYSPACE, 1, size));
    }

    private void open(long database, int keyspace, long number, long size) throws IOException {
        Table.open(
                        files.directory,
                        database,
                        keyspace,
                        number,
                        size,
                        0,
                        true,
                        SharedBlocks.builtIn(),
                        files.budget)
                .close();
    }
}
