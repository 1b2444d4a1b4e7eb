package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Codec;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Limits;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/// The caller's mistakes with ordered keyspaces are told at once, by name, and change nothing; a
/// range in which no key can be is none.
class OrderedBadInputTest {
    private static final byte[] LOW = {3};
    private static final byte[] MIDDLE = {5};
    private static final byte[] HIGH = {7};
    private static final byte[] VALUE = {2};

    private final Options options = Workload.tinyOptions().withReadMode(ReadMode.POSITIONAL);
    private final SimulatedDisk disk = new SimulatedDisk().usedByOneThread();
    private Database db;
    private OrderedKeyspace keyspace;

    private Database open(SimulatedDisk on) {
        return Engine.open(on.directory("db"), new StepScheduler(1), options);
    }

    @BeforeEach
    void open() {
        db = open(disk);
        keyspace = db.ordered("o");
        keyspace.put(MIDDLE, VALUE);
    }

    @AfterEach
    void nothingWasChanged() {
        assertArrayEquals(VALUE, keyspace.get(MIDDLE));
        assertEquals(1, Contents.read(db).size());
        db.close();
        assertEquals(0, disk.openFiles());
    }

    private static void refused(Runnable call) {
        var e = assertThrows(IllegalArgumentException.class, call::run);
        assertFalse(e.getMessage().isBlank());
    }

    private static Entry entry(int... key) {
        byte[] bytes = new byte[key.length];
        for (int i = 0; i < key.length; i++) {
            bytes[i] = (byte) key[i];
        }
        return new Entry(bytes, VALUE);
    }

    @Test
    void aReversedOrEmptyRangeHoldsNothing() {
        for (Range range :
                List.of(
                        Range.closedOpen(HIGH, LOW),
                        Range.closedOpen(MIDDLE, MIDDLE),
                        Range.closedOpen(LOW, new byte[0]),
                        Range.lessThan(new byte[0]))) {
            assertTrue(range.isEmpty());
            try (OrderedCursor cursor = keyspace.cursor(range)) {
                assertFalse(cursor.next());
                assertFalse(cursor.previous());
                assertFalse(cursor.first());
                assertFalse(cursor.last());
                assertFalse(cursor.seek(MIDDLE));
                assertFalse(cursor.seekBefore(HIGH));
                assertThrows(IllegalStateException.class, cursor::key);
                assertThrows(IllegalStateException.class, cursor::value);
                assertThrows(IllegalStateException.class, cursor::keySegment);
                assertThrows(IllegalStateException.class, cursor::valueSegment);
            }
            keyspace.deleteRange(range);
            db.write(db.batch().deleteRange(keyspace, range));
            keyspace.compact(range);
        }
    }

    @Test
    void nothingAtAll() {
        for (Runnable call :
                List.<Runnable>of(
                        () -> keyspace.cursor(null),
                        () -> keyspace.floor(null),
                        () -> keyspace.ceiling(null),
                        () -> keyspace.lower(null),
                        () -> keyspace.higher(null),
                        () -> keyspace.deleteRange(null),
                        () -> keyspace.deleteRange(Range.all(), null),
                        () -> keyspace.ingest(null),
                        () -> keyspace.ingest(Collections.<Entry>singleton(null).iterator()),
                        () -> keyspace.compact(null),
                        () -> db.batch().deleteRange(null, Range.all()),
                        () -> db.batch().deleteRange(keyspace, null),
                        () -> db.ordered(null),
                        () -> db.ordered("o", null),
                        () -> Range.closedOpen(LOW, null),
                        () -> Range.closedOpen(null, HIGH),
                        () -> Range.prefix(null),
                        () -> new Entry(null, VALUE),
                        () -> new Entry(LOW, null))) {
            assertThrows(NullPointerException.class, call::run);
        }
        try (OrderedCursor cursor = keyspace.cursor()) {
            assertThrows(NullPointerException.class, () -> cursor.seek(null));
            assertThrows(NullPointerException.class, () -> cursor.seekBefore(null));
            assertTrue(cursor.next());
        }
    }

    @Test
    void anEmptyKeyAndAKeyTooLong() {
        for (int size : new int[] {0, Limits.KEY_SIZE_MAX + 1}) {
            byte[] key = new byte[size];
            refused(() -> keyspace.put(key, VALUE));
            refused(() -> keyspace.get(key));
            refused(() -> keyspace.delete(key));
            refused(() -> keyspace.floor(key));
            refused(() -> keyspace.ceiling(key));
            refused(() -> keyspace.lower(key));
            refused(() -> keyspace.higher(key));
            refused(() -> keyspace.ingest(List.of(new Entry(key, VALUE)).iterator()));
            refused(() -> keyspace.ingest(List.of(entry(0), new Entry(key, VALUE)).iterator()));
            refused(() -> db.batch().put(keyspace, key, VALUE));
        }
    }

