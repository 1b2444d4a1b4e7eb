package dev.kvarts.db;

import static dev.kvarts.db.Samples.bytes;
import static dev.kvarts.db.Samples.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.io.RealDirectory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// A keyspace that keeps its history shows what it was.
final class HistoryTest {
    private static final long SEED = Long.getLong("kvarts.seed", System.nanoTime());
    private static final KeyspaceOptions KEEPING =
            KeyspaceOptions.defaults().withHistory(Duration.ofHours(1));

    @TempDir private Path directory;

    private final SteppedWall wall = new SteppedWall();

    private Database open() throws IOException {
        return Engine.open(RealDirectory.open(directory, true), wall.scheduler(), Samples.small());
    }

    /// A time at which everything that was written is seen, and nothing that comes.
    private Instant now() {
        Instant now = wall.now();
        wall.step(Duration.ofMillis(2));
        return now;
    }

    private static String asOf(Keyspace keyspace, String key, Instant time) {
        byte[] value = keyspace.getAsOf(bytes(key), time);
        return value == null ? null : text(value);
    }

    @Test
    void aReadAsOfATimeFindsWhatWasThereThen() throws IOException {
        try (Database database = open()) {
            for (Keyspace keyspace :
                    List.of(database.hashed("h", KEEPING), database.ordered("o", KEEPING))) {
                Instant before = now();
                keyspace.put(bytes("a"), bytes("1"));
                Instant one = now();
                keyspace.put(bytes("a"), bytes("2"));
                Instant two = now();
                keyspace.delete(bytes("a"));
                Instant none = now();
                keyspace.increment(bytes("a"), 3);
                database.flush();
                database.compact();
                assertNull(asOf(keyspace, "a", before));
                assertEquals("1", asOf(keyspace, "a", one));
                assertEquals("2", asOf(keyspace, "a", two));
                assertNull(asOf(keyspace, "a", none));
                assertEquals(8, keyspace.getAsOf(bytes("a"), wall.now()).length);
                assertNull(asOf(keyspace, "b", one));
            }
            assertEquals(List.of("h", "o"), database.keyspaces());
        }
    }

    @Test
    void batchesRangesAndTransactionsAreInTheHistory() throws IOException {
        try (Database database = open()) {
            OrderedKeyspace ordered = database.ordered("o", KEEPING);
            Keyspace plain = database.hashed("plain");
            WriteBatch batch = database.batch();
            batch.put(ordered, bytes("a"), bytes("1"))
                    .put(ordered, bytes("b"), bytes("1"))
                    .put(plain, bytes("a"), bytes("1"));
            database.write(batch, Durability.SYNC);
            Instant one = now();
            ordered.deleteRange(Range.all());
            Instant none = now();
            database.transact(
                    transaction -> {
                        transaction.put(ordered, bytes("a"), bytes("2"));
                        transaction.put(ordered, bytes("a"), bytes("3"));
                        return null;
                    });
            assertEquals("1", asOf(ordered, "a", one));
            assertEquals("1", asOf(ordered, "b", one));
            assertNull(asOf(ordered, "a", none));
            assertNull(asOf(ordered, "b", none));
            assertEquals("3", asOf(ordered, "a", wall.now()));
            assertNull(ordered.get(bytes("b")));
        }
    }

    @Test
    void conditionalWritesStayConditional() throws IOException {
        try (Database database = open()) {
            Keyspace hashed = database.hashed("h", KEEPING);
            assertNull(hashed.putIfAbsent(bytes("a"), bytes("1")));
            assertEquals("1", text(hashed.putIfAbsent(bytes("a"), bytes("2"))));
            assertFalse(hashed.compareAndSet(bytes("a"), bytes("2"), bytes("3")));
            assertTrue(hashed.compareAndSet(bytes("a"), bytes("1"), bytes("3")));
            assertEquals("3", text(hashed.get(bytes("a"))));
        }
    }

    @Test
    void aTimeBeforeTheHistoryIsRefused() throws IOException {
        try (Database database = open()) {
            Keyspace hashed = database.hashed("h");
            assertThrows(IllegalStateException.class, () -> hashed.getAsOf(bytes("a"), wall.now()));
            hashed.put(bytes("a"), bytes("1"));
            Instant early = now();
            database.hashed("h", KEEPING);
            Instant begun = now();
            hashed.put(bytes("a"), bytes("2"));
            assertThrows(IllegalArgumentException.class, () -> hashed.getAsOf(bytes("a"), early));
            assertEquals("1", asOf(hashed, "a", begun));
            database.hashed("h", KeyspaceOptions.defaults());
            assertThrows(IllegalStateException.class, () -> hashed.getAsOf(bytes("a"), begun));
            database.hashed("h", KEEPING);
            assertThrows(IllegalArgumentException.class, () -> hashed.getAsOf(bytes("a"), begun));
        }
    }

    @Test
    void aHistoryIsThereAgainAfterReopeningAndGoneAfterADrop() throws IOException {
        Instant one;
        try (Database database = open()) {
            Keyspace hashed = database.hashed("h", KEEPING);
            hashed.put(bytes("a"), bytes("1"));
            one = now();
            hashed.put(bytes("a"), bytes("2"));
        }
        try (Database database = open()) {
            assertEquals("1", asOf(database.hashed("h"), "a", one));
            assertTrue(database.drop("h"));
            Keyspace again = database.hashed("h", KEEPING);
            assertThrows(IllegalArgumentException.class, () -> again.getAsOf(bytes("a"), one));
        }
    }

    @Test
    void namesOfHistoriesAreReservedAndEntriesAreNotIngestedPastThem() throws IOException {
        try (Database database = open()) {
            OrderedKeyspace ordered = database.ordered("o", KEEPING);
            assertThrows(IllegalArgumentException.class, () -> database.ordered(".history/o"));
            assertNull(database.keyspace(".history/o"));
            assertFalse(database.drop(".history/o"));
            assertThrows(
                    IllegalStateException.class,
                    () -> ordered.ingest(List.of(new Entry(bytes("a"), bytes("1"))).iterator()));
        }
    }

    @Test
    void everyMomentIsAsItWas() throws IOException {
        var random = new Random(SEED);
        var model = new TreeMap<String, String>();
        Map<Instant, TreeMap<String, String>> moments = new TreeMap<>();
        try (Database database = open()) {
            OrderedKeyspace ordered = database.ordered("o", KEEPING);
            for (int step = 0; step < 4_000; step++) {
                String key = "k" + random.nextInt(100);
                switch (random.nextInt(20)) {
                    case 0 -> {
                        String to = "k" + random.nextInt(100);
                        ordered.deleteRange(Range.closedOpen(bytes(key), bytes(to)));
                        if (key.compareTo(to) < 0) {
                            model.subMap(key, to).clear();
                        }
                    }
                    case 1, 2, 3 -> {
                        ordered.delete(bytes(key));
                        model.remove(key);
                    }
                    default -> {
                        String value = step + "x".repeat(random.nextInt(200));
                        ordered.put(bytes(key), bytes(value));
                        model.put(key, value);
                    }
                }
                if (step % 200 == 0) {
                    moments.put(now(), new TreeMap<>(model));
                }
            }
            List<Instant> times = new ArrayList<>(moments.keySet());
            for (int i = 0; i < 2_000; i++) {
                Instant time = times.get(random.nextInt(times.size()));
                String key = "k" + random.nextInt(100);
                assertEquals(moments.get(time).get(key), asOf(ordered, key, time), "seed=" + SEED);
            }
        }
    }
}
