package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Durability;
import dev.kvarts.api.ReadMode;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.Set;

/// After a crash at any operation, in any mode, the database opens by itself and shows a prefix of
/// history with every promised write in it.
///
/// `-Dkvarts.crash.states=N` scales it, `-Dkvarts.crash.seed=N` moves it to other workloads or
/// repeats a failed one.
class CrashTest {
    private static final long STATES = Long.getLong("kvarts.crash.states", 100_000);
    private static final long FIRST_SEED = Long.getLong("kvarts.crash.seed", 1);
    private static final CrashExplorer.Effort EFFORT =
            new CrashExplorer.Effort(1, 1_500, 160, 4, 250, 50, 1);

    private static Workload.Shape shape(long seed) {
        var durability = seed % 3 == 0 ? Durability.SYNC : Durability.BUFFERED;
        return switch ((int) (seed % 4)) {
            case 0 -> new Workload.Shape(300, 30, 400, durability);
            case 1 -> new Workload.Shape(500, 120, 900, durability);
            case 2 -> new Workload.Shape(400, 60, 3_000, durability);
            default -> new Workload.Shape(250, 12, 6_000, durability);
        };
    }

    private static CrashExplorer explorer(long seed, CrashExplorer.Effort effort) {
        var mode = seed % 2 == 0 ? ReadMode.MAPPED : ReadMode.POSITIONAL;
        return new CrashExplorer(
                Workload.tinyOptions().withReadMode(mode), shape(seed), seed, effort);
    }

    @Test
    void aCrashAtAnyOperationLosesNothingPromised() {
        long states = 0;
        long recoveryStates = 0;
        long start = System.nanoTime();
        for (long seed = FIRST_SEED; states < STATES; seed++) {
            CrashExplorer explorer = explorer(seed, EFFORT);
            explorer.record(_ -> {});
            explorer.explore();
            states += explorer.states();
            recoveryStates += explorer.recoveryStates();
            System.out.println("crash: " + explorer);
        }
        System.out.printf(
                "crash: %,d states checked, %,d of them crashes of a recovery, in %d s%n",
                states, recoveryStates, (System.nanoTime() - start) / 1_000_000_000);
        assertTrue(states >= STATES);
    }

    /// The test must be able to fail: a device that only says that it has synced is noticed.
    @Test
    void aLyingDeviceIsNoticed() {
        for (Set<Operation.Kind> kinds :
                Set.of(
                        EnumSet.of(Operation.Kind.FORCE),
                        EnumSet.of(Operation.Kind.MAP_FORCE),
                        EnumSet.of(Operation.Kind.SYNC))) {
            CrashExplorer explorer = explorer(1, new CrashExplorer.Effort(1, 0, 0, 0, 0, 1, 1));
            explorer.record(disk -> disk.faults().add(FaultPlan.Fault.LIE, kinds, 0, true));
            assertThrows(AssertionError.class, explorer::explore, "not noticed: " + kinds);
        }
    }
}
