package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// What has expired is not there, wherever it lies and whatever happened to it, and its space comes
/// back.
class ExpiryTest {
    private static final String DIRECTORY = "db";
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final WriteOptions SHORT = WriteOptions.BUFFERED.withTtl(TTL);
    private static final long LONG_TIME = Duration.ofMinutes(1).toMillis();
    private static final Options OPTIONS = Workload.tinyOptions().withReadMode(ReadMode.POSITIONAL);

    /// The shapes of keyspaces there are.
    enum Shape {
        HASHED,
        UNIFIED,
        LEVELED,
        SIZE_TIERED,
        TIME_WINDOW;

        Keyspace open(Database db, KeyspaceOptions options) {
            return this == HASHED
                    ? db.hashed("k", options)
                    : db.ordered("k", options.withCompaction(Compaction.valueOf(name())));
        }
    }

    private SimulatedDisk disk = new SimulatedDisk().usedByOneThread();
    private StepScheduler scheduler;
    private Database db;
    private Keyspace keyspace;
    private KeyspaceOptions shaped = KeyspaceOptions.defaults().withValueSeparation(64);

    private void open(Shape shape) {
        open(shape, 0);
    }

    /// @param wallShift how far the clock on the wall is set meanwhile
    private void open(Shape shape, long wallShift) {
        long wall = scheduler == null ? 0 : scheduler.wallMillis();
        scheduler = new StepScheduler(1);
        scheduler.shiftWall(wall == 0 ? 0 : wall + wallShift - scheduler.wallMillis());
        db = Engine.open(disk.directory(DIRECTORY), scheduler, OPTIONS);
        keyspace = shape.open(db, shaped);
    }

    private void reopen(Shape shape, long wallShift) {
        db.close();
        open(shape, wallShift);
    }

    /// The process is killed.
    private void kill(Shape shape, long wallShift) {
        disk = disk.crash(CrashMode.PROCESS_KILL, 0).usedByOneThread();
        db = null;
        open(shape, wallShift);
    }

    @AfterEach
    void close() {
        if (db != null) {
            db.close();
        }
    }

    private void pass(long millis) {
        scheduler.advanceMillis(millis);
        scheduler.runAll();
    }

    private static byte[] key(int number) {
        return "key-%05d".formatted(number).getBytes(US_ASCII);
    }

    private static byte[] value(int number) {
        byte[] value = new byte[20 + number % 200]; // some lie apart
        Arrays.fill(value, (byte) number);
        return value;
    }

    private Set<String> walked() {
        var keys = new TreeSet<String>();
        try (Cursor cursor = keyspace.cursor()) {
            while (cursor.next()) {
                keys.add(new String(cursor.key(), US_ASCII));
            }
        }
        return keys;
    }

