package dev.kvarts.vlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.Lookup;
import dev.kvarts.io.RealDirectory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Reading ahead saves reads and changes no answer.
final class ValueReadAheadTest {
    private static final long SLOW = 1_000_000;
    private static final long FAST = 10;

    private @TempDir Path folder;
    private TrickDirectory directory;
    private ValueFiles files;
    private final SteppingClock clock = new SteppingClock(SLOW);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final ValueReadAhead readAhead = new ValueReadAhead(clock, budget);
    private final Lookup lookup = new Lookup();

    @BeforeEach
    void open() throws IOException {
        directory = new TrickDirectory(RealDirectory.open(folder, true));
        files = new ValueFiles(directory);
    }

    @AfterEach
    void close() {
        readAhead.close();
        clock.close();
        assertEquals(0, budget.used(MemoryBudget.Account.BUFFERS));
    }

    private void want(ValueFile file, ValueFiles.Written record) {
        readAhead.want(file, record.key().length, record.offset(), record.value().length);
    }

    private byte[] answer(ValueFile file, ValueFiles.Written record) {
        lookup.key = record.key();
        lookup.keySize = record.key().length;
        readAhead.answer(lookup, file, record.offset(), record.value().length);
        return lookup.copyValue();
    }

    @Test
    void neighboursAreOneRead() throws IOException {
        List<ValueFiles.Written> written =
                files.write(ValueFiles.uniform(new Random(1), 100, 1024));
        ValueFile file = files.open(false);
        directory.reads.set(0);
        written.forEach(record -> want(file, record));
        readAhead.load();
        for (ValueFiles.Written record : written) {
            assertArrayEquals(record.value(), answer(file, record));
        }
        assertEquals(1, directory.reads.get());
        file.close();
    }

