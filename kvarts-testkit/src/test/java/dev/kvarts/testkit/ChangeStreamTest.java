package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Change;
import dev.kvarts.api.ChangeBatch;
import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.ChangesGoneException;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Committed batches come in order, whole, each once, whatever becomes of the log meanwhile.
final class ChangeStreamTest {
    private static final Options KEEPING =
            Workload.tinyOptions().withChanges(new ChangeRetention(64 << 20, Duration.ZERO));

    private final SimulatedDisk disk = new SimulatedDisk().usedByOneThread();
    private StepScheduler scheduler;
    private Options options = KEEPING;

    private Database open() {
        scheduler = new StepScheduler(7);
        return Engine.open(disk.directory("db"), scheduler, options);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<ChangeBatch> drain(ChangeStream stream) {
        List<ChangeBatch> all = new ArrayList<>();
        for (ChangeBatch batch = stream.next(Duration.ZERO);
                batch != null;
                batch = stream.next(Duration.ZERO)) {
            all.add(batch);
        }
        return all;
    }

    private static String describe(ChangeBatch batch) {
        var text = new StringBuilder();
        for (Change change : batch.changes()) {
            text.append(text.isEmpty() ? "" : " ").append(change.kind());
            if (change.keyspace() != null) {
                text.append(' ').append(change.keyspace());
            }
            if (change.key() != null) {
                text.append('/').append(new String(change.key(), StandardCharsets.UTF_8));
            }
            if (change.rangeEnd() != null) {
                text.append("..").append(new String(change.rangeEnd(), StandardCharsets.UTF_8));
            }
            if (change.value() != null && change.value().length < 20) {
                text.append('=').append(new String(change.value(), StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }

    private static List<String> described(List<ChangeBatch> batches) {
        return batches.stream().map(ChangeStreamTest::describe).toList();
    }

    @Test
    void everyKindOfChangeIsTold() {
        try (Database db = open()) {
            Keyspace users = db.hashed("users");
            OrderedKeyspace events = db.ordered("events");
            users.put(bytes("a"), bytes("1"));
            users.delete(bytes("a"));
            events.deleteRange(Range.closedOpen(bytes("b"), bytes("c")));
            db.write(db.batch().put(users, bytes("x"), bytes("2")).delete(events, bytes("y")));
            users.put(bytes("n"), bytes("3"), WriteOptions.NONE);
            users.put(bytes("z"), new byte[0], new WriteOptions(Durability.SYNC));
            try (ChangeStream stream = db.changes(0)) {
                assertEquals(
                        List.of(
                                "PUT users/a=1",
                                "DELETE users/a",
                                "DELETE_RANGE events/b..c",
                                "PUT users/x=2 DELETE events/y",
                                "UNLOGGED",
                                "PUT users/z="),
                        described(drain(stream)));
                assertEquals(db.stats().sequence() + 1, stream.position());
            }
        }
    }

    @Test
    void onlyWhatIsDurableIsTold() {
        try (Database db = open();
                ChangeStream stream = db.changes(0)) {
            Keyspace users = db.hashed("users");
            users.put(bytes("a"), bytes("1"));
            assertNull(stream.next(Duration.ZERO));
            scheduler.advanceMillis(1_500); // the log is forced every second
            ChangeBatch batch = stream.next(Duration.ZERO);
            assertEquals("PUT users/a=1", describe(batch));
            assertEquals(batch.lastSequence(), batch.firstSequence());
            assertNull(stream.next(Duration.ofSeconds(1)));
        }
    }

    @Test
    void aConsumerGoesOnWhereItWasAcrossRollsFlushesAndRestarts() {
        long seed = 20261122;
        var random = new SplittableRandom(seed);
        List<String> written = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        long from = 0;
        for (int round = 0; round < 12; round++) {
            try (Database db = open()) {
                Keyspace users = db.hashed("users");
                OrderedKeyspace events = db.ordered("events");
                ChangeStream stream = db.changes(from);
                for (int i = 0; i < 150; i++) {
                    Keyspace keyspace = random.nextBoolean() ? users : events;
                    String key = "k" + random.nextInt(50) + "-" + round + "-" + i;
                    byte[] value = new byte[20 + random.nextInt(3_000)];
                    keyspace.put(bytes(key), value);
                    written.add("PUT " + (keyspace.equals(users) ? "users/" : "events/") + key);
                    if (random.nextInt(20) == 0) {
                        scheduler.advanceMillis(1_100);
                        scheduler.runAll();
                        seen.addAll(described(drain(stream)));
                        from = stream.position();
                    }
                    if (random.nextInt(60) == 0) {
                        db.flush();
                    }
                    if (random.nextInt(30) == 0) {
                        stream.close();
                        stream = db.changes(from);
                    }
                }
                stream.close();
            }
        }
        try (Database db = open()) {
            seen.addAll(described(drain(db.changes(from))));
            assertEquals(written, seen, "seed=" + seed);
            assertEquals(written, described(drain(db.changes(0))), "seed=" + seed);
        }
    }

    @Test
    void aSequenceNumberFindsItsBatch() {
        try (Database db = open()) {
            Keyspace users = db.hashed("users");
            for (int i = 0; i < 2_000; i++) {
                users.put(bytes("key-" + i), new byte[300]);
            }
            db.flush();
            scheduler.advanceMillis(300);
            scheduler.runAll();
            List<ChangeBatch> all = drain(db.changes(0));
            assertEquals(2_000, all.size());
            for (int i = 0; i < all.size(); i += 77) {
                long sequence = all.get(i).firstSequence();
                ChangeBatch first = db.changes(sequence).next(Duration.ZERO);
                assertEquals(sequence, first.firstSequence());
                assertArrayEquals(bytes("key-" + i), first.changes().getFirst().key());
            }
            long last = db.stats().sequence();
            assertNull(db.changes(last + 1).next(Duration.ZERO));
            assertThrows(IllegalArgumentException.class, () -> db.changes(last + 2));
            assertThrows(IllegalArgumentException.class, () -> db.changes(-1));
        }
    }

    @Test
    void whatIsNotRetainedIsRefusedWithTheOldestThatIs() {
        options = Workload.tinyOptions().withChanges(new ChangeRetention(40_000, Duration.ZERO));
        var random = new SplittableRandom(3);
        try (Database db = open()) {
            Keyspace users = db.hashed("users");
            ChangeStream slow = db.changes(0);
            for (int i = 0; i < 600; i++) {
                byte[] value = new byte[1_000];
                random.nextBytes(value);
                users.put(bytes("key-" + i), value);
                if (i % 50 == 0) {
                    db.flush();
                    scheduler.advanceMillis(300);
                    scheduler.runAll();
                }
            }
            var gone = assertThrows(ChangesGoneException.class, () -> db.changes(1));
            assertThrows(ChangesGoneException.class, () -> drain(slow));
            assertTrue(gone.oldest() > 1);
            db.flush();
            List<ChangeBatch> rest = drain(db.changes(gone.oldest()));
            assertEquals(gone.oldest(), rest.getFirst().firstSequence());
            assertEquals(db.stats().sequence(), rest.getLast().lastSequence());
        }
    }

    @Test
    void aDroppedKeyspaceKeepsItsNameInWhatIsRetained() {
        try (Database db = open()) {
            Keyspace gone = db.hashed("gone");
            gone.put(bytes("a"), bytes("1"));
            db.drop("gone");
            db.hashed("gone").put(bytes("b"), bytes("2"), WriteOptions.SYNC);
        }
        try (Database db = open()) {
            List<ChangeBatch> all = drain(db.changes(0));
            assertEquals(List.of("PUT gone/a=1", "PUT gone/b=2"), described(all));
            int first = all.getFirst().changes().getFirst().keyspaceNumber();
            int second = all.getLast().changes().getFirst().keyspaceNumber();
            assertEquals(first + 1, second);
        }
    }

    @Test
    void withoutRetentionThereIsNoStreamAndNothingIsLeft() {
        try (Database db = open()) {
            Keyspace users = db.hashed("users");
            for (int i = 0; i < 500; i++) {
                users.put(bytes("key-" + i), new byte[1_000]);
            }
            db.flush();
            scheduler.advanceMillis(300);
            scheduler.runAll();
        }
        assertTrue(names().anyMatch(name -> name.startsWith("changes-")));
        options = Workload.tinyOptions(); // who does not say anything changes nothing
        try (Database db = open()) {
            assertEquals(500, drain(db.changes(0)).size());
        }
        options = Workload.tinyOptions().withChanges(ChangeRetention.NONE);
        try (Database db = open()) {
            assertThrows(IllegalStateException.class, () -> db.changes(0));
            assertTrue(names().noneMatch(name -> name.startsWith("changes-")));
            db.hashed("users").put(bytes("more"), bytes("1"));
        }
        options = KEEPING;
        try (Database db = open()) {
            db.hashed("users").put(bytes("b"), bytes("2"), WriteOptions.SYNC);
            List<String> all = described(drain(db.changes(0)));
            assertEquals("PUT users/b=2", all.getLast());
            assertTrue(all.size() < 500, "size=" + all.size());
        }
    }

    private Stream<String> names() {
        try {
            return disk.directory("db").list().stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aClosedStreamSaysSo() {
        ChangeStream left;
        try (Database db = open()) {
            ChangeStream stream = db.changes(0);
            stream.close();
            stream.close();
            assertThrows(IllegalStateException.class, () -> stream.next(Duration.ZERO));
            left = db.changes(0);
            assertNotNull(left);
        }
        assertThrows(IllegalStateException.class, () -> left.next(Duration.ZERO));
    }
}
