package dev.kvarts.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.log.LogFiles.Entry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/// What was logged comes back: all of it that was durable, in order, and nothing else.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LogRecoveryTest {
    private LogFiles files;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        files = new LogFiles(folder);
    }

    @AfterEach
    void close() {
        files.close();
    }

    @Test
    void recordsOfAnySizeComeBackInOrderWithTheirSequenceNumbers() throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        List<Entry> appended = new ArrayList<>();
        try (CommitLog log = files.fresh()) {
            for (int i = 0; i < 400; i++) {
                if (random.nextInt(4) == 0) {
                    appendBatch(log, random, i, appended);
                } else {
                    int size = random.nextInt(60) == 0 ? 200_000 : random.nextInt(3000);
                    appended.add(LogFiles.append(log, "key" + i, "v".repeat(size)));
                }
            }
            assertEquals(appended.size(), log.lastSequence());
        }
        var recovered = files.recover();
        assertEquals(appended, recovered.entries(), "seed=" + seed);
        assertEquals(appended.size(), recovered.log().lastSequence());
        assertTrue(recovered.log().segments().size() > 5);
        assertEquals(appended, files.recover().entries(), "a second time, seed=" + seed);
    }

    private static void appendBatch(
            CommitLog log, Random random, int number, List<Entry> appended) {
        var batch = new EntryBatch();
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(20); i++) {
            byte kind = random.nextBoolean() ? EntryFormat.PUT : EntryFormat.DELETE;
            String key = "batch" + number + "-" + i;
            String value = kind == EntryFormat.PUT ? "w".repeat(random.nextInt(500)) : "";
            byte[] keyBytes = key.getBytes(StandardCharsets.ISO_8859_1);
            byte[] valueBytes = value.getBytes(StandardCharsets.ISO_8859_1);
            batch.add(kind, 7 + i, keyBytes, keyBytes.length, valueBytes, valueBytes.length);
            entries.add(new Entry(0, kind, 7 + i, key, value));
        }
        long first = log.append(batch);
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            appended.add(
                    new Entry(
                            first + i, entry.kind(), entry.keyspace(), entry.key(), entry.value()));
        }
    }

    @Test
    void anEmptyLogGivesNothing() throws IOException {
        files.fresh().close();
        var recovered = files.recover();
        assertEquals(List.of(), recovered.entries());
        assertEquals(0, recovered.log().lastSequence());
        assertEquals(2, recovered.log().nextGeneration());
    }

    @Test
    void aTornLastRecordIsIgnoredWhicheverOfItsBytesIsMissing() throws IOException {
        long start;
        long end;
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "first", "1");
            start = log.end().offset();
            LogFiles.append(log, "last", "0123456789");
            end = log.end().offset();
        }
        long used = start + LogFormat.RECORD_HEADER_SIZE + EntryFormat.size(4, 10);
        assertTrue(used <= end);
        for (long at = start; at < used; at++) {
            files.flip("log-0", at);
            var recovered = files.recover();
            assertEquals(List.of("first"), recovered.keys(), "byte " + at);
            assertEquals(1, recovered.log().lastSequence());
            assertEquals(start, recovered.log().ends().getFirst().offset());
            files.flip("log-0", at);
        }
        assertEquals(List.of("first", "last"), files.recover().keys());
    }

    @Test
    void aDamagedRecordBeforeTheStatedDurableEndIsCorruption() throws IOException {
        long second;
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "1");
            second = log.end().offset();
            LogFiles.append(log, "b", "2");
            log.force();
        }
        files.flip("log-0", second + 40);
        var thrown = assertThrows(CorruptionException.class, files::recover);
        assertEquals("log-0", thrown.file());
        assertEquals(second, thrown.offset());
    }

    @Test
    void aDamagedRecordBeforeALaterRecordThatKnowsItDurableIsCorruption() throws IOException {
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "1");
            log.force();
            LogFiles.append(log, "b", "2");
        }
        files.zero("log-0", 48, LogFormat.HEADER_SIZE); // as if the header's statement was lost
        files.flip("log-0", LogFormat.HEADER_SIZE + 40);
        var thrown = assertThrows(CorruptionException.class, files::recover);
        assertEquals("log-0", thrown.file());
        assertEquals(LogFormat.HEADER_SIZE, thrown.offset());
        assertTrue(thrown.getMessage().contains("file=log-0 offset=64"), thrown.getMessage());
    }

    @Test
    void aDamagedRecordBeforeALaterSegmentThatKnowsItDurableIsCorruption() throws IOException {
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "v".repeat(40_000));
            LogFiles.append(log, "b", "v".repeat(40_000));
            log.force();
            LogFiles.append(log, "c", "1");
        }
        files.flip("log-0", LogFormat.HEADER_SIZE + 40);
        var thrown = assertThrows(CorruptionException.class, files::recover);
        assertEquals("log-0", thrown.file());
        assertEquals(LogFormat.HEADER_SIZE, thrown.offset());
    }

    @Test
    void whatFollowsALostTailIsDroppedForGood() throws IOException {
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "v".repeat(40_000));
            LogFiles.append(log, "b", "v".repeat(40_000)); // in the next segment
        }
        files.flip("log-0", LogFormat.HEADER_SIZE + 40); // nothing was forced: a torn write
        var first = files.recover();
        assertEquals(List.of(), first.entries());
        assertTrue(first.log().ends().contains(new LogEnd(2, 0)), first.log().toString());
        assertEquals(3, first.log().nextGeneration());
        files.flip("log-0", LogFormat.HEADER_SIZE + 40); // even if it comes back
        var second = files.recover(1, 3, withEnd(first.log().ends(), new LogEnd(3, 0)));
        assertEquals(List.of(), second.entries());
    }

    private static List<LogEnd> withEnd(List<LogEnd> ends, LogEnd end) {
        List<LogEnd> all = new ArrayList<>(ends);
        all.add(end);
        return all;
    }

    @Test
    void aRecoveredLogGoesOnAndIsRecoveredAgain() throws IOException {
        List<Entry> appended = new ArrayList<>();
        RecoveredLog recovered = LogFiles.nothing();
        List<LogEnd> ends = List.of();
        long open = 1;
        for (int round = 0; round < 5; round++) {
            try (CommitLog log = files.open(files.directory, recovered)) {
                open = recovered.nextGeneration();
                for (int i = 0; i < 30; i++) {
                    appended.add(LogFiles.append(log, round + "-" + i, "v".repeat(5000)));
                }
            }
            var again = files.recover(1, open, ends);
            assertEquals(appended, again.entries(), "round " + round);
            recovered = again.log();
            ends = recovered.ends();
        }
    }

    @Test
    void recordsOfAFormerLifeAreNotReplayed() throws IOException {
        long floor;
        List<String> expected = new ArrayList<>();
        try (CommitLog log = files.fresh()) {
            for (int i = 0; i < 10; i++) {
                LogFiles.append(log, "old" + i, "v".repeat(30_000));
            }
            log.force();
            floor = log.generationAfter(log.lastSequence());
            log.release(floor);
            for (int i = 0; i < 3; i++) { // the same places as the old ones
                LogFiles.append(log, "new" + i, "v".repeat(30_000));
                expected.add("new" + i);
            }
        }
        var recovered = files.recover(floor, 1, List.of());
        assertEquals(expected, newOnes(recovered.keys()));
        assertTrue(recovered.keys().size() - expected.size() <= 2, recovered.keys().toString());
    }

    private static List<String> newOnes(List<String> keys) {
        return keys.stream().filter(key -> key.startsWith("new")).toList();
    }

    @Test
    void aStatedEndIsBelievedEvenIfWholeRecordsFollow() throws IOException {
        long end;
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "1");
            end = log.end().offset();
            LogFiles.append(log, "b", "2");
        }
        var recovered = files.recover(1, 1, List.of(new LogEnd(1, end)));
        assertEquals(List.of("a"), recovered.keys());
    }

    @Test
    void aDamagedRecordBeforeAnEndThatTheManifestStatesIsCorruption() throws IOException {
        LogEnd end;
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "1");
            end = log.end();
        }
        files.flip("log-0", LogFormat.HEADER_SIZE + 33);
        var thrown =
                assertThrows(CorruptionException.class, () -> files.recover(1, 1, List.of(end)));
        assertEquals("log-0", thrown.file());
        assertEquals(LogFormat.HEADER_SIZE, thrown.offset());
    }

    @Test
    void aMissingSegmentThatIsNeededIsCorruption() throws IOException {
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "1");
        }
        Files.delete(files.folder.resolve("log-0"));
        assertThrows(CorruptionException.class, files::recover);
    }

    @Test
    void aDamagedHeaderOfANeededSegmentIsCorruption() throws IOException {
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "1");
        }
        for (long at : new long[] {0, 13, 16, 24, 32, 40}) {
            files.flip("log-0", at);
            assertThrows(CorruptionException.class, files::recover, "byte " + at);
            files.flip("log-0", at);
        }
        assertEquals(List.of("a"), files.recover().keys());
    }

    @Test
    void aNewerVersionIsRefusedWithBothVersionsNamed() throws IOException {
        files.fresh().close();
        files.flip("log-0", 8); // 2 -> 18
        var thrown = assertThrows(CorruptionException.class, files::recover);
        assertTrue(thrown.getMessage().contains("version=18 known=1..2"), thrown.getMessage());
    }

    @Test
    void skippedSequenceNumbersAreNotGivenOutAgain() throws IOException {
        try (CommitLog log = files.fresh()) {
            assertEquals(1, log.skip(3));
            assertEquals(4, LogFiles.append(log, "a", "1").sequence());
            assertEquals(5, log.skip(1));
            assertEquals(6, LogFiles.append(log, "b", "2").sequence());
        }
        var recovered = files.recover();
        assertEquals(List.of(4L, 6L), recovered.entries().stream().map(Entry::sequence).toList());
        assertEquals(6, recovered.log().lastSequence());
    }

    @Test
    void filesOfOtherDatabasesAreNotReplayed() throws IOException {
        try (CommitLog log = files.fresh()) {
            LogFiles.append(log, "a", "1");
        }
        assertThrows(
                CorruptionException.class,
                () ->
                        new LogRecovery(files.directory, 99, 1, 1, List.of())
                                .run(0, (sequence, segment, entry) -> true));
    }

    @Test
    void everyAppendOfManyThreadsIsThereOnceAndInTheOrderOfItsNumber() throws Exception {
        int threads = 4;
        int each = 500;
        try (CommitLog log = files.fresh()) {
            List<Thread> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int number = t;
                running.add(
                        Thread.ofPlatform()
                                .start(
                                        () -> {
                                            for (int i = 0; i < each; i++) {
                                                Entry entry =
                                                        LogFiles.append(
                                                                log, number + "-" + i, "v" + i);
                                                if (i % 50 == 0) {
                                                    log.force(entry.sequence());
                                                }
                                            }
                                        }));
            }
            for (Thread thread : running) {
                thread.join();
            }
        }
        var entries = files.recover().entries();
        assertEquals(
                LongStream.rangeClosed(1, (long) threads * each).boxed().toList(),
                entries.stream().map(Entry::sequence).toList());
        for (int t = 0; t < threads; t++) {
            String prefix = t + "-";
            List<String> own =
                    entries.stream().map(Entry::key).filter(k -> k.startsWith(prefix)).toList();
            for (int i = 0; i < each; i++) {
                assertEquals(prefix + i, own.get(i));
            }
        }
    }
}
