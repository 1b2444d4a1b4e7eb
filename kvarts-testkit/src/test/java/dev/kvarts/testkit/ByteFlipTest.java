package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KvartsException;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;
import dev.kvarts.testkit.Model.Name;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Whatever byte of whatever file is not what was written: the damage is reported or does not
/// matter. No wrong value is ever returned, nothing that was written is silently missing, and
/// nothing but a [KvartsException] is thrown.
///
/// `-Dkvarts.flip.stride=1` looks at every byte of the log's unused space too, not at one in so
/// many.
class ByteFlipTest {
    private static final int UNUSED_STRIDE = Integer.getInteger("kvarts.flip.stride", 128);
    private static final long SEED = Long.getLong("kvarts.flip.seed", 1);

    private enum Outcome {
        REFUSED_TO_OPEN,
        REFUSED_TO_READ,
        REPORTED_BY_VERIFY,
        HARMLESS
    }

    private final Options options =
            Workload.tinyOptions().withDurability(Durability.SYNC).withReadMode(ReadMode.MAPPED);
    private final Map<Name, byte[]> expected = new TreeMap<>();
    private final SplittableRandom random = new SplittableRandom(SEED);

    private void put(Database db, String keyspace, String key, int size) {
        byte[] keyBytes = key.getBytes(StandardCharsets.ISO_8859_1);
        byte[] value = new byte[size];
        random.nextBytes(value);
        Contents.keyspace(db, keyspace).put(keyBytes, value, WriteOptions.SYNC);
        expected.put(Model.name(keyspace, keyBytes), value);
    }

    private void delete(Database db, String keyspace, String key) {
        byte[] keyBytes = key.getBytes(StandardCharsets.ISO_8859_1);
        Contents.keyspace(db, keyspace).delete(keyBytes, WriteOptions.SYNC);
        expected.remove(Model.name(keyspace, keyBytes));
    }

    private void deleteRange(Database db, String keyspace, String from, String to) {
        var range =
                Range.closedOpen(
                        from.getBytes(StandardCharsets.ISO_8859_1),
                        to.getBytes(StandardCharsets.ISO_8859_1));
        db.ordered(keyspace).deleteRange(range, WriteOptions.SYNC);
        expected.keySet()
                .removeIf(
                        name ->
                                name.keyspace().equals(keyspace)
                                        && range.contains(Model.key(name)));
    }

    private Database open(SimulatedDisk disk) {
        return Engine.open(disk.directory("db"), new StepScheduler(SEED), options);
    }

