package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Options;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.StorageException;
import dev.kvarts.db.Engine;
import dev.kvarts.testkit.FaultPlan.Fault;
import dev.kvarts.testkit.Operation.Kind;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;

/// Every call of the file system fails, once or from then on for ever: the writer is told, no wrong
/// value is read, nothing is acknowledged after a failed sync, and when the disk is well again the
/// database opens and shows a prefix of history with everything promised in it.
///
/// `-Dkvarts.fault.samples=N` fails that many operations of each kind, `-Dkvarts.fault.seed=N`
/// moves it to another script.
class FaultTest {
    private static final int SAMPLES = Integer.getInteger("kvarts.fault.samples", 8);
    private static final long SEED = Long.getLong("kvarts.fault.seed", 1);
    private static final int STEPS = 120;

    /// Where a full disk is met by what can be done again. A failed sync is not: nobody knows what
    /// it has saved.
    private static final EnumSet<Kind> HEALED =
            EnumSet.of(Kind.CREATE, Kind.APPEND, Kind.FORCE, Kind.MAP, Kind.LINK, Kind.LOCK);

    private static Options options(long seed) {
        return Workload.tinyOptions()
                .withReadMode(seed % 2 == 0 ? ReadMode.MAPPED : ReadMode.POSITIONAL);
    }

    /// Half of the scripts know no ordered keyspaces; the others have them, each with another
    /// strategy.
    private static FaultyWriter writer(SimulatedDisk disk, long seed) {
        Compaction[] all = Compaction.values();
        var compaction = seed % 2 == 0 ? null : all[(int) (seed / 2 % all.length)];
        return new FaultyWriter(disk, options(seed), compaction, seed);
    }

    /// How many operations of each kind, on files whose names begin so, the script does on a
    /// healthy disk.
    private static Map<Kind, Integer> operations(long seed, String files) {
        var disk = new SimulatedDisk().usedByOneThread();
        var counts = new EnumMap<Kind, Integer>(Kind.class);
        disk.listen(
                operation -> {
                    if (operation.file().startsWith(files)) {
                        counts.merge(operation.kind(), 1, Integer::sum);
                    }
                });
        FaultyWriter writer = writer(disk, seed);
        writer.run(STEPS);
        writer.close();
        assertTrue(writer.acknowledged() > STEPS / 2);
        assertEquals(0, disk.faults().struck());
        return counts;
    }

    private static void failEachKind(Fault fault, EnumSet<Kind> kinds, boolean sticky) {
        var failed = EnumSet.noneOf(Kind.class);
        for (long seed = SEED; seed < SEED + 4; seed++) {
            Map<Kind, Integer> counts = operations(seed, "");
            counts.keySet().retainAll(kinds);
            failed.addAll(counts.keySet());
            for (var each : counts.entrySet()) {
                failEach(seed, fault, EnumSet.of(each.getKey()), "", each.getValue(), sticky);
            }
        }
        assertEquals(kinds, failed);
    }