    /// A bound is no key: it may be empty, and one byte longer.
    @Test
    void boundsMayBeWhereNoKeyIs() {
        byte[] longest = new byte[Limits.KEY_SIZE_MAX];
        Arrays.fill(longest, (byte) 0xFF);
        keyspace.put(longest, VALUE);
        db.flush();
        byte[] behind = Arrays.copyOf(longest, longest.length + 1);
        assertArrayEquals(longest, keyspace.last().key());
        assertArrayEquals(longest, keyspace.floor(longest).key());
        assertNull(keyspace.higher(longest));
        assertArrayEquals(MIDDLE, keyspace.lower(longest).key());
        try (OrderedCursor cursor = keyspace.cursor(Range.closedOpen(longest, behind))) {
            assertTrue(cursor.next());
            assertFalse(cursor.next());
            assertTrue(cursor.seek(new byte[0]));
            assertFalse(cursor.seekBefore(new byte[0]));
        }
        keyspace.deleteRange(Range.closedOpen(longest, behind));
        assertFalse(keyspace.contains(longest));
        refused(() -> keyspace.cursor(Range.atLeast(new byte[Limits.KEY_SIZE_MAX + 2])));
        refused(() -> keyspace.deleteRange(Range.lessThan(new byte[Limits.KEY_SIZE_MAX + 2])));
        refused(() -> keyspace.compact(Range.lessThan(new byte[Limits.KEY_SIZE_MAX + 2])));
        refused(
                () ->
                        db.batch()
                                .deleteRange(
                                        keyspace,
                                        Range.lessThan(new byte[Limits.KEY_SIZE_MAX + 2])));
    }

    @Test
    void anIngestionThatIsNotInOrderOrNotAlone() {
        for (List<Entry> entries :
                List.of(
                        List.of(entry(8), entry(6)),
                        List.of(entry(6), entry(6)),
                        List.of(entry(6), entry(7), entry(7, 0), entry(7)),
                        List.of(entry(0x80), entry(0x7F)),
                        List.of(entry(5)),
                        List.of(entry(4), entry(6)),
                        List.of(entry(5), entry(6)),
                        List.of(entry(4), entry(5)))) {
            refused(() -> keyspace.ingest(entries.iterator()));
            db.flush(); // what lies in a table is seen as well as what lies in memory
            refused(() -> keyspace.ingest(entries.iterator()));
        }
        assertEquals(0, keyspace.ingest(Collections.emptyIterator()));
    }

    /// What is between, but deleted, is not there.
    @Test
    void anIngestionOverWhatWasDeleted() {
        keyspace.put(LOW, VALUE);
        keyspace.put(HIGH, VALUE);
        db.flush();
        keyspace.delete(LOW);
        keyspace.deleteRange(Range.atLeast(HIGH));
        assertEquals(2, keyspace.ingest(List.of(entry(3), entry(4)).iterator()));
        assertEquals(2, keyspace.ingest(List.of(entry(7), entry(7, 0)).iterator()));
        assertEquals(5, Contents.read(db).size());
        keyspace.deleteRange(Range.lessThan(MIDDLE));
        keyspace.deleteRange(Range.atLeast(HIGH));
    }

    @Test
    void aKeyspaceOfAnotherDatabase() {
        var elsewhere = new SimulatedDisk().usedByOneThread();
        try (Database other = open(elsewhere)) {
            OrderedKeyspace foreign = other.ordered("o");
            refused(() -> db.batch().deleteRange(foreign, Range.all()));
            refused(() -> db.batch().put(foreign, LOW, VALUE));
        }
    }

    @Test
    void aKeyspaceOfAnotherShape() {
        db.hashed("h");
        assertThrows(IllegalStateException.class, () -> db.ordered("h"));
        assertThrows(
                IllegalStateException.class, () -> db.ordered("h", KeyspaceOptions.defaults()));
        assertThrows(IllegalStateException.class, () -> db.hashed("o"));
        assertThrows(IllegalStateException.class, () -> db.hashed("o", KeyspaceOptions.defaults()));
        assertTrue(db.drop("h"));
        db.ordered("h").put(LOW, VALUE);
        assertTrue(db.drop("h"));
        db.hashed("h").put(LOW, VALUE);
        assertTrue(db.drop("h"));
    }

    @Test
    void aCodecThatNobodyKnows() {
        var unknown = KeyspaceOptions.defaults().withCodec("unknown");
        refused(() -> db.ordered("o2", unknown));
        refused(() -> db.ordered("o", unknown));
        assertEquals(List.of("o"), db.keyspaces());
        for (Codec bad :
                List.of(
                        new RenamedCodec("none", 9),
                        new RenamedCodec("lz4", 9),
                        new RenamedCodec("mine", 0),
                        new RenamedCodec("mine", Codec.ID_MAX + 1))) {
            refused(() -> options.withCodecs(List.of(bad)));
        }
        refused(() -> options.withCodecs(List.of(new DeflateCodec(), new DeflateCodec())));
    }

