package dev.kvarts.db;

import static dev.kvarts.db.Samples.bytes;
import static dev.kvarts.db.Samples.key;
import static dev.kvarts.db.Samples.text;
import static dev.kvarts.db.Samples.value;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Snapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// A snapshot goes on to show what was there.
final class SnapshotTest {
    private static final long SEED = Long.getLong("kvarts.seed", System.nanoTime());

    @TempDir private Path directory;

    private static Map<String, String> entries(Cursor opened) {
        var entries = new TreeMap<String, String>();
        try (Cursor cursor = opened) {
            while (cursor.next()) {
                assertNull(entries.put(text(cursor.key()), text(cursor.value())), "seen twice");
            }
        }
        return entries;
    }

    @Test
    void aSnapshotSeesBothKindsOfKeyspaceAtOneInstant() {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = database.hashed("h");
            OrderedKeyspace ordered = database.ordered("o");
            database.write(
                    database.batch()
                            .put(hashed, bytes("a"), bytes("1"))
                            .put(ordered, bytes("a"), bytes("1")));
            try (Snapshot snapshot = database.snapshot()) {
                database.write(
                        database.batch()
                                .put(hashed, bytes("a"), bytes("2"))
                                .delete(ordered, bytes("a"))
                                .put(ordered, bytes("b"), bytes("2")));
                assertArrayEquals(bytes("1"), snapshot.get(hashed, bytes("a")));
                assertArrayEquals(bytes("1"), snapshot.get(ordered, bytes("a")));
                assertFalse(snapshot.contains(ordered, bytes("b")));
                assertEquals(Map.of("a", "1"), entries(snapshot.cursor(ordered)));
                assertEquals(Map.of("a", "1"), entries(snapshot.cursor(hashed)));
                assertArrayEquals(bytes("2"), hashed.get(bytes("a")));
            }
        }
    }

    @Test
    void aSnapshotOutlivesFlushesCompactionsAndReclaims() {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = database.hashed("h");
            OrderedKeyspace ordered = database.ordered("o");
            for (int i = 0; i < 2_000; i++) {
                hashed.put(key(i), value(i));
                ordered.put(key(i), value(i));
            }
            try (Snapshot snapshot = database.snapshot()) {
                for (int round = 1; round < 5; round++) {
                    for (int i = 0; i < 2_000; i++) {
                        if (i % 7 == round) {
                            hashed.delete(key(i));
                            ordered.delete(key(i));
                        } else {
                            hashed.put(key(i), value(round * 10_000L + i));
                            ordered.put(key(i), value(round * 10_000L + i));
                        }
                    }
                    database.flush();
                }
                ordered.deleteRange(Range.all());
                database.compact();
                for (int i = 0; i < 2_000; i++) {
                    assertArrayEquals(value(i), snapshot.get(hashed, key(i)));
                    assertArrayEquals(value(i), snapshot.get(ordered, key(i)));
                }
                assertEquals(2_000, entries(snapshot.cursor(hashed)).size());
                assertEquals(2_000, entries(snapshot.cursor(ordered)).size());
                assertEquals(2, database.stats().keptViews());
                assertEquals(1, database.stats().snapshots());
            }
            database.flush();
            database.compact();
            assertEquals(0, database.stats().snapshots());
            assertNull(ordered.first());
        }
    }

    @Test
    void whatASnapshotKeptIsGivenBackWhenItIsClosed() {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = database.hashed("h");
            OrderedKeyspace ordered = database.ordered("o");
            Snapshot snapshot = database.snapshot();
            for (int i = 0; i < 2_000; i++) {
                hashed.put(key(i), value(i));
                ordered.put(key(i), value(i));
            }
            database.flush();
            assertEquals(2, database.stats().keptViews());
            snapshot.close();
            hashed.put(key(1), value(1));
            ordered.put(key(1), value(1));
            database.flush();
            assertEquals(0, database.stats().keptViews());
        }
    }

    @Test
    void whatIsDeadInRunsThatASnapshotHoldsIsReclaimedWhenItIsClosed() throws Exception {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = database.hashed("h");
            int count = 40_000;
            byte[] value = new byte[100];
            for (int i = 0; i < count; i++) {
                hashed.put(key(i), value);
            }
            database.flush();
            long before = hashed.stats().reclaims();
            try (Snapshot snapshot = database.snapshot()) {
                for (int i = 0; i < count; i += 2) {
                    hashed.put(key(i), value);
                }
                database.flush();
                assertEquals(before, hashed.stats().reclaims(), "written anew for nothing");
                assertArrayEquals(value, snapshot.get(hashed, key(0)));
            }
            for (int i = 0; i < 2_000 && hashed.stats().reclaims() == before; i++) {
                Thread.sleep(10); // nobody writes: upkeep is to notice
            }
            assertTrue(hashed.stats().reclaims() > before, "not reclaimed");
        }
    }

    @Test
    void aFlushKeepsNothingForASnapshotThatSeesAllOfIt() {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = database.hashed("h");
            OrderedKeyspace ordered = database.ordered("o");
            hashed.put(key(1), value(1));
            ordered.put(key(1), value(1));
            try (Snapshot snapshot = database.snapshot()) {
                database.flush();
                assertEquals(0, database.stats().keptViews());
                assertArrayEquals(value(1), snapshot.get(hashed, key(1)));
                assertArrayEquals(value(1), snapshot.get(ordered, key(1)));
            }
        }
    }

    @Test
    void overwritingForEverTakesNoMoreMemoryBesideASnapshot() {
        try (Database database = Kvarts.open(directory, Samples.roomy())) {
            for (Keyspace keyspace : List.of(database.hashed("h"), database.ordered("o"))) {
                for (int i = 0; i < 100; i++) {
                    keyspace.put(key(i), value(i));
                }
                try (Snapshot old = database.snapshot()) {
                    long before = 0;
                    for (int round = 1; round <= 2_000; round++) {
                        for (int i = 0; i < 100; i++) {
                            keyspace.put(key(i), value(round));
                        }
                        try (Snapshot young = database.snapshot()) {
                            keyspace.put(key(0), value(-1));
                            assertArrayEquals(value(round), young.get(keyspace, key(0)));
                        }
                        assertArrayEquals(value(round % 100), old.get(keyspace, key(round % 100)));
                        if (round == 500) {
                            before = keyspace.stats().memoryStoreBytes();
                        }
                    }
                    long grown = keyspace.stats().memoryStoreBytes() - before;
                    assertTrue(grown < 2 << 20, keyspace.name() + " grew by bytes " + grown);
                }
            }
        }
    }

    @Test
    void aSnapshotDoesNotSeeWhatIsIngestedLater() {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            OrderedKeyspace ordered = database.ordered("o");
            ordered.put(bytes("a"), bytes("1"));
            try (Snapshot snapshot = database.snapshot()) {
                ordered.ingest(List.of(new Entry(bytes("b"), bytes("2"))).iterator());
                ordered.put(bytes("a"), bytes("3"));
                database.flush();
                assertEquals(Map.of("a", "1"), entries(snapshot.cursor(ordered)));
                assertNull(snapshot.get(ordered, bytes("b")));
            }
            assertArrayEquals(bytes("2"), ordered.get(bytes("b")));
        }
    }

    @Test
    void aKeyspaceThatDidNotExistIsEmptyInASnapshot() {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            database.hashed("before").put(key(1), value(1));
            try (Snapshot snapshot = database.snapshot()) {
                Keyspace hashed = database.hashed("h");
                OrderedKeyspace ordered = database.ordered("o");
                hashed.put(key(1), value(1));
                ordered.put(key(1), value(1));
                assertNull(snapshot.get(hashed, key(1)));
                assertNull(snapshot.get(ordered, key(1)));
                assertEquals(Map.of(), entries(snapshot.cursor(hashed)));
                assertEquals(Map.of(), entries(snapshot.cursor(ordered)));
                database.flush();
                assertEquals(Map.of(), entries(snapshot.cursor(hashed)));
                assertEquals(Map.of(), entries(snapshot.cursor(ordered)));
            }
        }
    }

    @Test
    void anOrderedCursorOutlivesItsSnapshotAndAHashedOneDoesNot() {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = database.hashed("h");
            OrderedKeyspace ordered = database.ordered("o");
            hashed.put(key(1), value(1));
            ordered.put(key(1), value(1));
            Snapshot snapshot = database.snapshot();
            OrderedCursor walk = snapshot.cursor(ordered);
            Cursor slices = snapshot.cursor(hashed);
            snapshot.close();
            ordered.put(key(1), value(2));
            database.flush();
            assertTrue(walk.next());
            assertArrayEquals(value(1), walk.value());
            assertThrows(IllegalStateException.class, slices::next);
            walk.close();
        }
    }

    @Test
    void aClosedSnapshotRefusesReads() {
        try (Database database = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = database.hashed("h");
            Snapshot snapshot = database.snapshot();
            snapshot.close();
            snapshot.close();
            assertThrows(IllegalStateException.class, () -> snapshot.get(hashed, key(1)));
        }
    }

    /// What was there at some time.
    private record Moment(
            Snapshot snapshot, TreeMap<String, String> hashed, TreeMap<String, String> ordered) {}

    @Test
    void snapshotsOfAnyAgeShowWhatWasThere() {
        var random = new Random(SEED);
        var hashedModel = new TreeMap<String, String>();
        var orderedModel = new TreeMap<String, String>();
        List<Moment> moments = new ArrayList<>();
        try (Database database = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = database.hashed("h");
            OrderedKeyspace ordered = database.ordered("o");
            for (int step = 0; step < 30_000; step++) {
                String key = "key" + random.nextInt(600);
                String value = "value" + step + "x".repeat(random.nextInt(300));
                int what = random.nextInt(1_000);
                if (what < 500) {
                    hashed.put(bytes(key), bytes(value));
                    hashedModel.put(key, value);
                } else if (what < 900) {
                    ordered.put(bytes(key), bytes(value));
                    orderedModel.put(key, value);
                } else if (what < 950) {
                    hashed.delete(bytes(key));
                    hashedModel.remove(key);
                } else if (what < 980) {
                    ordered.delete(bytes(key));
                    orderedModel.remove(key);
                } else if (what < 984) {
                    String to = key + "5";
                    ordered.deleteRange(Range.closedOpen(bytes(key), bytes(to)));
                    orderedModel.subMap(key, to).clear();
                } else if (what < 986) {
                    database.flush();
                } else if (what < 987) {
                    database.compact();
                } else if (what < 994) {
                    moments.add(
                            new Moment(
                                    database.snapshot(),
                                    new TreeMap<>(hashedModel),
                                    new TreeMap<>(orderedModel)));
                } else if (!moments.isEmpty()) {
                    Moment moment = moments.get(random.nextInt(moments.size()));
                    check(moment, hashed, ordered, random, "seed=" + SEED + " step=" + step);
                    if (moments.size() > 8) {
                        moments.remove(moment);
                        moment.snapshot.close();
                    }
                }
            }
            moments.forEach(moment -> moment.snapshot.close());
            hashed.put(key(0), value(0));
            ordered.put(key(0), value(0));
            database.flush();
            assertEquals(0, database.stats().keptViews(), "seed=" + SEED);
        }
    }

    private static void check(
            Moment moment,
            Keyspace hashed,
            OrderedKeyspace ordered,
            Random random,
            String message) {
        for (int i = 0; i < 20; i++) {
            String key = "key" + random.nextInt(600);
            byte[] inHashed = moment.snapshot.get(hashed, bytes(key));
            assertEquals(moment.hashed.get(key), inHashed == null ? null : text(inHashed), message);
            byte[] inOrdered = moment.snapshot.get(ordered, bytes(key));
            assertEquals(
                    moment.ordered.get(key), inOrdered == null ? null : text(inOrdered), message);
        }
        assertEquals(moment.ordered, entries(moment.snapshot.cursor(ordered)), message);
        assertEquals(moment.hashed, entries(moment.snapshot.cursor(hashed)), message);
    }
}
