package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.BackupInfo;
import dev.kvarts.api.BackupReport;
import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.RestorePoint;
import dev.kvarts.api.RestoreReport;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.BackupStore;
import dev.kvarts.db.Engine;
import dev.kvarts.testkit.Model.Name;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// A backup is the database at one sequence number, and every moment between two can be had back.
final class BackupTest {
    private static final Options KEEPING =
            Workload.tinyOptions().withChanges(new ChangeRetention(64 << 20, Duration.ZERO));
    private static final Path BACKUPS = Path.of("backups");
    private static final long SEED = 20261122;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final TreeMap<Long, Map<String, String>> history = new TreeMap<>();
    private final Map<String, String> model = new TreeMap<>();
    private SimulatedDisk disk = new SimulatedDisk().usedByOneThread();
    private StepScheduler scheduler;
    private int restores;

    private Database open(String directory, Options options) {
        scheduler = new StepScheduler(random.nextLong());
        return Engine.open(disk.directory(directory), scheduler, options);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private BackupStore store() {
        return new BackupStore(disk.directory("backups"));
    }

    /// Writes to both kinds of keyspaces, and remembers what they hold at each sequence number.
    private void write(Database db, int count) {
        for (int i = 0; i < count; i++) {
            boolean hashed = random.nextBoolean();
            String keyspace = hashed ? "h" : "o";
            Keyspace where = hashed ? db.hashed("h") : db.ordered("o");
            String key = "k" + random.nextInt(40);
            switch (random.nextInt(8)) {
                case 0 -> {
                    where.delete(bytes(key));
                    model.remove(keyspace + key);
                }
                case 1 -> {
                    OrderedKeyspace ordered = db.ordered("o");
                    ordered.deleteRange(Range.closedOpen(bytes("k1"), bytes("k2")));
                    model.keySet().removeIf(name -> name.startsWith("ok1"));
                }
                case 2 -> {
                    Keyspace h = db.hashed("h");
                    db.write(
                            db.batch()
                                    .put(h, bytes("b" + i), bytes("1"))
                                    .put(where, bytes(key), bytes("2")));
                    model.put("hb" + i, "1");
                    model.put(keyspace + key, "2");
                }
                default -> {
                    String value = "v".repeat(random.nextInt(1_500)) + i;
                    where.put(bytes(key), bytes(value));
                    model.put(keyspace + key, value);
                }
            }
            history.put(db.stats().sequence(), new TreeMap<>(model));
            if (random.nextInt(40) == 0) {
                scheduler.advanceMillis(300);
                scheduler.runAll();
            }
        }
    }

    private Map<String, String> restored(RestorePoint point) {
        String target = "restored-" + restores++;
        store().restore(point, disk.directory(target), random.nextLong());
        return contents(target);
    }

    private Map<String, String> contents(String directory) {
        Map<String, String> found = new TreeMap<>();
        try (Database db = open(directory, KEEPING)) {
            for (Map.Entry<Name, byte[]> each : Contents.read(db).entrySet()) {
                found.put(
                        each.getKey().keyspace()
                                + new String(Model.key(each.getKey()), StandardCharsets.UTF_8),
                        new String(each.getValue(), StandardCharsets.UTF_8));
            }
            assertTrue(db.verify().ok(), db.verify().toString());
        }
        return found;
    }

    @Test
    void aBackupIsTheDatabaseAtItsSequenceNumber() {
        List<BackupInfo> made = new ArrayList<>();
        try (Database db = open("db", Workload.tinyOptions())) {
            for (int round = 0; round < 4; round++) {
                write(db, 120);
                made.add(db.backup(BACKUPS).backup());
            }
            write(db, 50);
        }
        assertEquals(made, store().list());
        assertTrue(store().verify().ok());
        for (BackupInfo each : made) {
            assertEquals(0, each.parent());
            assertEquals(
                    history.floorEntry(each.sequence()).getValue(),
                    restored(new RestorePoint.Numbered(each.number())),
                    each + " seed=" + SEED);
        }
        assertEquals(
                history.floorEntry(made.getLast().sequence()).getValue(),
                restored(new RestorePoint.Latest()));
    }

    @Test
    void everySequenceNumberBetweenTwoBackupsCanBeHadBack() {
        long first;
        long last;
        try (Database db = open("db", KEEPING)) {
            write(db, 30);
            first = db.backup(BACKUPS).backup().sequence();
            write(db, 60);
            db.backup(BACKUPS);
            write(db, 60);
            last = db.backup(BACKUPS).backup().sequence();
        }
        List<BackupInfo> all = store().list();
        assertEquals(List.of(0L, 1L, 2L), all.stream().map(BackupInfo::parent).toList());
        for (long sequence = first; sequence <= last; sequence++) {
            var expected = history.floorEntry(sequence).getValue();
            assertEquals(
                    expected,
                    restored(new RestorePoint.AtSequence(sequence)),
                    "sequence=" + sequence + " seed=" + SEED);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> restored(new RestorePoint.AtSequence(first - 1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> restored(new RestorePoint.AtSequence(last + 1_000)));
    }

    @Test
    void nothingThatWasWrittenLaterThanATimeComesBack() {
        TreeMap<Long, Map<String, String>> byTime = new TreeMap<>();
        long from;
        try (Database db = open("db", KEEPING)) {
            write(db, 20);
            from = db.backup(BACKUPS).backup().time().toEpochMilli();
            for (int i = 0; i < 12; i++) {
                scheduler.advanceMillis(250 + random.nextInt(500));
                write(db, 1);
                scheduler.advanceMillis(150); // it is written down what time it is
                byTime.put(scheduler.wallMillis(), new TreeMap<>(model));
            }
            db.backup(BACKUPS);
        }
        for (Map.Entry<Long, Map<String, String>> each : byTime.entrySet()) {
            assertEquals(
                    each.getValue(),
                    restored(new RestorePoint.AtTime(Instant.ofEpochMilli(each.getKey()))),
                    "time=" + each.getKey() + " seed=" + SEED);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> restored(new RestorePoint.AtTime(Instant.ofEpochMilli(from - 1))));
    }

    @Test
    void keyspacesComeAndGoWithTheMoment() {
        long before;
        long between;
        try (Database db = open("db", KEEPING)) {
            db.hashed("old").put(bytes("a"), bytes("1"));
            db.backup(BACKUPS);
            db.ordered("new").put(bytes("b"), bytes("2"));
            before = db.stats().sequence();
            db.drop("old");
            between = db.stats().sequence();
            db.hashed("old").put(bytes("c"), bytes("3"));
            db.backup(BACKUPS);
        }
        assertEquals(
                Map.of("olda", "1", "newb", "2"), restored(new RestorePoint.AtSequence(before)));
        assertEquals(Map.of("newb", "2"), restored(new RestorePoint.AtSequence(between)));
        assertEquals(Map.of("newb", "2", "oldc", "3"), restored(new RestorePoint.Latest()));
    }

    @Test
    void onlyFilesThatAreNewAreCopied() {
        try (Database db = open("db", Workload.tinyOptions())) {
            for (int i = 0; i < 400; i++) {
                db.hashed("h").put(bytes("key-" + i), new byte[500]);
            }
            BackupReport whole = db.backup(BACKUPS);
            assertEquals(whole.backup().files(), whole.copiedFiles());
            BackupReport again = db.backup(BACKUPS);
            assertEquals(0, again.copiedFiles());
            assertEquals(0, again.copiedBytes());
            assertEquals(whole.backup().files(), again.backup().files());
            db.hashed("h").put(bytes("more"), bytes("1"));
            BackupReport little = db.backup(BACKUPS);
            assertTrue(little.copiedBytes() < whole.copiedBytes() / 10, little.toString());
        }
    }

    @Test
    void whatOnlyDeletedBackupsNeedGoesWithThem() throws Exception {
        try (Database db = open("db", KEEPING)) {
            for (int round = 0; round < 5; round++) {
                write(db, 100);
                db.compact();
                db.backup(BACKUPS);
            }
        }
        int files = disk.directory("backups").list().size();
        assertEquals(3, store().keep(2).size());
        assertEquals(List.of(4L, 5L), store().list().stream().map(BackupInfo::number).toList());
        assertTrue(disk.directory("backups").list().size() < files);
        assertTrue(store().verify().ok());
        assertEquals(history.lastEntry().getValue(), restored(new RestorePoint.Latest()));
        assertThrows(IllegalArgumentException.class, () -> store().keep(0));
        try (Database db = open("db", KEEPING)) {
            assertEquals(6, db.backup(BACKUPS).backup().number());
        }
    }

    @Test
    void aRestoredDatabaseHasAHistoryOfItsOwn() {
        try (Database db = open("db", KEEPING)) {
            write(db, 50);
            db.backup(BACKUPS);
            write(db, 50);
            db.backup(BACKUPS);
        }
        long fork = store().list().getFirst().sequence();
        Map<String, String> then = history.floorEntry(fork).getValue();
        store().restore(new RestorePoint.Numbered(1), disk.directory("fork"), random.nextLong());
        model.clear();
        model.putAll(then);
        history.tailMap(fork, false).clear();
        try (Database db = open("fork", KEEPING)) {
            write(db, 200);
            assertEquals(1, db.backup(BACKUPS).backup().parent()); // not 2
            write(db, 20);
            assertEquals(3, db.backup(BACKUPS).backup().parent());
        }
        assertEquals(model, restored(new RestorePoint.Latest()));
        BackupInfo third = store().list().get(2);
        assertEquals(
                history.floorEntry(third.sequence() + 5).getValue(),
                restored(new RestorePoint.AtSequence(third.sequence() + 5)));
    }

    @Test
    void unloggedWritesThatAreMissingAreCounted() {
        long from;
        try (Database db = open("db", KEEPING)) {
            db.hashed("h").put(bytes("a"), bytes("1"));
            from = db.backup(BACKUPS).backup().sequence();
            db.hashed("h").put(bytes("n"), bytes("2"), WriteOptions.NONE);
            db.hashed("h").put(bytes("b"), bytes("3"));
            db.hashed("h").put(bytes("c"), bytes("4"));
            db.backup(BACKUPS);
        }
        RestoreReport report =
                store().restore(new RestorePoint.AtSequence(from + 2), disk.directory("at"), 1);
        assertEquals(1, report.unlogged());
        assertEquals(1, report.changes());
        assertEquals(Map.of("ha", "1", "hb", "3"), contents("at"));
    }

    @Test
    void aBackupThatIsCutOffLeavesTheEarlierOnesAsTheyWere() throws Exception {
        List<DiskImage> images = new ArrayList<>();
        Map<String, String> first;
        try (Database db = open("db", KEEPING)) {
            write(db, 80);
            db.backup(BACKUPS);
            first = new TreeMap<>(model);
            write(db, 80);
            disk.listen(
                    operation -> {
                        if (operation.kind().changes()) {
                            images.add(disk.image());
                        }
                    });
            db.backup(BACKUPS);
            disk.listen(_ -> {});
        }
        assertTrue(images.size() > 20, "images=" + images.size());
        SimulatedDisk whole = disk;
        Map<String, String> second = new TreeMap<>(model);
        var seen = new HashSet<Integer>();
        for (DiskImage image : images) {
            for (CrashMode mode : CrashMode.values()) {
                disk = image.crash(mode, random.nextLong()).usedByOneThread();
                List<BackupInfo> list = store().list();
                seen.add(list.size());
                assertTrue(store().verify().ok(), mode + " " + store().verify());
                assertEquals(
                        list.size() == 1 ? first : second, restored(new RestorePoint.Latest()));
                if (random.nextInt(10) == 0) {
                    try (Database db = open("db", KEEPING)) {
                        assertEquals(list.size() + 1, db.backup(BACKUPS).backup().number());
                    }
                    for (String name : disk.directory("backups").list()) {
                        assertFalse(name.endsWith(".new"), name);
                    }
                    assertTrue(store().verify().ok());
                }
            }
        }
        assertTrue(seen.contains(1), "seen=" + seen);
        disk = whole;
    }

    @Test
    void damageIsFoundBeforeAnythingIsRestored() throws Exception {
        try (Database db = open("db", KEEPING)) {
            write(db, 60);
            db.backup(BACKUPS);
        }
        var backups = disk.directory("backups");
        for (String name : backups.list()) {
            if (name.equals("lock")) {
                continue;
            }
            byte[] whole;
            try (var file = backups.open(name, true)) {
                whole = file.mapped().toArray(ValueLayout.JAVA_BYTE);
            }
            for (int at = 0; at < whole.length; at += 1 + random.nextInt(97)) {
                byte[] flipped = Arrays.copyOf(whole, whole.length);
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                replace(name, flipped);
                assertFalse(store().verify().ok(), name + " offset=" + at);
            }
            if (name.startsWith("run-") || name.startsWith("table-")) {
                var target = disk.directory("damaged-" + name);
                assertThrows(
                        CorruptionException.class,
                        () -> store().restore(new RestorePoint.Latest(), target, 1));
                assertTrue(target.isEmpty());
            }
            replace(name, whole);
        }
        assertTrue(store().verify().ok());
        assertThrows(
                IllegalArgumentException.class,
                () -> store().restore(new RestorePoint.Latest(), disk.directory("db"), 1));
        assertNotNull(restored(new RestorePoint.Latest()));
    }

    private void replace(String name, byte[] bytes) throws Exception {
        try (var out = disk.directory("backups").create(name)) {
            out.append(MemorySegment.ofArray(bytes));
        }
    }
}