    @Test
    void valuesFarFromEachOtherAreReadsOfTheirOwn() throws IOException {
        List<ValueFiles.Written> written =
                files.write(ValueFiles.uniform(new Random(1), 20, 40_000));
        ValueFile file = files.open(false);
        directory.reads.set(0);
        for (int i = 0; i < 20; i += 5) { // 160 KB between them
            want(file, written.get(i));
        }
        readAhead.load();
        for (int i = 0; i < 20; i += 5) {
            assertArrayEquals(written.get(i).value(), answer(file, written.get(i)));
        }
        assertEquals(4, directory.reads.get());
        file.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void answersAreTheSameWhateverIsWantedAndAsked(boolean mapped) throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        List<ValueFile> opened = new ArrayList<>();
        List<List<ValueFiles.Written>> written = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            String shape = new String[] {"any", "mixed", "huge values"}[number - 1];
            written.add(files.write(number, ValueFiles.random(random, shape)));
            opened.add(files.open(number, mapped));
        }
        for (int round = 0; round < 40; round++) {
            clock.stepNanos = random.nextBoolean() ? SLOW : FAST;
            for (int i = random.nextInt(40); i > 0; i--) {
                int file = random.nextInt(3);
                ValueFiles.Written record =
                        written.get(file).get(random.nextInt(written.get(file).size()));
                if (random.nextInt(10) == 0) {
                    readAhead.want(
                            opened.get(file),
                            random.nextInt(100),
                            random.nextLong() >> random.nextInt(64),
                            random.nextInt(1 << 20));
                } else {
                    want(opened.get(file), record);
                }
            }
            readAhead.load();
            for (int i = random.nextInt(40); i > 0; i--) {
                int file = random.nextInt(3);
                ValueFiles.Written record =
                        written.get(file).get(random.nextInt(written.get(file).size()));
                assertArrayEquals(record.value(), answer(opened.get(file), record), "seed=" + seed);
            }
            if (random.nextInt(5) == 0) {
                readAhead.clear();
            }
        }
        readAhead.clear();
        for (ValueFile file : opened) {
            file.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void damagedRecordIsNoticedAndItsNeighboursAreNot(boolean mapped) throws IOException {
        List<ValueFiles.Written> written = files.write(ValueFiles.uniform(new Random(1), 30, 500));
        Path path = folder.resolve("values-7");
        byte[] bytes = Files.readAllBytes(path);
        bytes[(int) written.get(11).offset() + 200] ^= 4;
        bytes[(int) written.get(17).offset() + 13] ^= 4; // stored size
        Files.write(path, bytes);
        ValueFile file = files.open(mapped);
        written.forEach(record -> want(file, record));
        readAhead.load();
        for (int i = 0; i < 30; i++) {
            ValueFiles.Written record = written.get(i);
            if (i == 11 || i == 17) {
                var refused = assertThrows(CorruptionException.class, () -> answer(file, record));
                assertEquals(record.offset(), refused.offset());
            } else {
                assertArrayEquals(record.value(), answer(file, record));
            }
        }
        file.close();
    }

    @Test
    void readThatFailsIsTheAskersToHear() throws IOException {
        List<ValueFiles.Written> written = files.write(ValueFiles.uniform(new Random(1), 3, 500));
        ValueFile file = files.open(false);
        directory.failing = true;
        written.forEach(record -> want(file, record));
        readAhead.load();
        assertThrows(UncheckedIOException.class, () -> answer(file, written.get(0)));
        directory.failing = false;
        assertArrayEquals(written.get(1).value(), answer(file, written.get(1)));
        file.close();
    }

    @Test
    void pointerThatDoesNotFitItsRecordIsRefusedFromABufferToo() throws IOException {
        List<ValueFiles.Written> written = files.write(ValueFiles.uniform(new Random(1), 9, 500));
        ValueFile file = files.open(false);
        written.forEach(record -> want(file, record));
        readAhead.load();
        lookup.key = written.get(3).key();
        lookup.keySize = lookup.key.length;
        long offset = written.get(3).offset();
        for (long size : new long[] {0, 499, 501, 0xFFFF_FFFFL}) {
            assertThrows(
                    CorruptionException.class, () -> readAhead.answer(lookup, file, offset, size));
        }
        lookup.key = written.get(4).key();
        assertThrows(CorruptionException.class, () -> readAhead.answer(lookup, file, offset, 500));
        file.close();
    }

    @Test
    void itIsWorthItAfterASlowAnswerUntilALoadIsFast() throws IOException {
        List<ValueFiles.Written> written = files.write(ValueFiles.uniform(new Random(1), 200, 100));
        ValueFile file = files.open(false);
        clock.stepNanos = FAST;
        for (int i = 0; i < 20; i++) {
            answer(file, written.get(i));
            assertFalse(readAhead.worthIt());
        }
        clock.stepNanos = SLOW;
        for (int i = 0; i < 4; i++) {
            answer(file, written.get(i));
        }
        assertTrue(readAhead.worthIt());
        for (int from = 0; from < 100; from += 10) {
            loadAndAnswer(file, written.subList(from, from + 10));
            assertTrue(readAhead.worthIt());
        }
        clock.stepNanos = FAST;
        loadAndAnswer(file, written.subList(100, 110));
        loadAndAnswer(file, written.subList(110, 120));
        assertFalse(readAhead.worthIt());
        file.close();
    }

    private void loadAndAnswer(ValueFile file, List<ValueFiles.Written> records) {
        records.forEach(record -> want(file, record));
        readAhead.load();
        records.forEach(record -> answer(file, record));
    }

    @Test
    void mappedPagesThatAreInMemoryAreNotLoaded() throws IOException {
        List<ValueFiles.Written> written = files.write(ValueFiles.uniform(new Random(1), 64, 100));
        ValueFile file = files.open(true);
        for (int i = 0; i < 4; i++) {
            answer(file, written.get(i));
        }
        assertTrue(readAhead.worthIt()); // by the clock
        written.forEach(record -> want(file, record));
        readAhead.load(); // what was written and read just now
        assertFalse(readAhead.worthIt());
        file.close();
    }

    @Test
    void moreIsNotLoadedThanThereIsRoomFor() throws IOException {
        List<ValueFiles.Written> written =
                files.write(ValueFiles.uniform(new Random(1), 40, 400_000));
        ValueFile file = files.open(false);
        directory.reads.set(0);
        written.forEach(record -> want(file, record));
        readAhead.load();
        assertTrue(budget.used(MemoryBudget.Account.BUFFERS) <= 8 << 20);
        for (ValueFiles.Written record : written) {
            assertArrayEquals(record.value(), answer(file, record));
        }
        assertEquals(40, directory.reads.get());
        file.close();
    }
}
