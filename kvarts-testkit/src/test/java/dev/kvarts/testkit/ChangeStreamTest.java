package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.kvarts.db.FollowedChanges;
import dev.kvarts.inspect.Inspector;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Committed batches come in order, whole, each once, whatever becomes of the log meanwhile: to who
/// has the database open, and to who reads its files from outside.
@ParameterizedClass(name = "from outside: {0}")
@ValueSource(booleans = {false, true})
final class ChangeStreamTest {
    private static final Options KEEPING =
            Workload.tinyOptions().withChanges(new ChangeRetention(64 << 20, Duration.ZERO));

    private final boolean fromOutside;
    private final SimulatedDisk disk = new SimulatedDisk().usedByOneThread();
    private StepScheduler scheduler;
    private Options options = KEEPING;

    private Database open() {
        scheduler = new StepScheduler(7);
        return Engine.open(disk.directory("db"), scheduler, options);
    }

    ChangeStreamTest(boolean fromOutside) {
        this.fromOutside = fromOutside;
    }

    private ChangeStream changes(Database db, long from) {
        return fromOutside
                ? FollowedChanges.open(disk.directory("db"), new StepScheduler(3), from)
                : db.changes(from);
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
        return batches.stream()
                .map(ChangeStreamTest::describe)
                .collect(Collectors.toCollection(ArrayList::new));
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
            try (ChangeStream stream = changes(db, 0)) {
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
                ChangeStream stream = changes(db, 0)) {
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
                ChangeStream stream = changes(db, from);
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
                        stream = changes(db, from);
                    }
                }
                stream.close();
            }
        }
        try (Database db = open()) {
            seen.addAll(described(drain(changes(db, from))));
            assertEquals(written, seen, "seed=" + seed);
            assertEquals(written, described(drain(changes(db, 0))), "seed=" + seed);
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
            List<ChangeBatch> all = drain(changes(db, 0));
            assertEquals(2_000, all.size());
            for (int i = 0; i < all.size(); i += 77) {
                long sequence = all.get(i).firstSequence();
                ChangeBatch first = changes(db, sequence).next(Duration.ZERO);
                assertEquals(sequence, first.firstSequence());
                assertArrayEquals(bytes("key-" + i), first.changes().getFirst().key());
            }
            users.put(bytes("last"), bytes("1"), WriteOptions.SYNC);
            long last = db.stats().sequence();
            assertNull(changes(db, last + 1).next(Duration.ZERO));
            assertThrows(IllegalArgumentException.class, () -> changes(db, last + 2));
            assertThrows(IllegalArgumentException.class, () -> changes(db, -1));
        }
    }

    @Test
    void whatIsNotRetainedIsRefusedWithTheOldestThatIs() {
        options = Workload.tinyOptions().withChanges(new ChangeRetention(40_000, Duration.ZERO));
        var random = new SplittableRandom(3);
        try (Database db = open()) {
            Keyspace users = db.hashed("users");
            ChangeStream slow = changes(db, 0);
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
            var gone = assertThrows(ChangesGoneException.class, () -> changes(db, 1));
            assertThrows(ChangesGoneException.class, () -> drain(slow));
            assertTrue(gone.oldest() > 1);
            db.flush();
            List<ChangeBatch> rest = drain(changes(db, gone.oldest()));
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
            List<ChangeBatch> all = drain(changes(db, 0));
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
            assertEquals(500, drain(changes(db, 0)).size());
        }
        options = Workload.tinyOptions().withChanges(ChangeRetention.NONE);
        try (Database db = open()) {
            assertThrows(IllegalStateException.class, () -> changes(db, 0));
            assertTrue(names().noneMatch(name -> name.startsWith("changes-")));
            db.hashed("users").put(bytes("more"), bytes("1"));
        }
        options = KEEPING;
        try (Database db = open()) {
            db.hashed("users").put(bytes("b"), bytes("2"), WriteOptions.SYNC);
            List<String> all = described(drain(changes(db, 0)));
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

    /// Without the numbers that a crash took.
    private static List<String> loggedOnly(List<ChangeBatch> batches) {
        List<String> all = described(batches);
        all.removeIf("UNLOGGED"::equals);
        return all;
    }

    /// What a consumer had been told at a moment, and the disk then.
    private record Moment(DiskImage image, List<String> told, long position) {}

    @Test
    void noCrashTakesBackWhatWasTold() {
        long seed = Long.getLong("kvarts.changes.seed", 5);
        var random = new SplittableRandom(seed);
        List<Moment> moments = new ArrayList<>();
        List<String> told = new ArrayList<>();
        List<String> written = new ArrayList<>();
        try (Database db = open();
                ChangeStream stream = changes(db, 0)) {
            disk.listen(
                    operation -> {
                        if (operation.kind().changes()) {
                            moments.add(
                                    new Moment(disk.image(), List.copyOf(told), stream.position()));
                        }
                    });
            Keyspace users = db.hashed("users");
            OrderedKeyspace events = db.ordered("events");
            for (int i = 0; i < 150; i++) {
                var durability = random.nextInt(5) == 0 ? Durability.SYNC : Durability.BUFFERED;
                Keyspace keyspace = random.nextBoolean() ? users : events;
                byte[] value = new byte[20 + random.nextInt(2_000)];
                keyspace.put(bytes("key-" + i), value, new WriteOptions(durability));
                written.add("PUT " + keyspace.name() + "/key-" + i);
                told.addAll(described(drain(stream)));
                if (random.nextInt(12) == 0) {
                    scheduler.advanceMillis(400);
                    scheduler.runAll();
                }
                if (random.nextInt(40) == 0) {
                    db.flush();
                }
            }
        }
        disk.listen(_ -> {});
        assertTrue(moments.size() > 100, "moments=" + moments.size());
        for (Moment moment : moments) {
            for (CrashMode mode : CrashMode.values()) {
                requireNothingTakenBack(moment, mode, random.nextLong(), written);
            }
        }
    }

    private static void requireNothingTakenBack(
            Moment moment, CrashMode mode, long seed, List<String> written) {
        String where = "mode=" + mode + " crashSeed=" + seed;
        SimulatedDisk survived = moment.image.crash(mode, seed).usedByOneThread();
        try (Database db =
                Engine.open(survived.directory("db"), new StepScheduler(seed), KEEPING)) {
            List<String> rest = loggedOnly(drain(db.changes(moment.position)));
            List<String> all = new ArrayList<>(moment.told);
            all.addAll(rest);
            assertEquals(written.subList(0, all.size()), all, where);
            List<String> anew = loggedOnly(drain(db.changes(0)));
            assertEquals(all, anew, where);
            ChangeStream outside =
                    FollowedChanges.open(
                            survived.directory("db"), new StepScheduler(3), moment.position);
            assertEquals(rest, loggedOnly(drain(outside)), where);
            int found = 0;
            for (String name : db.keyspaces()) {
                found += (int) db.keyspace(name).stats().entries();
            }
            assertTrue(found <= all.size(), where);
            for (String each : all) {
                String[] parts = each.substring("PUT ".length()).split("/", 2);
                assertNotNull(db.keyspace(parts[0]).get(bytes(parts[1])), where + " " + each);
            }
        }
    }

    @Test
    void everyFlippedByteOfPastChangesIsFound() throws IOException {
        try (Database db = open()) {
            for (int i = 0; i < 300; i++) {
                db.hashed("users").put(bytes("key-" + i), new byte[500]);
            }
            scheduler.advanceMillis(1_500);
            scheduler.runAll();
            var random = new SplittableRandom(9);
            var directory = disk.directory("db");
            for (String name : names().filter(each -> each.matches("changes-.*|ret.*")).toList()) {
                byte[] whole;
                try (var file = directory.open(name, true)) {
                    whole = file.mapped().toArray(ValueLayout.JAVA_BYTE);
                }
                assertTrue(Inspector.inspect(directory, name, 10).problems().isEmpty(), name);
                for (int at = 0; at < whole.length; at += 1 + random.nextInt(5)) {
                    byte[] flipped = whole.clone();
                    flipped[at] ^= (byte) (1 << random.nextInt(8));
                    try (var out = directory.create(name)) {
                        out.append(MemorySegment.ofArray(flipped));
                    }
                    String where = name + " offset=" + at;
                    assertFalse(Inspector.inspect(directory, name, 10).problems().isEmpty(), where);
                    assertFalse(name.startsWith("changes-") && db.verify().ok(), where);
                }
                try (var out = directory.create(name)) {
                    out.append(MemorySegment.ofArray(whole));
                }
            }
            assertTrue(db.verify().ok());
        }
    }

    @Test
    void aClosedStreamSaysSo() {
        ChangeStream left;
        try (Database db = open()) {
            ChangeStream stream = changes(db, 0);
            stream.close();
            stream.close();
            assertThrows(IllegalStateException.class, () -> stream.next(Duration.ZERO));
            left = changes(db, 0);
            assertNotNull(left);
        }
        if (fromOutside) {
            assertNull(left.next(Duration.ZERO)); // the database is not its own
            left.close();
        }
        assertThrows(IllegalStateException.class, () -> left.next(Duration.ZERO));
    }
}
