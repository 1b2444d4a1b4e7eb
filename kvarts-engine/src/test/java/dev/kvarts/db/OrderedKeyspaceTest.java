package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// What an ordered keyspace does, in memory and in tables.
final class OrderedKeyspaceTest {
    private static final Options SMALL =
            Options.defaults()
                    .withMemory(16 << 20)
                    .withMemoryStore(64 << 10)
                    .withLogSegmentBytes(256 << 10);

    @TempDir private Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static List<String> forward(OrderedKeyspace keyspace, Range range) {
        List<String> seen = new ArrayList<>();
        try (OrderedCursor cursor = keyspace.cursor(range)) {
            while (cursor.next()) {
                seen.add(text(cursor.key()) + "=" + text(cursor.value()));
            }
        }
        return seen;
    }

    private static List<String> backward(OrderedKeyspace keyspace, Range range) {
        List<String> seen = new ArrayList<>();
        try (OrderedCursor cursor = keyspace.cursor(range)) {
            for (boolean there = cursor.last(); there; there = cursor.previous()) {
                seen.add(text(cursor.key()) + "=" + text(cursor.value()));
            }
        }
        return seen;
    }

    private static String key(int number) {
        return String.format("key-%05d", number);
    }

    @Test
    void entriesComeInTheOrderOfTheirKeysFromMemoryAndTables() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            keyspace.put(bytes("b"), bytes("2"));
            keyspace.put(bytes("d"), bytes("4"));
            db.flush();
            keyspace.put(bytes("a"), bytes("1"));
            keyspace.put(bytes("c"), bytes("3"));
            keyspace.put(bytes("d"), bytes("four"));
            List<String> all = List.of("a=1", "b=2", "c=3", "d=four");
            assertEquals(all, forward(keyspace, Range.all()));
            assertEquals(all.reversed(), backward(keyspace, Range.all()));
            assertEquals(
                    List.of("b=2", "c=3"),
                    forward(keyspace, Range.closedOpen(bytes("b"), bytes("d"))));
            assertEquals(
                    List.of("c=3", "b=2"),
                    backward(keyspace, Range.closedOpen(bytes("b"), bytes("d"))));
            assertEquals("four", text(keyspace.get(bytes("d"))));
        }
        try (Database db = Kvarts.open(directory, SMALL)) {
            assertEquals(
                    List.of("a=1", "b=2", "c=3", "d=four"), forward(db.ordered("o"), Range.all()));
        }
    }

    @Test
    void anEntryIsCopiedAsFarAsItFits() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace ordered =
                    db.ordered("o", KeyspaceOptions.defaults().withValueSeparation(600));
            Keyspace hashed = db.hashed("h");
            for (Keyspace keyspace : List.of(ordered, hashed)) {
                for (int size : new int[] {0, 5, 700}) { // in memory, in a table, in a value file
                    keyspace.put(bytes("key"), new byte[size]);
                    for (int round = 0; round < 2; round++, db.flush()) {
                        try (Cursor cursor = keyspace.cursor()) {
                            assertThrows(
                                    IllegalStateException.class, () -> cursor.key(new byte[9]));
                            assertThrows(
                                    IllegalStateException.class, () -> cursor.value(new byte[9]));
                            assertTrue(cursor.next());
                            byte[] key = bytes("????");
                            byte[] value = bytes("????");
                            assertEquals(3, cursor.key(key));
                            assertEquals("key?", text(key));
                            assertEquals(size, cursor.value(value));
                            assertEquals(size == 0 ? "????" : "\0\0\0\0", text(value));
                            assertEquals(3, cursor.key(new byte[2]));
                        }
                    }
                }
            }
        }
    }

    @Test
    void neighboursOfAKeyAreFound() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            assertNull(keyspace.first());
            assertNull(keyspace.last());
            for (int i = 10; i < 1_000; i += 10) {
                keyspace.put(bytes(key(i)), bytes("v" + i));
            }
            db.flush();
            keyspace.delete(bytes(key(500)));
            assertEquals(new Entry(bytes(key(10)), bytes("v10")), keyspace.first());
            assertEquals(new Entry(bytes(key(990)), bytes("v990")), keyspace.last());
            assertEquals(key(490), text(keyspace.floor(bytes(key(500))).key()));
            assertEquals(key(510), text(keyspace.ceiling(bytes(key(500))).key()));
            assertEquals(key(510), text(keyspace.floor(bytes(key(510))).key()));
            assertEquals(key(510), text(keyspace.ceiling(bytes(key(510))).key()));
            assertEquals(key(490), text(keyspace.lower(bytes(key(510))).key()));
            assertEquals(key(520), text(keyspace.higher(bytes(key(510))).key()));
            assertNull(keyspace.lower(bytes(key(10))));
            assertNull(keyspace.higher(bytes(key(990))));
        }
    }

    @Test
    void aRangeIsDeletedAtOnce() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            for (int i = 0; i < 100; i++) {
                keyspace.put(bytes(key(i)), bytes("v" + i));
            }
            db.flush();
            keyspace.deleteRange(Range.closedOpen(bytes(key(10)), bytes(key(90))));
            keyspace.put(bytes(key(50)), bytes("again"));
            for (int round = 0; round < 3; round++) {
                assertNull(keyspace.get(bytes(key(10))));
                assertNull(keyspace.get(bytes(key(89))));
                assertNotNull(keyspace.get(bytes(key(9))));
                assertNotNull(keyspace.get(bytes(key(90))));
                assertEquals("again", text(keyspace.get(bytes(key(50)))));
                assertEquals(21, forward(keyspace, Range.all()).size());
                if (round == 0) {
                    db.flush();
                } else {
                    db.compact();
                }
            }
        }
        try (Database db = Kvarts.open(directory, SMALL)) {
            assertEquals(21, backward(db.ordered("o"), Range.all()).size());
        }
    }

    @Test
    void aCursorSeesWhatWasThereWhenItWasOpened() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            for (int i = 0; i < 1_000; i++) {
                keyspace.put(bytes(key(i)), bytes("old"));
            }
            try (OrderedCursor cursor = keyspace.cursor()) {
                assertTrue(cursor.next());
                for (int i = 0; i < 1_000; i += 2) {
                    keyspace.put(bytes(key(i)), bytes("new"));
                    keyspace.delete(bytes(key(i + 1)));
                }
                db.compact();
                int count = 1;
                while (cursor.next()) {
                    assertEquals("old", text(cursor.value()));
                    count++;
                }
                assertEquals(1_000, count);
            }
            assertEquals(500, forward(keyspace, Range.all()).size());
        }
    }

    @Test
    void largeValuesLieApartAndAreRead() {
        byte[] large = new byte[100_000];
        Arrays.fill(large, (byte) 'x');
        byte[] limit = new byte[1_024];
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            for (int i = 0; i < 20; i++) {
                keyspace.put(bytes(key(i)), i % 2 == 0 ? large : limit);
            }
            db.flush();
            for (int i = 0; i < 20; i++) {
                assertArrayEquals(i % 2 == 0 ? large : limit, keyspace.get(bytes(key(i))));
            }
            assertEquals(
                    Long.valueOf(large.length),
                    keyspace.get(bytes(key(0)), value -> value.byteSize()));
            int count = 0;
            try (OrderedCursor cursor = keyspace.cursor()) {
                while (cursor.next()) {
                    assertArrayEquals(count % 2 == 0 ? large : limit, cursor.value());
                    count++;
                }
            }
            assertEquals(20, count);
            assertEquals(List.of(), db.verify().problems());
        }
    }

    @Test
    void batchesSpanBothShapes() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            Keyspace hashed = db.hashed("h");
            OrderedKeyspace ordered = db.ordered("o");
            ordered.put(bytes("gone"), bytes("x"));
            db.write(
                    db.batch()
                            .put(hashed, bytes("a"), bytes("1"))
                            .deleteRange(ordered, Range.all())
                            .put(ordered, bytes("b"), bytes("2")));
            assertEquals("1", text(hashed.get(bytes("a"))));
            assertEquals(List.of("b=2"), forward(ordered, Range.all()));
        }
        try (Database db = Kvarts.open(directory, SMALL)) {
            assertEquals(List.of("b=2"), forward(db.ordered("o"), Range.all()));
            assertEquals("1", text(db.hashed("h").get(bytes("a"))));
        }
    }

    @Test
    void readModifyWriteSeesDeletedRanges() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            assertEquals(5, keyspace.increment(bytes("n"), 5));
            keyspace.deleteRange(Range.all());
            assertEquals(3, keyspace.increment(bytes("n"), 3));
            keyspace.deleteRange(Range.all());
            assertNull(keyspace.putIfAbsent(bytes("n"), bytes("x")));
            db.flush();
            keyspace.deleteRange(Range.prefix(bytes("n")));
            assertTrue(keyspace.compareAndSet(bytes("n"), null, bytes("y")));
            assertFalse(keyspace.compareAndSet(bytes("n"), bytes("x"), bytes("z")));
        }
    }

    @Test
    void sortedInputIsIngestedWhole() {
        List<Entry> input = new ArrayList<>();
        for (int i = 100; i < 5_000; i++) {
            input.add(new Entry(bytes(key(i)), bytes("in" + i)));
        }
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            keyspace.put(bytes(key(1)), bytes("one"));
            keyspace.put(bytes(key(200)), bytes("in the way"));
            assertThrows(IllegalArgumentException.class, () -> keyspace.ingest(input.iterator()));
            assertNull(keyspace.get(bytes(key(300))));
            keyspace.deleteRange(Range.atLeast(bytes(key(100))));
            assertEquals(4_900, keyspace.ingest(input.iterator()));
            assertEquals(4_901, forward(keyspace, Range.all()).size());
            assertEquals("in200", text(keyspace.get(bytes(key(200)))));
            keyspace.put(bytes(key(200)), bytes("newer"));
            assertEquals("newer", text(keyspace.get(bytes(key(200)))));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> keyspace.ingest(input.reversed().iterator()));
        }
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            assertEquals(4_901, backward(keyspace, Range.all()).size());
            assertEquals("newer", text(keyspace.get(bytes(key(200)))));
        }
    }

    @Test
    void aNameBelongsToOneShape() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            db.ordered("o");
            db.hashed("h");
            assertThrows(IllegalStateException.class, () -> db.hashed("o"));
            assertThrows(IllegalStateException.class, () -> db.ordered("h"));
        }
    }

    @Test
    void aCursorIsRefusedWhenSomethingItNeedsIsClosed() {
        Database db = Kvarts.open(directory, SMALL);
        OrderedKeyspace keyspace = db.ordered("o");
        keyspace.put(bytes("a"), bytes("1"));
        OrderedCursor closed = keyspace.cursor();
        closed.close();
        closed.close();
        assertThrows(IllegalStateException.class, closed::next);
        OrderedCursor left = keyspace.cursor();
        assertThrows(IllegalStateException.class, left::key);
        db.close();
        assertThrows(IllegalStateException.class, left::next);
        left.close();
    }

    @Test
    void aDroppedKeyspaceIsGoneWithItsFiles() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o", KeyspaceOptions.defaults());
            keyspace.put(bytes("a"), new byte[5_000]);
            db.flush();
            assertTrue(db.drop("o"));
            assertThrows(IllegalStateException.class, () -> keyspace.get(bytes("a")));
            String[] left = directory.toFile().list((_, name) -> name.matches("(table|values)-.*"));
            assertEquals(0, left.length, Arrays.toString(left));
        }
    }

    @Test
    void manyKeysAreReadSideBySideInEveryReadMode() {
        for (ReadMode mode : List.of(ReadMode.MAPPED, ReadMode.POSITIONAL)) {
            try (Database db = Kvarts.open(directory, SMALL.withReadMode(mode))) {
                for (Keyspace keyspace : List.of(db.hashed("h"), db.ordered("o"))) {
                    List<byte[]> keys = new ArrayList<>();
                    for (int i = 0; i < 300; i++) {
                        if (i % 3 != 0) {
                            keyspace.put(bytes(key(i)), bytes("v" + i));
                        }
                        keys.add(bytes(key(299 - i)));
                    }
                    db.flush();
                    List<byte[]> values = keyspace.getAll(keys);
                    for (int i = 0; i < 300; i++) {
                        int number = 299 - i;
                        assertEquals(number % 3 == 0 ? null : "v" + number, text(values.get(i)));
                    }
                }
            }
        }
    }

    /// The number of the run was taken from that of a file that did not exist; after reopening the
    /// next flush took the same, and the two were read as one run.
    @Test
    void aFlushAfterIngestAndReopeningIsNewer() {
        List<Entry> input = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            input.add(new Entry(bytes(key(i)), bytes("old")));
        }
        try (Database db = Kvarts.open(directory, SMALL)) {
            db.ordered("o").ingest(input.iterator());
        }
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            for (int i = 0; i < 100; i += 2) {
                keyspace.put(bytes(key(i)), bytes("new"));
            }
            db.flush();
            for (int i = 0; i < 100; i++) {
                assertEquals(i % 2 == 0 ? "new" : "old", text(keyspace.get(bytes(key(i)))));
            }
        }
    }

    @Test
    void whatTheIteratorOfAnIngestThrowsReachesTheCaller() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            Iterator<Entry> broken =
                    Stream.iterate(0, i -> i + 1)
                            .map(
                                    i -> {
                                        if (i == 1_000) {
                                            throw new UncheckedIOException(
                                                    new IOException("the caller's own"));
                                        }
                                        return new Entry(bytes(key(i)), bytes("v"));
                                    })
                            .iterator();
            assertThrows(UncheckedIOException.class, () -> keyspace.ingest(broken));
            keyspace.put(bytes("a"), bytes("writes go on"));
            assertEquals(1, forward(keyspace, Range.all()).size());
            String[] left = directory.toFile().list((_, name) -> name.startsWith("table-"));
            assertEquals(0, left.length, Arrays.toString(left));
        }
    }

    /// The codec of the options was checked and then never used.
    @Test
    void tablesAreCompressedWithTheCodecOfTheKeyspace() throws IOException {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o", KeyspaceOptions.defaults().withCodec("lz4"));
            for (int i = 0; i < 500; i++) {
                keyspace.put(bytes(key(i)), new byte[200]);
            }
            db.flush();
            assertTrue(tableBytes() < 500 * 100, "bytes=" + tableBytes());
            keyspace.compact(Range.all());
            assertTrue(tableBytes() < 500 * 100, "bytes=" + tableBytes());
        }
    }

    private long tableBytes() throws IOException {
        long sum = 0;
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                sum += file.getFileName().toString().startsWith("table-") ? Files.size(file) : 0;
            }
        }
        return sum;
    }

    /// Such blocks were written without their entries.
    @Test
    void blocksThatDoNotShrinkAreReadBack() {
        var random = new Random(5);
        byte[][] values = new byte[500][200];
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o", KeyspaceOptions.defaults().withCodec("lz4"));
            for (int i = 0; i < values.length; i++) {
                random.nextBytes(values[i]);
                keyspace.put(bytes(key(i)), values[i]);
            }
            db.flush();
            for (int i = 0; i < values.length; i++) {
                assertArrayEquals(values[i], keyspace.get(bytes(key(i))));
            }
            assertEquals(List.of(), db.verify().problems());
        }
    }

    /// Who had read before an ingestion wrote over it: nothing of it is in memory, and what was
    /// read was taken for the newest.
    @Test
    void whoReadsBeforeAnIngestionAndWritesAfterItReadsAgain() {
        try (Database db = Kvarts.open(directory, SMALL)) {
            OrderedKeyspace keyspace = db.ordered("o");
            keyspace.put(bytes("a"), bytes("1"));
            List<String> seen = new ArrayList<>();
            keyspace.update(
                    bytes("k"),
                    before -> {
                        if (seen.isEmpty()) {
                            Entry entry = new Entry(bytes("k"), bytes("ingested"));
                            keyspace.ingest(List.of(entry).iterator());
                        }
                        seen.add(text(before));
                        return bytes("updated");
                    });
            assertEquals(Arrays.asList(null, "ingested"), seen);
        }
    }

    /// A keyspace is dropped while the timer that gives back unused files closes those that a
    /// cursor kept until then.
    @Test
    void unusedFilesAreGivenBackOnceWhenTheirKeyspaceIsDropped() throws IOException {
        Scheduler incessant = incessant(new ThreadScheduler(2), "db: memory");
        try (Database db = Engine.open(RealDirectory.open(directory, true), incessant, SMALL)) {
            for (int round = 0; round < 60; round++) {
                OrderedKeyspace keyspace = db.ordered("o");
                for (int i = 0; i < 100; i++) {
                    keyspace.put(bytes(key(i)), bytes("v"));
                    if (i % 10 == 0) {
                        db.flush();
                    }
                }
                OrderedCursor cursor = keyspace.cursor();
                keyspace.compact(Range.all());
                cursor.close();
                assertTrue(db.drop("o"), "round=" + round);
            }
        }
    }

    /// A scheduler that lets one of the timers run without a pause.
    private static Scheduler incessant(Scheduler real, String timer) {
        return (Scheduler)
                Proxy.newProxyInstance(
                        Scheduler.class.getClassLoader(),
                        new Class<?>[] {Scheduler.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("repeat") && arguments[0].equals(timer)) {
                                return real.repeat(timer, 1, (Runnable) arguments[2]);
                            }
                            return method.invoke(real, arguments);
                        });
    }
}