    /// A few runs with live, dead and deleted records, an index checkpoint, and records in the log.
    private SimulatedDisk build(boolean closed) {
        var disk = new SimulatedDisk().usedByOneThread();
        Database db = open(disk);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 12; i++) {
                put(db, i % 4 == 0 ? "b" : "a", "key-" + (i + 4 * round), 10 + 17 * i);
            }
            delete(db, "a", "key-" + (4 * round + 1));
            db.flush();
        }
        db.close();
        db = open(disk);
        for (int i = 0; i < 12; i++) {
            put(db, i % 3 == 0 ? "b" : "a", "late-" + i, 60 * i);
        }
        delete(db, "a", "key-2");
        return left(disk, db, closed);
    }

    /// Tables of one block and of several, compressed and not, with tombstones of keys and of
    /// ranges, flushed, ingested and merged; value files, whole and half dead; and records in the
    /// log.
    private SimulatedDisk buildOrdered(boolean closed) {
        var disk = new SimulatedDisk().usedByOneThread();
        Database db = open(disk);
        var small = KeyspaceOptions.defaults().withBlockBytes(KeyspaceOptions.BLOCK_BYTES_MIN);
        db.ordered("o", small.withValueSeparation(200));
        db.ordered("oz", small.withCodec("lz4").withCompaction(Compaction.SIZE_TIERED));
        for (int i = 0; i < 20; i++) {
            put(db, "o", "key-" + (10 + i), 10 + 17 * i);
        }
        db.flush();
        put(db, "o", "key-15", 300);
        delete(db, "o", "key-11");
        deleteRange(db, "o", "key-24", "key-27");
        db.flush();
        for (int i = 0; i < 20; i++) {
            put(db, "oz", "\0\0key-" + (10 + i), 40);
        }
        deleteRange(db, "oz", "\0\0key-13", "\0\0key-16");
        db.flush();
        byte[] value = new byte[250];
        db.ordered("oz").ingest(List.of(new Entry(new byte[] {9}, value)).iterator());
        expected.put(Model.name("oz", new byte[] {9}), value);
        db.close();
        db = open(disk);
        for (int i = 0; i < 6; i++) {
            put(db, i % 3 == 0 ? "oz" : "o", "late-" + i, 60 * i);
        }
        deleteRange(db, "o", "key-17", "key-19");
        return left(disk, db, closed);
    }

    private static SimulatedDisk left(SimulatedDisk disk, Database db, boolean closed) {
        SimulatedDisk killed = disk.crash(CrashMode.PROCESS_KILL, 0);
        db.close();
        return closed ? disk.crash(CrashMode.PROCESS_KILL, 0) : killed;
    }

    private SimulatedDisk build(boolean ordered, boolean closed) {
        expected.clear();
        return ordered ? buildOrdered(closed) : build(closed);
    }

    @Test
    void anyByteOfACleanlyClosedDatabase() throws Exception {
        explore(build(true), "closed", "");
    }

    @Test
    void anyByteOfTheLogOfAKilledDatabase() throws Exception {
        explore(build(false), "killed", "log");
    }

    @Test
    void anyByteOfACleanlyClosedDatabaseOfOrderedKeyspaces() throws Exception {
        explore(buildOrdered(true), "ordered, closed", "");
    }

    @Test
    void anyByteOfTheLogOfAKilledDatabaseOfOrderedKeyspaces() throws Exception {
        explore(buildOrdered(false), "ordered, killed", "log");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFileOfAnotherLength(boolean ordered) throws Exception {
        SimulatedDisk disk = build(ordered, true);
        for (String file : disk.directory("db").list()) {
            long size = disk.read("db", file).length;
            for (long other :
                    new long[] {
                        0, 1, 63, size / 2, size - 4_096, size - 1, size + 1, size + 4_096
                    }) {
                if (other >= 0 && other != size) {
                    check(file + " size=" + other, disk.withSize("db", file, other));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMissingFile(boolean ordered) throws Exception {
        SimulatedDisk disk = build(ordered, true);
        for (String file : disk.directory("db").list()) {
            SimulatedDisk damaged = disk.crash(CrashMode.PROCESS_KILL, 0);
            damaged.directory("db").delete(file);
            if (!file.equals(
                    "manifest")) { // without it there is no database, but an empty directory
                check(file + " missing", damaged);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFileInThePlaceOfAnother(boolean ordered) throws Exception {
        SimulatedDisk disk = build(ordered, true);
        for (String file : disk.directory("db").list()) {
            for (String other : disk.directory("db").list()) {
                SimulatedDisk damaged = disk.crash(CrashMode.PROCESS_KILL, 0);
                damaged.rewrite("db", file, disk.read("db", other));
                check(file + " is " + other, damaged);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBlockInThePlaceOfAnother(boolean ordered) throws Exception {
        SimulatedDisk disk = build(ordered, true);
        for (String file : disk.directory("db").list()) {
            byte[] bytes = disk.read("db", file);
            int unit = 512;
            for (int to = 0; to + unit <= bytes.length; to += unit) {
                for (int from = 0; from + unit <= Math.min(bytes.length, 16_384); from += unit) {
                    byte[] misdirected = bytes.clone();
                    System.arraycopy(bytes, from, misdirected, to, unit);
                    if (to < 16_384 && !Arrays.equals(bytes, misdirected)) {
                        SimulatedDisk damaged = disk.crash(CrashMode.PROCESS_KILL, 0);
                        damaged.rewrite("db", file, misdirected);
                        check(file + " sector " + from + " at " + to, damaged);
                    }
                }
            }
        }
    }

    private void check(String what, SimulatedDisk damaged) {
        try {
            outcome(damaged);
        } catch (Throwable e) {
            throw new AssertionError(what + " seed=" + SEED + ": " + e, e);
        }
    }

    private void explore(SimulatedDisk disk, String title, String only) throws Exception {
        assertEquals(Outcome.HARMLESS, outcome(disk.crash(CrashMode.PROCESS_KILL, 0)));
        long start = System.nanoTime();
        long states = 0;
        for (String file : disk.directory("db").list()) {
            if (!file.startsWith(only)) {
                continue;
            }
            byte[] bytes = disk.read("db", file);
            var outcomes = new EnumMap<Outcome, Integer>(Outcome.class);
            int unusedFrom = bytes.length;
            while (unusedFrom > 0 && bytes[unusedFrom - 1] == 0) {
                unusedFrom--;
            }
            for (int i = 0; i < bytes.length; i++) {
                if (i > unusedFrom + 64 && i % UNUSED_STRIDE != 0) {
                    continue;
                }
                for (int mutation = 0; mutation < 3; mutation++) {
                    byte changed = changed(bytes[i], mutation);
                    Outcome outcome;
                    try {
                        outcome = outcome(disk.withByte("db", file, i, changed));
                    } catch (Throwable e) {
                        throw new AssertionError(
                                title
                                        + ": file="
                                        + file
                                        + " offset="
                                        + i
                                        + " was="
                                        + bytes[i]
                                        + " is="
                                        + changed
                                        + " seed="
                                        + SEED
                                        + ": "
                                        + e,
                                e);
                    }
                    outcomes.merge(outcome, 1, Integer::sum);
                    states++;
                }
            }
            System.out.println(
                    "flip: " + title + " " + file + " bytes=" + bytes.length + " " + outcomes);
        }
        System.out.printf(
                "flip: %s: %,d mutations, none served, in %d s%n",
                title, states, (System.nanoTime() - start) / 1_000_000_000);
        assertTrue(states > 10_000);
    }

    private byte changed(byte was, int mutation) {
        return switch (mutation) {
            case 0 -> (byte) (was ^ 1 << random.nextInt(8));
            case 1 -> (byte) (was == 0 ? 0xFF : 0);
            default -> (byte) (was + random.nextInt(1, 256));
        };
    }

    private Outcome outcome(SimulatedDisk damaged) {
        Database db;
        try {
            db = open(damaged.usedByOneThread());
        } catch (KvartsException e) {
            return Outcome.REFUSED_TO_OPEN;
        }
        Outcome outcome = Outcome.HARMLESS;
        try {
            outcome = read(db);
            if (!db.verify().ok() && outcome == Outcome.HARMLESS) {
                outcome = Outcome.REPORTED_BY_VERIFY;
            }
        } catch (KvartsException e) {
            outcome = Outcome.REFUSED_TO_READ;
        } finally {
            close(db);
        }
        return outcome;
    }

    private Outcome read(Database db) {
        Outcome outcome = Outcome.HARMLESS;
        try {
            Map<Name, byte[]> found = Contents.read(db);
            assertEquals(expected.keySet(), new TreeMap<>(found).keySet());
            found.forEach(this::require);
        } catch (KvartsException e) {
            outcome = Outcome.REFUSED_TO_READ;
        }
        for (Name name : expected.keySet()) {
            try {
                Keyspace keyspace = db.keyspace(name.keyspace());
                require(name, keyspace.get(Model.key(name)));
            } catch (KvartsException e) {
                outcome = Outcome.REFUSED_TO_READ;
            }
        }
        for (String name : db.keyspaces()) {
            if (outcome != Outcome.HARMLESS
                    && db.keyspace(name) instanceof OrderedKeyspace keyspace) {
                requireBeginning(keyspace, false);
                requireBeginning(keyspace, true);
            }
        }
        return outcome;
    }

    /// What a cursor shows before it meets the damage is right, and nothing is left out.
    private void requireBeginning(OrderedKeyspace keyspace, boolean backward) {
        var entries = new TreeMap<Name, byte[]>();
        expected.forEach(
                (name, value) -> {
                    if (name.keyspace().equals(keyspace.name())) {
                        entries.put(name, value);
                    }
                });
        try (OrderedCursor cursor = keyspace.cursor()) {
            for (Name name : backward ? entries.descendingKeySet() : entries.keySet()) {
                boolean there = backward ? previousOrLast(cursor, name, entries) : cursor.next();
                assertTrue(there, "a cursor ends before " + name);
                assertEquals(name, Model.name(keyspace.name(), cursor.key()));
                require(name, cursor.value());
            }
            assertFalse(backward ? cursor.previous() : cursor.next(), "a cursor shows more");
        } catch (KvartsException e) {
            return; // told, not served
        }
    }

    private static boolean previousOrLast(
            OrderedCursor cursor, Name name, SortedMap<Name, byte[]> entries) {
        return name.equals(entries.lastKey()) ? cursor.last() : cursor.previous();
    }

    private void require(Name name, byte[] found) {
        if (!Arrays.equals(expected.get(name), found)) {
            throw new AssertionError(
                    "a wrong value was served: "
                            + name
                            + " found="
                            + Arrays.toString(found)
                            + " expected="
                            + Arrays.toString(expected.get(name)));
        }
    }

    /// Closing writes; on damaged files it may be refused.
    private static void close(Database db) {
        try {
            db.close();
        } catch (KvartsException e) {
            return;
        }
    }
}
