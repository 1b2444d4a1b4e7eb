package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Limits;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.bytes.Bytes;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/// What each method of a keyspace promises, in memory and on disk.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class KeyspaceTest {
    private static final byte[] K = Samples.bytes("k");
    private static final byte[] V = Samples.bytes("v");

    private Database db;
    private Keyspace keyspace;

    @BeforeEach
    void open(@TempDir Path folder) {
        db = Kvarts.open(folder, Samples.roomy());
        keyspace = db.hashed("k");
    }

    @AfterEach
    void close() {
        db.close();
    }

    /// Runs a check with everything in memory, then with everything in a run.
    private void bothInMemoryAndOnDisk(Runnable check) {
        check.run();
        db.flush();
        check.run();
    }

    @Test
    void whatWasPutIsFoundAndWhatWasNotIsNull() {
        keyspace.put(K, V);
        bothInMemoryAndOnDisk(
                () -> {
                    assertArrayEquals(V, keyspace.get(K));
                    assertNull(keyspace.get(Samples.bytes("other")));
                    assertTrue(keyspace.contains(K));
                    assertFalse(keyspace.contains(V));
                    assertEquals(1L, keyspace.get(K, MemorySegment::byteSize));
                    assertNull(keyspace.get(V, MemorySegment::byteSize));
                });
    }

    @Test
    void anEmptyValueIsAValue() {
        keyspace.put(K, new byte[0]);
        bothInMemoryAndOnDisk(
                () -> {
                    assertEquals(0, keyspace.get(K).length);
                    assertTrue(keyspace.contains(K));
                    assertEquals(0L, keyspace.get(K, MemorySegment::byteSize));
                });
    }

    @Test
    void aDeletedKeyIsAbsentAndMayComeBack() {
        keyspace.put(K, V);
        db.flush();
        keyspace.delete(K);
        keyspace.delete(Samples.bytes("never there"), WriteOptions.SYNC);
        bothInMemoryAndOnDisk(() -> assertNull(keyspace.get(K)));
        keyspace.put(K, Samples.bytes("again"));
        bothInMemoryAndOnDisk(() -> assertArrayEquals(Samples.bytes("again"), keyspace.get(K)));
    }

    @Test
    void segmentsServeAsKeysAndValuesOnHeapAndOff() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment native1 = arena.allocateFrom("native key");
            MemorySegment heap = MemorySegment.ofArray(Samples.bytes("heap key"));
            keyspace.put(native1, heap);
            keyspace.put(heap, native1, WriteOptions.SYNC);
            keyspace.put(heap.asSlice(5), heap.asSlice(0, 4).asReadOnly());
            bothInMemoryAndOnDisk(
                    () -> {
                        assertEquals(-1, keyspace.get(native1).mismatch(heap));
                        assertEquals(-1, keyspace.get(heap).mismatch(native1));
                        assertArrayEquals(
                                Samples.bytes("heap"), keyspace.get(Samples.bytes("key")));
                        assertEquals(
                                heap.byteSize(), keyspace.get(native1, MemorySegment::byteSize));
                    });
            keyspace.delete(native1);
            assertNull(keyspace.get(native1));
        }
    }

    @Test
    void arraysAreCopied() {
        byte[] key = K.clone();
        byte[] value = V.clone();
        keyspace.put(key, value);
        key[0] = 0;
        value[0] = 0;
        keyspace.get(K)[0] = 0;
        assertArrayEquals(V, keyspace.get(K));
    }

    @Test
    void keysAndValuesOutsideTheLimitsAreRefusedWithTheLimitNamed() {
        byte[] longKey = new byte[Limits.KEY_SIZE_MAX + 1];
        for (Runnable wrong :
                List.<Runnable>of(
                        () -> keyspace.put(longKey, V),
                        () -> keyspace.get(longKey),
                        () -> keyspace.delete(longKey),
                        () -> keyspace.contains(longKey),
                        () -> keyspace.putIfAbsent(longKey, V),
                        () -> keyspace.compareAndSet(longKey, V, V),
                        () -> keyspace.update(longKey, value -> value),
                        () -> keyspace.increment(longKey, 1),
                        () -> keyspace.append(longKey, V),
                        () -> keyspace.getAll(List.of(longKey)),
                        () -> keyspace.get(MemorySegment.ofArray(longKey)),
                        () -> db.batch().put(keyspace, longKey, V),
                        () -> db.batch().delete(keyspace, longKey))) {
            var thrown = assertThrows(IllegalArgumentException.class, wrong::run);
            assertTrue(thrown.getMessage().contains("max=65536"), thrown.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> keyspace.put(new byte[0], V));
        assertThrows(IllegalArgumentException.class, () -> keyspace.get(new byte[0]));
    }

    @Test
    void aValueSegmentBeyondTheLimitIsRefused(@TempDir Path elsewhere) throws IOException {
        long size = Limits.VALUE_SIZE_MAX + 1;
        try (var file = new RandomAccessFile(elsewhere.resolve("sparse").toFile(), "rw");
                Arena arena = Arena.ofShared()) {
            file.setLength(size);
            MemorySegment tooLong =
                    file.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            MemorySegment key = MemorySegment.ofArray(K);
            WriteBatch batch = db.batch();
            for (Runnable wrong :
                    List.<Runnable>of(
                            () -> keyspace.put(key, tooLong),
                            () -> batch.put(keyspace, key, tooLong))) {
                var thrown = assertThrows(IllegalArgumentException.class, wrong::run);
                assertTrue(thrown.getMessage().contains("max=4294967295"), thrown.getMessage());
            }
        }
    }

    @Test
    void nullsAreRefusedBeforeAnythingIsDone() {
        assertThrows(NullPointerException.class, () -> keyspace.put(K, null));
        assertThrows(NullPointerException.class, () -> keyspace.put(null, V));
        assertThrows(NullPointerException.class, () -> keyspace.get((byte[]) null));
        assertThrows(NullPointerException.class, () -> keyspace.append(K, null));
        assertThrows(NullPointerException.class, () -> db.hashed(null));
        assertNull(keyspace.get(K));
        keyspace.put(K, V);
        assertArrayEquals(V, keyspace.get(K));
    }

    @Test
    void theLargestKeysAndLargeValuesComeBack() {
        var random = new Random(7);
        Map<Integer, byte[]> values = new HashMap<>();
        for (int i = 0; i < 6; i++) {
            byte[] value = Samples.random(random, i * 1_500_000);
            values.put(i, value);
            keyspace.put(Samples.filled(Limits.KEY_SIZE_MAX, i), value);
        }
        bothInMemoryAndOnDisk(
                () ->
                        values.forEach(
                                (i, value) -> {
                                    byte[] key = Samples.filled(Limits.KEY_SIZE_MAX, i);
                                    assertArrayEquals(value, keyspace.get(key));
                                    long size = keyspace.get(key, MemorySegment::byteSize);
                                    assertEquals(value.length, size);
                                }));
    }

    @Test
    void getAllAnswersInTheOrderOfTheKeys() {
        for (int i = 0; i < 10; i += 2) {
            keyspace.put(Samples.key(i), Samples.value(i));
        }
        bothInMemoryAndOnDisk(
                () -> {
                    List<byte[]> keys = new ArrayList<>();
                    for (int i = 9; i >= 0; i--) {
                        keys.add(Samples.key(i));
                    }
                    keys.add(Samples.key(0));
                    List<byte[]> values = keyspace.getAll(keys);
                    assertEquals(11, values.size());
                    for (int i = 0; i < 10; i++) {
                        byte[] expected = (9 - i) % 2 == 0 ? Samples.value(9 - i) : null;
                        assertArrayEquals(expected, values.get(i));
                    }
                    assertArrayEquals(Samples.value(0), values.get(10));
                });
    }

    @Test
    void putIfAbsentReturnsWhatIsThereAndSetsOnlyWhenNothingIs() {
        assertNull(keyspace.putIfAbsent(K, V));
        bothInMemoryAndOnDisk(
                () -> assertArrayEquals(V, keyspace.putIfAbsent(K, Samples.bytes("other"))));
        assertArrayEquals(V, keyspace.get(K));
        keyspace.delete(K);
        db.flush();
        assertNull(keyspace.putIfAbsent(K, Samples.bytes("third")));
        assertArrayEquals(Samples.bytes("third"), keyspace.get(K));
    }

    @Test
    void compareAndSetReplacesOnlyWhatWasExpectedAndNullIsAbsence() {
        byte[] second = Samples.bytes("second");
        assertFalse(keyspace.compareAndSet(K, V, second));
        assertTrue(keyspace.compareAndSet(K, null, V));
        db.flush();
        assertFalse(keyspace.compareAndSet(K, null, second));
        assertFalse(keyspace.compareAndSet(K, second, V));
        assertTrue(keyspace.compareAndSet(K, V, second));
        db.flush();
        assertTrue(keyspace.compareAndSet(K, second, null));
        assertNull(keyspace.get(K));
        assertTrue(keyspace.compareAndSet(K, null, null));
    }

    @Test
    void updateGetsThePresentValueAndReturnsTheNew() {
        assertArrayEquals(
                V,
                keyspace.update(
                        K,
                        value -> {
                            assertNull(value);
                            return V;
                        }));
        db.flush();
        assertArrayEquals(
                new byte[] {'v', 'v'},
                keyspace.update(K, value -> new byte[] {value[0], value[0]}));
        assertNull(keyspace.update(K, value -> null));
        assertFalse(keyspace.contains(K));
        var thrown = new IllegalStateException("mine");
        assertSame(
                thrown,
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                keyspace.update(
                                        K,
                                        value -> {
                                            throw thrown;
                                        })));
    }

    @Test
    void incrementCountsLittleEndianAndWrapsRound() {
        assertEquals(5, keyspace.increment(K, 5));
        assertEquals(3, keyspace.increment(K, -2));
        assertArrayEquals(new byte[] {3, 0, 0, 0, 0, 0, 0, 0}, keyspace.get(K));
        db.flush();
        assertEquals(Long.MIN_VALUE + 2, keyspace.increment(K, Long.MAX_VALUE));
        keyspace.put(V, V);
        assertThrows(IllegalArgumentException.class, () -> keyspace.increment(V, 1));
        assertArrayEquals(V, keyspace.get(V));
    }

    @Test
    void appendReturnsTheNewLength() {
        assertEquals(1, keyspace.append(K, V));
        db.flush();
        assertEquals(3, keyspace.append(K, Samples.bytes("ab")));
        assertEquals(3, keyspace.append(K, new byte[0]));
        assertArrayEquals(Samples.bytes("vab"), keyspace.get(K));
    }

    @Test
    void incrementsOfManyThreadsAllCount() throws InterruptedException {
        var failure = new AtomicReference<Throwable>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 6; t++) {
            threads.add(
                    Thread.ofPlatform()
                            .uncaughtExceptionHandler((_, thrown) -> failure.set(thrown))
                            .start(
                                    () -> {
                                        for (int i = 0; i < 5000; i++) {
                                            keyspace.increment(K, 1);
                                            if (i % 1000 == 0) {
                                                db.flush();
                                            }
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertNull(failure.get(), () -> failure.get().toString());
        assertEquals(30_000, Bytes.getLong(keyspace.get(K), 0));
    }

    @Test
    void aReaderMayReadAndWriteTheDatabaseInside() {
        for (int i = 0; i < 500; i++) {
            keyspace.put(Samples.key(i), Samples.filled(1000, i));
        }
        bothInMemoryAndOnDisk(
                () -> {
                    byte first =
                            keyspace.get(
                                    Samples.key(3),
                                    value -> {
                                        assertTrue(value.isReadOnly());
                                        for (int i = 0; i < 500; i++) {
                                            keyspace.put(Samples.key(i), Samples.filled(1000, i));
                                            keyspace.get(Samples.key(i));
                                        }
                                        db.flush();
                                        db.compact();
                                        keyspace.get(Samples.key(4), MemorySegment::byteSize);
                                        for (int i = 0; i < 1000; i++) {
                                            assertEquals(3, value.get(Bytes.BYTE, i));
                                        }
                                        return value.get(Bytes.BYTE, 0);
                                    });
                    assertEquals(3, first);
                });
        var thrown = new IllegalStateException("mine");
        assertSame(
                thrown,
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                keyspace.get(
                                        Samples.key(3),
                                        _ -> {
                                            throw thrown;
                                        })));
    }

    @Test
    void aCursorSeesEveryEntryOnce() {
        Map<String, String> model = new HashMap<>();
        for (int i = 0; i < 12_000; i++) {
            keyspace.put(Samples.key(i % 9000), Samples.value(i));
            model.put(Samples.text(Samples.key(i % 9000)), Samples.text(Samples.value(i)));
            if (i == 5000 || i == 10_000) {
                db.flush();
            }
        }
        for (int i = 0; i < 9000; i += 7) {
            keyspace.delete(Samples.key(i));
            model.remove(Samples.text(Samples.key(i)));
        }
        bothInMemoryAndOnDisk(
                () -> {
                    Map<String, String> seen = new HashMap<>();
                    try (Cursor cursor = keyspace.cursor()) {
                        while (cursor.next()) {
                            assertArrayEquals(
                                    cursor.key(), cursor.keySegment().toArray(Bytes.BYTE));
                            assertArrayEquals(
                                    cursor.value(), cursor.valueSegment().toArray(Bytes.BYTE));
                            assertTrue(cursor.valueSegment().isReadOnly());
                            assertNull(
                                    seen.put(
                                            Samples.text(cursor.key()),
                                            Samples.text(cursor.value())));
                        }
                        assertFalse(cursor.next());
                    }
                    assertEquals(model, seen);
                });
    }

    @Test
    void aCursorThatStandsOnNothingThrows() {
        keyspace.put(K, V);
        Cursor cursor = keyspace.cursor();
        assertThrows(IllegalStateException.class, cursor::key);
        assertThrows(IllegalStateException.class, cursor::valueSegment);
        assertTrue(cursor.next());
        assertArrayEquals(K, cursor.key());
        assertFalse(cursor.next());
        assertThrows(IllegalStateException.class, cursor::value);
        cursor.close();
        cursor.close();
        assertThrows(IllegalStateException.class, cursor::next);
        assertThrows(IllegalStateException.class, cursor::keySegment);
    }

    @Test
    void theEstimateIsExactAfterAFlush() {
        for (int i = 0; i < 3000; i++) {
            keyspace.put(Samples.key(i), V);
        }
        db.flush();
        for (int i = 1000; i < 4000; i++) {
            keyspace.put(Samples.key(i), V);
        }
        for (int i = 0; i < 500; i++) {
            keyspace.delete(Samples.key(i));
        }
        assertEquals(3500, (double) keyspace.estimatedCount(), 1500);
        db.flush();
        assertEquals(3500, keyspace.estimatedCount());
    }

    @Test
    void anInterruptIsKeptAndHarmsNobody() {
        for (int i = 0; i < 200; i++) {
            Thread.currentThread().interrupt();
            keyspace.put(Samples.key(i), V, WriteOptions.SYNC);
            assertArrayEquals(V, keyspace.get(Samples.key(i)));
            if (i == 100) {
                db.flush();
            }
            assertTrue(Thread.interrupted());
        }
        assertEquals(200, keyspace.getAll(keys(200)).stream().filter(v -> v != null).count());
    }

    private static List<byte[]> keys(int count) {
        byte[][] keys = new byte[count][];
        Arrays.setAll(keys, Samples::key);
        return List.of(keys);
    }
}