    /// Fails one after the other of so many operations of these kinds.
    private static void failEach(
            long seed, Fault fault, EnumSet<Kind> kinds, String files, int count, boolean sticky) {
        int samples = Math.min(count, SAMPLES);
        int first = (int) (seed % (count / samples)); // others than with the seed before
        for (int i = 0; i < samples; i++) {
            int skip = first + (int) ((long) count * i / samples);
            try {
                run(seed, fault, kinds, files, skip, sticky);
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed="
                                + seed
                                + " fault="
                                + fault
                                + " kinds="
                                + kinds
                                + " files="
                                + files
                                + " skip="
                                + skip
                                + " sticky="
                                + sticky
                                + ": "
                                + e,
                        e);
            }
        }
    }

    private static void run(
            long seed, Fault fault, EnumSet<Kind> kinds, String files, int skip, boolean sticky) {
        var disk = new SimulatedDisk().usedByOneThread();
        disk.faults().add(fault, kinds, files, skip, sticky);
        FaultyWriter writer = writer(disk, seed);
        writer.run(STEPS);
        if (disk.faults().struck() == 0) {
            writer.close(); // it strikes there
        }
        assertTrue(disk.faults().struck() > 0);
        disk.faults().clear();
        CrashMode[] modes = CrashMode.values();
        checkCrash(writer, disk, modes[(int) ((seed + skip) % modes.length)], seed + skip);
        checkCrash(writer, disk, CrashMode.SYNCED_ONLY, 0);
        if (fault == Fault.NO_SPACE && HEALED.containsAll(kinds)) {
            heal(writer);
        }
        writer.close();
        assertEquals(0, disk.openFiles());
        checkCrash(writer, disk, CrashMode.SYNCED_ONLY, 0);
        assertTrue(writer.open());
        writer.readAll();
        assertTrue(writer.db().verify().ok());
        for (int i = 0; i < 5; i++) {
            assertTrue(writer.put(Durability.SYNC, 100));
        }
        checkCrash(writer, disk, CrashMode.SYNCED_ONLY, 0);
        writer.close();
        writer.checkCopies(disk);
        assertEquals(0, disk.openFiles());
    }

    /// Without a restart.
    private static void heal(FaultyWriter writer) {
        assertTrue(writer.db() != null || writer.open());
        writer.scheduler().advanceMillis(10_000);
        writer.scheduler().runAll();
        for (int i = 0; i < 30; i++) {
            assertTrue(
                    writer.put(i % 2 == 0 ? Durability.SYNC : Durability.BUFFERED, 4_000),
                    "still refused with space again");
        }
        writer.db().flush();
        writer.readAll();
    }

    private static void checkCrash(
            FaultyWriter writer, SimulatedDisk disk, CrashMode mode, long seed) {
        SimulatedDisk survived = disk.crash(mode, seed).usedByOneThread();
        try (Database db =
                Engine.open(
                        survived.directory(FaultyWriter.DIRECTORY),
                        new StepScheduler(seed),
                        options(seed))) {
            writer.check(db, mode != CrashMode.PROCESS_KILL);
        } catch (Throwable e) {
            throw new AssertionError("after a crash, mode=" + mode + ": " + e, e);
        }
    }

    @Test
    void anyOperationFailsOnce() {
        failEachKind(Fault.IO_ERROR, EnumSet.allOf(Kind.class), false);
    }

    @Test
    void anyOperationFailsForEver() {
        failEachKind(Fault.IO_ERROR, EnumSet.allOf(Kind.class), true);
    }

    /// The files of ordered keyspaces are few among many: here they get their share.
    private static void failEachKindOf(String files, boolean sticky) {
        for (long seed = SEED | 1; seed < SEED + 8; seed += 2) { // each strategy
            for (var each : operations(seed, files).entrySet()) {
                var kinds = EnumSet.of(each.getKey());
                failEach(seed, Fault.IO_ERROR, kinds, files, each.getValue(), sticky);
            }
        }
    }

    @Test
    void anyOperationOnATableFails() {
        failEachKindOf("table-", false);
        failEachKindOf("table-", true);
    }

    @Test
    void anyOperationOnAValueFileFails() {
        failEachKindOf("values-", false);
        failEachKindOf("values-", true);
    }

    @Test
    void theDeviceIsGone() {
        for (long seed = SEED; seed < SEED + 4; seed++) {
            int count = operations(seed, "").values().stream().mapToInt(Integer::intValue).sum();
            failEach(seed, Fault.IO_ERROR, EnumSet.allOf(Kind.class), "", count, true);
        }
    }

    @Test
    void aCheckpointThatFailedCanBeMadeInTheSamePlace() {
        for (int skip = 0; skip < 4; skip++) {
            var disk = new SimulatedDisk().usedByOneThread();
            var path = Path.of("copy");
            try (Database db =
                    Engine.open(
                            disk.directory(FaultyWriter.DIRECTORY),
                            new StepScheduler(1),
                            options(1))) {
                for (String name : new String[] {"a", "b", "c", "d"}) {
                    db.hashed(name).put(new byte[] {1}, new byte[] {2});
                }
                disk.faults().add(Fault.IO_ERROR, EnumSet.of(Kind.LINK), skip, false);
                assertThrows(StorageException.class, () -> db.checkpoint(path));
                db.checkpoint(path);
                assertThrows(IllegalArgumentException.class, () -> db.checkpoint(path));
            }
            try (Database copy =
                    Engine.open(disk.directory("copy"), new StepScheduler(1), options(1))) {
                assertEquals(2, copy.hashed("d").get(new byte[] {1})[0]);
            }
        }
    }

    private static final EnumSet<Kind> NEED_SPACE =
            EnumSet.of(
                    Kind.CREATE,
                    Kind.APPEND,
                    Kind.FORCE,
                    Kind.MAP,
                    Kind.MAP_FORCE,
                    Kind.RENAME,
                    Kind.SYNC,
                    Kind.LINK,
                    Kind.LOCK);

    @Test
    void thereIsNoSpaceOnce() {
        failEachKind(Fault.NO_SPACE, NEED_SPACE, false);
    }

    @Test
    void thereIsNoSpaceUntilSomeIsFreed() {
        failEachKind(Fault.NO_SPACE, NEED_SPACE, true);
    }

    @Test
    void anAppendIsCutShort() {
        failEachKind(Fault.SHORT_WRITE, EnumSet.of(Kind.APPEND), false);
        failEachKind(Fault.SHORT_WRITE, EnumSet.of(Kind.APPEND), true);
    }
}