    private void requireGone(int number) {
        assertNull(keyspace.get(key(number)));
        assertFalse(keyspace.contains(key(number)));
        assertNull(keyspace.get(key(number), value -> value));
        assertNull(keyspace.expiresAt(key(number)));
        assertNull(keyspace.getAll(List.of(key(number))).getFirst());
        assertFalse(walked().contains(new String(key(number), US_ASCII)));
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void anEntryIsThereUntilItsTimeIsUpAndThenForNobodyWhereverItLies(Shape shape) {
        open(shape);
        List<Runnable> moves =
                List.of(
                        () -> {},
                        db::flush,
                        () -> db.compact(),
                        () -> reopen(shape, 0),
                        () -> kill(shape, 0));
        for (Runnable move : moves) {
            for (int i = 0; i < 300; i++) {
                keyspace.put(key(i), value(i), i % 2 == 0 ? SHORT : WriteOptions.BUFFERED);
            }
            Instant expiry = keyspace.expiresAt(key(4));
            move.run();
            assertEquals(expiry, keyspace.expiresAt(key(4)));
            assertNull(keyspace.expiresAt(key(5)));
            for (int i = 0; i < 300; i++) {
                assertArrayEquals(value(i), keyspace.get(key(i)), "key " + i);
            }
            assertEquals(300, walked().size());
            pass(TTL.toMillis() + 1);
            for (int i = 0; i < 300; i += 2) {
                requireGone(i);
                assertArrayEquals(value(i + 1), keyspace.get(key(i + 1)));
            }
            assertEquals(150, walked().size());
            assertTrue(db.verify().ok(), db.verify().toString());
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void anExpiredValueDoesNotBringBackTheOneBefore(Shape shape) {
        open(shape);
        for (int i = 0; i < 200; i++) {
            keyspace.put(key(i), value(i));
        }
        db.flush();
        db.compact();
        for (int i = 0; i < 100; i++) {
            keyspace.put(key(i), value(7), SHORT);
        }
        db.flush();
        pass(LONG_TIME);
        List<Runnable> moves =
                List.of(
                        () -> {},
                        db::flush,
                        () -> kill(shape, 0),
                        () -> reopen(shape, 0),
                        () -> {
                            keyspace.put(key(150), value(150));
                            db.flush();
                        },
                        () -> db.compact(),
                        () -> kill(shape, 0),
                        () -> reopen(shape, 0));
        for (Runnable move : moves) {
            move.run();
            pass(2_000);
            for (int i = 0; i < 100; i++) {
                assertNull(keyspace.get(key(i)), "key " + i);
            }
            assertEquals(100, walked().size());
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aClockThatIsSetBackBringsNothingBack(Shape shape) {
        open(shape);
        long hour = Duration.ofHours(1).toMillis();
        for (int round = 0; round < 3; round++) {
            keyspace.put(key(round), value(1), SHORT);
            pass(LONG_TIME);
            requireGone(round);
            pass(200); // what was told is written down
            switch (round) {
                case 0 -> scheduler.shiftWall(-hour);
                case 1 -> reopen(shape, -2 * hour);
                default -> kill(shape, -3 * hour);
            }
            requireGone(round);
            keyspace.put(key(9), value(9), SHORT);
            pass(TTL.toMillis() - 100);
            assertNotNull(keyspace.get(key(9)), "it must live as long as it was given");
            pass(200);
            requireGone(9); // time goes on also while the wall's clock is behind
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aChangedValueKeepsTheTimeThatItHasLeftAndANewOneGetsAnother(Shape shape) {
        open(shape);
        byte[] counter = new byte[8];
        keyspace.put(key(1), counter, SHORT);
        keyspace.put(key(2), value(2), SHORT);
        Instant first = keyspace.expiresAt(key(1));
        Instant second = keyspace.expiresAt(key(2));
        pass(1_000);
        keyspace.increment(key(1), 3);
        keyspace.append(key(2), value(3));
        db.flush();
        keyspace.update(key(2), before -> before);
        assertEquals(first, keyspace.expiresAt(key(1)));
        assertEquals(second, keyspace.expiresAt(key(2)));
        db.transact(
                tx -> {
                    tx.increment(keyspace, key(1), 1);
                    tx.put(keyspace, key(3), value(3), SHORT);
                    return null;
                });
        assertEquals(first, keyspace.expiresAt(key(1)));
        assertTrue(keyspace.expiresAt(key(3)).isAfter(first));
        assertTrue(keyspace.compareAndSet(key(2), keyspace.get(key(2)), value(4)));
        assertNull(keyspace.expiresAt(key(2)));
        keyspace.put(key(1), counter);
        assertNull(keyspace.expiresAt(key(1)));
        pass(LONG_TIME);
        assertNotNull(keyspace.get(key(1)));
        assertArrayEquals(value(4), keyspace.get(key(2)));
        requireGone(3);
        assertNull(keyspace.putIfAbsent(key(3), value(5)), "what has expired is absent");
        assertArrayEquals(value(5), keyspace.get(key(3)));
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void touchGivesAnEntryMoreTimeAndPersistAllThereIs(Shape shape) {
        open(shape);
        for (int i = 0; i < 3; i++) {
            keyspace.put(key(i), value(100 + i), SHORT);
        }
        db.flush();
        pass(5_000);
        assertTrue(keyspace.touch(key(0), TTL));
        assertTrue(keyspace.persist(key(1)));
        assertFalse(keyspace.touch(key(8), TTL));
        assertThrows(
                IllegalArgumentException.class,
                () -> keyspace.touch(key(0), Duration.ofMillis(-1)));
        pass(6_000);
        assertArrayEquals(value(100), keyspace.get(key(0)));
        assertArrayEquals(value(101), keyspace.get(key(1)));
        requireGone(2);
        assertFalse(keyspace.touch(key(2), TTL), "what has expired cannot be touched");
        db.flush();
        pass(LONG_TIME);
        requireGone(0);
        assertArrayEquals(value(101), keyspace.get(key(1)));
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aKeyspaceHasADefaultAndAMaximum(Shape shape) {
        shaped = shaped.withTtl(TTL);
        shaped = shaped.withPolicy(shaped.policy().withRetention(TTL.multipliedBy(2)));
        open(shape);
        Instant now = Instant.ofEpochMilli(scheduler.wallMillis());
        keyspace.put(key(0), value(0));
        keyspace.put(key(1), value(1), WriteOptions.BUFFERED.withTtl(Duration.ZERO));
        keyspace.put(key(2), value(2), WriteOptions.BUFFERED.withTtl(Duration.ofDays(400)));
        db.write(db.batch().put(keyspace, key(3), value(3)), Durability.BUFFERED);
        db.write(db.batch().put(keyspace, key(4), value(4), Duration.ofSeconds(1)));
        db.transact(
                tx -> {
                    tx.put(keyspace, key(5), value(5));
                    return null;
                });
        keyspace.persist(key(0));
        for (int i : new int[] {0, 1, 2}) {
            assertEquals(now.plus(TTL.multipliedBy(2)), keyspace.expiresAt(key(i)), "key " + i);
        }
        assertEquals(now.plus(TTL), keyspace.expiresAt(key(3)));
        assertEquals(now.plusSeconds(1), keyspace.expiresAt(key(4)));
        assertEquals(now.plus(TTL), keyspace.expiresAt(key(5)));
        pass(LONG_TIME);
        assertEquals(Set.of(), walked());
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aFileOfWhichAllHasExpiredGoesWithoutBeingRead(Shape shape) {
        open(shape);
        keyspace.put(key(5_000), value(1));
        db.flush();
        db.compact();
        for (int i = 0; i < 1_000; i++) {
            keyspace.put(key(i), value(i), SHORT);
        }
        db.flush();
        pass(1_000);
        long stored = db.stats().keyspaces().getFirst().storedBytes();
        assertTrue(stored > 50_000, "stored " + stored);
        pass(TTL.toMillis());
        var read = new ArrayList<String>();
        disk.listen(
                operation -> {
                    if (operation.kind() == Operation.Kind.READ) {
                        read.add(operation.file());
                    }
                });
        pass(2_000);
        disk.listen(_ -> {});
        assertEquals(List.of(), read.stream().filter(ExpiryTest::isData).toList());
        long left = db.stats().keyspaces().getFirst().storedBytes();
        assertTrue(left < 20_000, "left " + left + " of " + stored);
        assertEquals(1, walked().size());
        assertTrue(db.verify().ok());
    }

    private static boolean isData(String file) {
        return file.startsWith("run-") || file.startsWith("table-") || file.startsWith("values-");
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void spaceOfWhatExpiresComesBackWhileWritingGoesOn(Shape shape) {
        open(shape);
        long most = 0;
        long round = 0;
        for (int i = 0; i < 40_000; i++) {
            keyspace.put(key(i), value(i), SHORT);
            if (i % 1_000 == 999) {
                pass(5_000);
                long stored = db.stats().keyspaces().getFirst().storedBytes();
                round = i == 3_999 ? stored : round; // so much lives at any time, and more
                most = i > 10_000 ? Math.max(most, stored) : most;
            }
        }
        assertTrue(most < 3 * round, "most " + most + " after four rounds " + round);
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aSnapshotGoesOnToSeeWhatHadNotExpiredWhenItBegan(Shape shape) {
        open(shape);
        for (int i = 0; i < 200; i++) {
            keyspace.put(key(i), value(i), i < 100 ? SHORT : WriteOptions.BUFFERED);
        }
        db.flush();
        try (Snapshot snapshot = db.snapshot()) {
            pass(LONG_TIME);
            for (Runnable move : List.<Runnable>of(() -> {}, db::flush, () -> db.compact())) {
                move.run();
                pass(2_000);
                for (int i = 0; i < 100; i++) {
                    assertNull(keyspace.get(key(i)));
                    assertArrayEquals(value(i), snapshot.get(keyspace, key(i)), "key " + i);
                }
                int seen = 0;
                try (Cursor cursor = snapshot.cursor(keyspace)) {
                    while (cursor.next()) {
                        seen++;
                    }
                }
                assertEquals(200, seen);
            }
        }
        db.compact();
        assertEquals(100, walked().size());
        assertEquals(100, keyspace.estimatedCount());
    }

    @ParameterizedTest
    @EnumSource(value = Shape.class, names = "HASHED", mode = EnumSource.Mode.EXCLUDE)
    void whatIsIngestedExpiresAsTheKeyspaceSays(Shape shape) {
        shaped = shaped.withTtl(TTL);
        open(shape);
        var ordered = (OrderedKeyspace) keyspace;
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            entries.add(new Entry(key(i), value(i)));
        }
        ordered.ingest(entries.iterator());
        assertEquals(100, walked().size());
        assertArrayEquals(value(99), ordered.get(key(99)));
        ordered.deleteRange(Range.closedOpen(key(0), key(50)));
        pass(LONG_TIME);
        assertEquals(Set.of(), walked());
        ordered.ingest(entries.iterator()); // nothing is in its way
        assertEquals(100, walked().size());
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void anIdleDatabaseWritesNoTime(Shape shape) {
        open(shape);
        keyspace.put(key(1), value(1));
        pass(1_000);
        long idle = db.stats().sequence();
        pass(LONG_TIME);
        assertEquals(idle, db.stats().sequence());
        keyspace.put(key(2), value(2));
        pass(1_000);
        assertNotEquals(idle + 1, db.stats().sequence(), "the time of a write is written down");
    }
}
