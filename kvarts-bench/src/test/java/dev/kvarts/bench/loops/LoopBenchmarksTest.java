package dev.kvarts.bench.loops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.kvarts.hash.BareMaplets;
import dev.kvarts.log.LogFormat;
import dev.kvarts.memtable.BareStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Every benchmark does the work it is named after: what is there is found, what is not is not.
class LoopBenchmarksTest {
    private static final int KEYS = 50_000;

    @ParameterizedTest
    @ValueSource(ints = {KEYS, 2_000_000}) // with few partitions and with many
    void hashesAscendAndTheAskedOnesAreAmongThem(int keys) {
        var hashed = new HashedKeys(keys);
        var table = new HashTable(keys);
        long[] last = {0};
        int[] count = {0};
        hashed.into(
                (partition, hashes) -> {
                    for (long hash : hashes) {
                        assertTrue(Long.compareUnsigned(last[0] & -256L, hash) <= 0);
                        assertEquals(partition, hash >>> 64 - hashed.partitionBits);
                        table.add(hash);
                        last[0] = hash;
                        count[0]++;
                    }
                });
        assertEquals(keys, count[0]);
        for (int i = 0; i < hashed.present.length; i++) {
            assertEquals((int) hashed.present[i] & 0xFF, table.find(hashed.present[i]));
            assertEquals(-1, table.find(hashed.absent[i]));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {KEYS, 2_000_000})
    void mapletsTakeTwoBytesAndAQuarterAKey(int keys) {
        var hashed = new HashedKeys(keys);
        try (var maplets = new BareMaplets(hashed.partitionBits)) {
            hashed.into(maplets::fill);
            double bytesPerKey = (double) maplets.usedBytes() / keys;
            assertTrue(bytesPerKey > 2.1 && bytesPerKey < 2.3, "bytes per key: " + bytesPerKey);
        }
    }

    @Test
    void mapletProbeFindsWhatIsThereAndSeldomWhatIsNot() {
        var benchmark = new MapletProbe();
        benchmark.keys = KEYS;
        benchmark.fill();
        int probes = benchmark.present.length;
        int right = 0;
        int wrong = 0;
        for (int i = 0; i < probes; i++) {
            int run = benchmark.hit();
            assertTrue(run >= 0);
            right += run == ((int) benchmark.present[i] & 0xFF) ? 1 : 0;
        }
        for (int i = 0; i < probes; i++) {
            wrong += benchmark.miss() >= 0 ? 1 : 0;
        }
        benchmark.close();
        assertTrue(right > 0.97 * probes && right < probes, right + " of " + probes);
        assertTrue(wrong > 0.01 * probes && wrong < 0.04 * probes, wrong + " of " + probes);
    }

    @Test
    void hashTableProbeFindsWhatIsThereAndNothingElse() {
        var benchmark = new HashTableProbe();
        benchmark.keys = KEYS;
        benchmark.fill();
        for (int i = 0; i < benchmark.present.length; i++) {
            assertEquals((int) benchmark.present[i] & 0xFF, benchmark.hit());
        }
        for (int i = 0; i < benchmark.absent.length; i++) {
            assertEquals(-1, benchmark.miss());
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 100", "true, 100", "false, 1024", "true, 1024"})
    void pageSearchFindsWhatIsThereAndNothingElse(boolean slotted, int valueSize)
            throws IOException {
        var benchmark = new PageSearch();
        benchmark.slotted = slotted;
        benchmark.valueSize = valueSize;
        benchmark.write();
        assertTrue(benchmark.run.pages() >= 60 && benchmark.run.pages() <= 70);
        long slottedPages = benchmark.run.slottedPages();
        // The last page may hold one record, which is no mixture.
        assertTrue(
                slotted ? slottedPages >= benchmark.run.pages() - 1 : slottedPages == 0,
                "slotted pages: " + slottedPages);
        for (Records.Question question : benchmark.records.present) {
            int ordinal = (int) benchmark.hit();
            assertEquals(question.hash(), benchmark.records.hashes[ordinal]);
            assertArrayEquals(benchmark.records.values[ordinal], benchmark.lookup.copyValue());
        }
        for (int i = 0; i < benchmark.records.absent.length; i++) {
            assertEquals(-1, benchmark.miss());
        }
        benchmark.close();
    }

    @ParameterizedTest
    @CsvSource({"false, 100", "true, 1024"})
    void decodedPageSearchFindsWhatIsThereAndNothingElse(boolean slotted, int valueSize) {
        var benchmark = new DecodedPageSearch();
        benchmark.slotted = slotted;
        benchmark.valueSize = valueSize;
        benchmark.decode();
        for (int i = 0; i < benchmark.records.present.length; i++) {
            assertTrue(benchmark.hit() >= 0);
        }
        for (int i = 0; i < benchmark.records.absent.length; i++) {
            assertEquals(-1, benchmark.miss());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tableSearchFindsWhatIsThereAndNothingElse(boolean slotted) throws IOException {
        var benchmark = new TableSearch();
        var rival = new SortedArraySearch();
        benchmark.slotted = slotted;
        rival.slotted = slotted;
        benchmark.write();
        rival.sort();
        int last = rival.keys.length - 1;
        for (Records.Question question : benchmark.records.present) {
            assertTrue(benchmark.hit());
            assertEquals(question.hash(), benchmark.lookup.hash);
            assertTrue(rival.hit());
        }
        for (Records.Question question : benchmark.records.absent) {
            assertFalse(benchmark.miss());
            assertFalse(rival.miss());
            boolean higher = Arrays.compareUnsigned(question.key(), rival.keys[last]) <= 0;
            assertEquals(higher, benchmark.seek());
            assertEquals(higher, rival.seek());
        }
        benchmark.close();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void tableWalkGoesRoundInOrder(boolean slotted, boolean backward) throws IOException {
        var benchmark = new TableWalk();
        var rival = new TreeMapWalk();
        benchmark.slotted = slotted;
        rival.slotted = slotted;
        benchmark.write();
        rival.fill();
        for (int i = 0; i < 2 * benchmark.records.keys.length; i++) {
            assertEquals(
                    backward ? rival.previous() : rival.next(),
                    backward ? benchmark.previous() : benchmark.next());
        }
        benchmark.close();
    }

    @Test
    void logAppendLeavesAValidLogThatDoesNotGrow() throws IOException {
        var benchmark = new LogAppend();
        benchmark.open();
        for (int i = 1; i <= 1000; i++) {
            assertEquals(i, benchmark.entry());
        }
        assertEquals(160_000, benchmark.log.counts().bytes());
        long first = benchmark.batch();
        assertEquals(1001, first);
        assertEquals(first + LogAppend.BATCH_ENTRIES, benchmark.batch());
        assertEquals(16 << 10, LogAppend.BATCH_BYTES);
        for (int i = 0; i < 6000; i++) {
            benchmark.batch();
        }
        benchmark.log.check((file, at, what) -> fail(file + " at " + at + ": " + what));
        assertTrue(benchmark.log.counts().bytes() > 5 * LogAppend.SEGMENT_BYTES);
        assertTrue(benchmark.log.counts().segments() <= 6);
        benchmark.close();
    }

    @Test
    void channelWriteWritesAsManyBytesOverAndOver() throws IOException {
        var benchmark = new ChannelWrite();
        benchmark.open();
        assertEquals(LogFormat.recordSize(LogAppend.ENTRY_BYTES), benchmark.entry());
        long batches = ChannelWrite.FILE_BYTES / LogAppend.BATCH_BYTES + 10;
        for (int i = 0; i < batches; i++) {
            assertEquals(LogFormat.recordSize(LogAppend.BATCH_BYTES), benchmark.batch());
        }
        assertEquals(ChannelWrite.FILE_BYTES, benchmark.channel.size());
        benchmark.close();
    }

    @Test
    void memtablesHaveEveryKeyInOrder() {
        for (BareStore store : List.of(BareStore.withTree(), BareStore.withSkipList())) {
            var benchmark = new Memtable();
            benchmark.keys = KEYS;
            benchmark.fill(store);
            assertEquals(KEYS, store.keyCount());
            for (int i = 0; i < KEYS; i++) {
                assertEquals(SortedKeys.VALUE_SIZE, benchmark.find());
            }
            byte[][] sorted = benchmark.entries.keys.clone();
            Arrays.sort(sorted, Arrays::compareUnsigned);
            for (byte[] key : sorted) {
                assertEquals(key[0], benchmark.walk());
            }
            assertEquals(sorted[0][0], benchmark.walk());
            for (int i = 0; i < KEYS + 10; i++) {
                benchmark.put();
            }
            assertEquals(10, store.keyCount());
            benchmark.close();
        }
    }

    @Test
    void theConcurrentMapHasEveryKeyInOrder() {
        var benchmark = new ConcurrentMap();
        benchmark.keys = KEYS;
        benchmark.fill();
        byte[][] sorted = benchmark.entries.keys.clone();
        Arrays.sort(sorted, Arrays::compareUnsigned);
        for (int i = 0; i < KEYS; i++) {
            assertEquals(SortedKeys.VALUE_SIZE, benchmark.find());
            assertEquals(sorted[i][0], benchmark.walk());
        }
        for (int i = 0; i < KEYS + 10; i++) {
            benchmark.put();
        }
        assertEquals(10, benchmark.map.size());
    }

    @Test
    void aTemporaryFolderGoesWithItsFiles() throws IOException {
        Path path;
        try (var folder = TemporaryFolder.create()) {
            path = folder.path();
            Files.writeString(path.resolve("file"), "bytes");
        }
        assertFalse(Files.exists(path));
    }
}
