package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Options;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.StorageException;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;

/// An opening that fails, at whatever operation, says so, leaves nothing open, and can be tried
/// again: the next one finds everything.
class FailedOpeningTest {
    private static final String DIRECTORY = FaultyWriter.DIRECTORY;

    /// A disk with runs, a checkpoint, records in several log segments and what a killed process
    /// leaves behind, and its writer.
    private FaultyWriter written(
            SimulatedDisk disk, Options options, Compaction compaction, long seed) {
        var writer = new FaultyWriter(disk, options, compaction, seed);
        writer.run(60);
        return writer;
    }

    private void failAtEveryOperation(ReadMode mode, FaultPlan.Fault fault, boolean killed) {
        failAtEveryOperation(mode, null, fault, killed);
        failAtEveryOperation(mode, Compaction.UNIFIED, fault, killed);
    }

    private void failAtEveryOperation(
            ReadMode mode, Compaction compaction, FaultPlan.Fault fault, boolean killed) {
        Options options = Workload.tinyOptions().withReadMode(mode);
        var disk = new SimulatedDisk().usedByOneThread();
        FaultyWriter writer = written(disk, options, compaction, 3);
        DiskImage image = disk.image();
        if (!killed) {
            writer.close();
            image = disk.image();
        }
        int failures = 0;
        for (int skip = 0; ; skip++) {
            SimulatedDisk again = image.crash(CrashMode.PROCESS_KILL, 0).usedByOneThread();
            again.faults().add(fault, EnumSet.allOf(Operation.Kind.class), skip, false);
            try (Database db =
                    Engine.open(again.directory(DIRECTORY), new StepScheduler(skip), options)) {
                if (again.faults().struck() == 0) {
                    break;
                }
                writer.check(db, false);
            } catch (StorageException e) {
                failures++;
                assertEquals(0, again.openFiles(), "left open after skip=" + skip + ": " + e);
            }
            again.faults().clear();
            try (Database db =
                    Engine.open(again.directory(DIRECTORY), new StepScheduler(skip), options)) {
                writer.check(db, false);
                assertTrue(db.verify().ok());
                assertTrue(write(db));
            }
            assertEquals(0, again.openFiles(), "left open after skip=" + skip);
        }
        assertTrue(failures > 20, "failures=" + failures);
    }

    private static boolean write(Database db) {
        db.write(db.batch().put(db.hashed("a"), new byte[] {1}, new byte[10]), Durability.SYNC);
        return db.hashed("a").contains(new byte[] {1});
    }

    @Test
    void anOpeningThatFailsLeavesNothingOpen() {
        for (ReadMode mode : new ReadMode[] {ReadMode.MAPPED, ReadMode.POSITIONAL}) {
            failAtEveryOperation(mode, FaultPlan.Fault.IO_ERROR, false);
            failAtEveryOperation(mode, FaultPlan.Fault.IO_ERROR, true);
        }
    }

    @Test
    void anOpeningThatFindsNoSpaceLeavesNothingOpen() {
        failAtEveryOperation(ReadMode.MAPPED, FaultPlan.Fault.NO_SPACE, false);
        failAtEveryOperation(ReadMode.MAPPED, FaultPlan.Fault.NO_SPACE, true);
    }
}