    /// Whoever opens a database must bring the codecs of its keyspaces and of their files.
    @Test
    void aDatabaseWhoseCodecIsNotBroughtAlong() {
        var compressed = KeyspaceOptions.defaults().withCodec(DeflateCodec.NAME);
        requireCodecNeeded(other -> other.ordered("o", compressed).put(HIGH, new byte[100]));
        requireCodecNeeded(
                other -> {
                    other.ordered("o", compressed).put(HIGH, new byte[100]);
                    other.flush();
                    other.ordered("o", KeyspaceOptions.defaults());
                });
    }

    private void requireCodecNeeded(Consumer<Database> writer) {
        var elsewhere = new SimulatedDisk().usedByOneThread();
        Options with = options.withCodecs(List.of(new DeflateCodec()));
        try (Database other = Engine.open(elsewhere.directory("db"), new StepScheduler(1), with)) {
            writer.accept(other);
        }
        var e = assertThrows(IllegalStateException.class, () -> open(elsewhere));
        assertTrue(e.getMessage().contains("codec"), e.getMessage());
        assertEquals(0, elsewhere.openFiles());
        try (Database other = Engine.open(elsewhere.directory("db"), new StepScheduler(1), with)) {
            assertEquals(100, other.ordered("o").get(HIGH).length);
            assertTrue(other.verify().ok());
        }
    }

    private record RenamedCodec(String name, int id) implements Codec {
        @Override
        public int compressedSizeMax(int size) {
            return size;
        }

        @Override
        public int compress(MemorySegment source, MemorySegment target) {
            throw new AssertionError("never asked");
        }

        @Override
        public void decompress(MemorySegment source, MemorySegment target) {
            throw new AssertionError("never asked");
        }
    }

    /// A block in the middle of a table is damaged: the exception tells where, what a cursor shows
    /// before is right, and so is what lies behind, if it is sought there.
    @Test
    void aDamagedBlockInTheMiddleOfAScan() throws IOException {
        for (ReadMode mode : ReadMode.values()) {
            var elsewhere = new SimulatedDisk().usedByOneThread();
            Options read = options.withReadMode(mode);
            List<byte[]> keys = new ArrayList<>();
            try (Database other =
                    Engine.open(elsewhere.directory("db"), new StepScheduler(1), read)) {
                for (int i = 0; i < 400; i++) {
                    byte[] key = {'k', (byte) (i >> 8), (byte) i};
                    keys.add(key);
                    other.ordered("o").put(key, value(i));
                }
                other.flush();
            }
            String table =
                    elsewhere.directory("db").list().stream()
                            .filter(name -> name.startsWith("table-"))
                            .findFirst()
                            .orElseThrow();
            byte[] bytes = elsewhere.read("db", table);
            int at = indexOf(bytes, value(200)) + 50;
            SimulatedDisk damaged = elsewhere.withByte("db", table, at, (byte) ~bytes[at]);
            try (Database other =
                    Engine.open(
                            damaged.usedByOneThread().directory("db"),
                            new StepScheduler(1),
                            read)) {
                OrderedKeyspace scanned = other.ordered("o");
                int before = scan(scanned, keys, false, table);
                int behind = scan(scanned, keys.reversed(), true, table);
                assertTrue(before > 100 && behind > 100, before + " " + behind);
                assertTrue(before + behind < keys.size());
                assertTrue(keys.size() - before - behind < 100, "more than a block is lost");
                assertThrows(CorruptionException.class, () -> scanned.get(keys.get(200)));
                assertArrayEquals(value(10), scanned.get(keys.get(10)));
                assertFalse(other.verify().ok());
            }
            assertEquals(0, damaged.openFiles());
        }
    }

    private static byte[] value(int number) {
        byte[] value = new byte[100];
        Arrays.fill(value, (byte) (number * 31));
        value[0] = (byte) (number >> 8);
        value[1] = (byte) number;
        return value;
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int i = 0; i + part.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new AssertionError("not in the table");
    }

    /// Returns how many entries were shown before the damage.
    private static int scan(
            OrderedKeyspace keyspace, List<byte[]> keys, boolean backward, String table) {
        int shown = 0;
        try (OrderedCursor cursor = keyspace.cursor()) {
            try {
                for (boolean there = backward ? cursor.last() : cursor.first();
                        there;
                        there = backward ? cursor.previous() : cursor.next()) {
                    assertArrayEquals(keys.get(shown), cursor.key());
                    int number = (cursor.key()[1] & 0xFF) << 8 | cursor.key()[2] & 0xFF;
                    assertArrayEquals(value(number), cursor.value());
                    shown++;
                }
            } catch (CorruptionException e) {
                assertTrue(e.getMessage().contains(table), e.getMessage());
                assertEquals(table, e.file());
                assertTrue(e.offset() > 0, e.getMessage());
                return shown;
            }
            throw new AssertionError("damage was not noticed");
        }
    }
}
