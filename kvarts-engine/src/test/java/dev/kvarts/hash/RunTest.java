package dev.kvarts.hash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.entry.Lookup;
import dev.kvarts.hash.RunFiles.Entry;
import dev.kvarts.manifest.RunMeta;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// What was written into a run is found in it, by key and in order, and nothing else is.
final class RunTest {
    private @TempDir Path folder;
    private RunFiles files;
    private final Lookup lookup = new Lookup();

    @BeforeEach
    void open() throws IOException {
        files = new RunFiles(folder);
    }

    private long find(Run run, byte[] key) {
        lookup.ask(key, key.length, RunFiles.SEED, Long.MAX_VALUE);
        return run.find(lookup);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "one",
                "uniform",
                "mixed",
                "tombstones",
                "empty values",
                "smallest",
                "nearly uniform",
                "crossing",
                "huge keys",
                "huge values",
                "any",
                "expiring",
                "some expiring, crossing"
            })
    void recordsOfEveryShapeComeBack(String shape) throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        List<Entry> entries = RunFiles.random(random, shape);
        RunMeta meta = files.write(7, 3, entries);
        for (boolean mapped : new boolean[] {true, false}) {
            Run run = files.open(meta, mapped);
            String where = "seed=" + seed + " mapped=" + mapped;
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                assertEquals(i, find(run, entry.key()), where + " record " + i);
                check(entry, where + " record " + i);
                byte[] absent = entry.key().clone();
                absent[absent.length - 1] ^= 0x40;
                assertEquals(-1, find(run, absent), where + " absent " + i);
                assertEquals(
                        -1,
                        find(run, Arrays.copyOf(entry.key(), entry.key().length - 1)),
                        where + " shorter " + i);
            }
            checkStatistics(run, entries, where);
            checkExpiries(run, entries, where);
            checkCursor(run, entries, 0, -1L, where);
            long a = random.nextLong();
            long b = random.nextLong();
            boolean ordered = Long.compareUnsigned(a, b) <= 0;
            checkCursor(run, entries, ordered ? a : b, ordered ? b : a, where);
            run.close();
        }
        List<String> damage = new ArrayList<>();
        RunCheck.check(
                files.directory,
                RunFiles.DATABASE,
                RunFiles.SEED,
                RunFiles.KEYSPACE,
                meta,
                (file, offset, what) -> damage.add(what));
        assertEquals(List.of(), damage, "seed=" + seed);
    }

    private void check(Entry entry, String where) {
        assertTrue(lookup.found, where);
        assertEquals(entry.sequence(), lookup.sequence, where);
        assertEquals(entry.value() == null, lookup.deleted, where);
        assertEquals(entry.expiry(), lookup.expiry, where);
        assertArrayEquals(
                entry.value() == null ? new byte[0] : entry.value(), lookup.copyValue(), where);
    }

    private static void checkStatistics(Run run, List<Entry> entries, String where) {
        RunStatistics statistics = run.statistics;
        assertEquals(entries.size(), statistics.records(), where);
        assertEquals(
                entries.stream().filter(entry -> entry.value() == null).count(),
                statistics.tombstones(),
                where);
        assertEquals(
                entries.stream().mapToLong(entry -> entry.key().length + entry.valueSize()).sum(),
                statistics.userBytes(),
                where);
        assertEquals(
                entries.stream().mapToLong(Entry::sequence).min().orElseThrow(),
                statistics.sequenceMin(),
                where);
        assertEquals(
                entries.stream().mapToLong(Entry::sequence).max().orElseThrow(),
                statistics.sequenceMax(),
                where);
    }

    private static void checkExpiries(Run run, List<Entry> entries, String where) {
        List<Long> expiries =
                entries.stream().map(Entry::expiry).filter(expiry -> expiry != 0).sorted().toList();
        ExpiryTimes times = run.statistics.expiries();
        assertEquals(expiries.size(), times.count(), where);
        assertEquals(expiries.isEmpty() ? 0 : expiries.getFirst(), times.first(), where);
        assertEquals(expiries.isEmpty() ? 0 : expiries.getLast(), times.last(), where);
    }

    private static void checkCursor(
            Run run, List<Entry> entries, long first, long last, String where) {
        RunCursor cursor = run.cursor(first, last, RunFiles.SEED);
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (Long.compareUnsigned(entry.hash(), first) < 0
                    || Long.compareUnsigned(entry.hash(), last) > 0) {
                continue;
            }
            assertTrue(cursor.next(), where + " record " + i);
            assertEquals(i, cursor.ordinal, where);
            assertEquals(entry.hash(), cursor.hash, where);
            assertEquals(entry.sequence(), cursor.sequence, where);
            assertEquals(entry.value() == null, cursor.tombstone, where);
            assertEquals(entry.expiry(), cursor.expiry, where);
            assertArrayEquals(entry.key(), Arrays.copyOf(cursor.key, cursor.keySize), where);
            assertArrayEquals(
                    entry.value() == null ? new byte[0] : entry.value(), cursor.copyValue(), where);
            bytes += cursor.recordBytes;
        }
        assertFalse(cursor.next(), where);
        assertFalse(cursor.next(), where);
        if (first == 0 && last == -1L) {
            assertEquals(run.statistics.recordBytes(), bytes, where);
        }
    }

    @Test
    void uniformRecordsTakeFourBytesMoreThanKeyAndValue() throws IOException {
        Run run = files.numbered(1, 0, 0, 20_000, 100, 12);
        double each = (double) run.fileBytes / 20_000;
        assertTrue(each < 116 + 4, "bytes per record " + each);
        run.close();
    }

    @Test
    void uniformRecordsThatExpireTakeTwelveBytesMoreThanKeyAndValue() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            entries.add(new Entry(RunFiles.key(i), new byte[100], 12, 1_000 + i));
        }
        Run run = files.open(files.write(1, 0, RunFiles.sorted(entries)), true);
        double each = (double) run.fileBytes / 20_000;
        assertTrue(each < 116 + 12, "bytes per record " + each);
        run.close();
    }

    @Test
    void aRunKnowsAboutHowMuchOfItHasExpired() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 8_000; i++) {
            entries.add(new Entry(RunFiles.key(i), new byte[100], 12, 1_000 + i));
        }
        Run run = files.open(files.write(1, 0, RunFiles.sorted(entries)), true);
        assertEquals(8_000, run.liveRecords(999));
        assertEquals(8_000, run.liveRecords(1_500));
        long half = run.liveRecords(5_000);
        assertTrue(half >= 4_000 && half <= 5_000, "half " + half);
        assertTrue(run.liveRecords(8_998) >= 1);
        assertEquals(0, run.liveRecords(8_999));
        assertEquals(0, run.liveBytes(8_999));
        assertTrue(run.moreExpired(8_999));
        assertFalse(run.moreExpired(9_999));
        run.close();
    }

    @Test
    void aLookupReadsOnePageAndSeldomTwo() throws IOException {
        Run run = files.numbered(1, 0, 0, 20_000, 100, 12);
        long reads = 0;
        for (int i = 0; i < 20_000; i++) {
            assertTrue(find(run, RunFiles.key(i)) >= 0);
            reads += lookup.reads;
        }
        assertTrue(reads <= 1.02 * 20_000, "reads " + reads);
        run.close();
    }

    @Test
    void everyFlippedByteOfAPageIsCorruptionThatNamesFileAndPage() throws IOException {
        files.numbered(1, 0, 0, 100, 100, 12).close();
        long size = files.directory.size("run-1");
        var meta = new RunMeta(1, 0, size, 12);
        for (long page = 0; page * 4096 + 4096 < size; page++) {
            for (int at = 0; at < 4096; at += 31) {
                flip(page * 4096 + at);
                boolean mapped = at % 2 == 0;
                long damaged = page * 4096;
                var thrown =
                        assertThrows(
                                CorruptionException.class,
                                () -> readAll(meta, mapped),
                                "page " + page + " byte " + at);
                assertEquals("run-1", thrown.file());
                assertEquals(damaged, thrown.offset() / 4096 * 4096);
                flip(page * 4096 + at);
            }
        }
        readAll(meta, true);
    }

    private void readAll(RunMeta meta, boolean mapped) throws IOException {
        Run run = files.open(meta, mapped);
        try {
            for (int i = 0; i < 100; i++) {
                assertTrue(find(run, RunFiles.key(i)) >= 0);
            }
        } finally {
            run.close();
        }
    }

    private void flip(long offset) throws IOException {
        try (var file = new RandomAccessFile(folder.resolve("run-1").toFile(), "rw")) {
            file.seek(offset);
            int old = file.read();
            file.seek(offset);
            file.write(old ^ 1);
        }
    }

    @Test
    void aDamagedTrailerOrDirectoryIsCorruption() throws IOException {
        files.numbered(1, 0, 0, 2000, 100, 12).close();
        long size = files.directory.size("run-1");
        var meta = new RunMeta(1, 0, size, 12);
        long from = size - RunFormat.TRAILER_SIZE - 80;
        for (long at = from; at < size; at++) {
            flip(at);
            assertThrows(CorruptionException.class, () -> files.open(meta, true), "byte " + at);
            flip(at);
        }
    }

    @Test
    void aRunOfAnotherDatabaseKeyspaceOrNumberIsRefused() throws IOException {
        files.numbered(1, 0, 0, 10, 100, 12).close();
        var meta = new RunMeta(1, 0, files.directory.size("run-1"), 12);
        assertThrows(
                CorruptionException.class,
                () -> Run.open(files.directory, 99, RunFiles.KEYSPACE, meta, true, null));
        assertThrows(
                CorruptionException.class,
                () -> Run.open(files.directory, RunFiles.DATABASE, 99, meta, true, null));
        files.directory.rename("run-1", "run-2");
        var renamed = new RunMeta(2, 0, meta.fileBytes(), 12);
        assertThrows(CorruptionException.class, () -> files.open(renamed, true));
        assertThrows(CorruptionException.class, () -> files.open(meta, true));
        var longer = new RunMeta(2, 0, meta.fileBytes() + 1, 12);
        assertThrows(CorruptionException.class, () -> files.open(longer, true));
    }

    @Test
    void killingARecordTwiceCountsItOnce() throws IOException {
        Run run = files.numbered(1, 0, 0, 100, 100, 12);
        run.kill(5, 116);
        run.kill(5, 116);
        assertEquals(1, run.deadRecords());
        assertEquals(99, run.liveRecords());
        assertEquals(116, run.deadBytes());
        run.close();
    }
}
