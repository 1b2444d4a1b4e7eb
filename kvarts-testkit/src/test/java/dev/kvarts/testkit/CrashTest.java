package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Durability;
import dev.kvarts.api.ReadMode;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;

/// After a crash at any operation, in any mode, the database opens by itself and shows a prefix of
/// history with every promised write in it.
///
/// `-Dkvarts.crash.states=N` scales it, `-Dkvarts.crash.seed=N` moves it to other workloads or
/// repeats a failed one.
class CrashTest {
    private static final long STATES = Long.getLong("kvarts.crash.states", 200_000);
    private static final long FIRST_SEED = Long.getLong("kvarts.crash.seed", 1);
    private static final int THREADS = 2;
    private static final CrashExplorer.Effort EFFORT =
            new CrashExplorer.Effort(1, 1_500, 160, 4, 250, 50, THREADS);

    private static Durability durability(long seed) {
        return seed % 3 == 0 ? Durability.SYNC : Durability.BUFFERED;
    }

    private static Workload.Shape hashed(long seed) {
        Durability durability = durability(seed);
        return switch ((int) (seed % 4)) {
            case 0 -> new Workload.Shape(300, 30, 400, durability, null);
            case 1 -> new Workload.Shape(500, 120, 900, durability, null);
            case 2 -> new Workload.Shape(400, 60, 3_000, durability, null);
            default -> new Workload.Shape(250, 12, 6_000, durability, null);
        };
    }

    private static Workload.Shape ordered(long seed) {
        Durability durability = durability(seed);
        Compaction compaction = Compaction.values()[(int) (seed % Compaction.values().length)];
        return switch ((int) ((seed + seed / 4 + 2) % 3)) { // each meets each way to compact
            case 0 -> new Workload.Shape(150, 60, 700, durability, compaction);
            case 1 -> new Workload.Shape(180, 40, 300, durability, compaction);
            default -> new Workload.Shape(120, 30, 4_000, durability, compaction);
        };
    }

    private static CrashExplorer explorer(
            Workload.Shape shape, long seed, CrashExplorer.Effort effort) {
        var mode = seed % 2 == 0 ? ReadMode.MAPPED : ReadMode.POSITIONAL;
        return new CrashExplorer(Workload.tinyOptions().withReadMode(mode), shape, seed, effort);
    }

    private interface Each {
        void explored(long seed, CrashExplorer explorer);
    }

    private static void crash(
            String title, long wanted, LongFunction<Workload.Shape> shape, Each each) {
        long states = 0;
        long recoveryStates = 0;
        long start = System.nanoTime();
        for (long seed = FIRST_SEED; states < wanted; seed++) {
            CrashExplorer explorer = explorer(shape.apply(seed), seed, EFFORT);
            explorer.record(_ -> {});
            explorer.explore();
            states += explorer.states();
            recoveryStates += explorer.recoveryStates();
            System.out.println("crash: " + explorer);
            each.explored(seed, explorer);
        }
        System.out.printf(
                "crash: %s: %,d states checked, %,d of them crashes of a recovery, in %d s%n",
                title, states, recoveryStates, (System.nanoTime() - start) / 1_000_000_000);
        assertTrue(states >= wanted);
    }

    @Test
    void aCrashAtAnyOperationLosesNothingPromised() {
        crash("hashed", STATES * 3 / 10, CrashTest::hashed, (_, _) -> {});
    }

    @Test
    void aCrashOfOrderedKeyspacesLosesNothingPromisedEither() {
        var work = new TreeMap<Compaction, Workload.Work>();
        var operations = new TreeMap<String, Integer>();
        crash(
                "ordered",
                STATES * 7 / 10,
                CrashTest::ordered,
                (seed, explorer) -> {
                    work.merge(ordered(seed).compaction(), explorer.work(), Workload.Work::plus);
                    explorer.operations()
                            .forEach((what, count) -> operations.merge(what, count, Integer::sum));
                });
        System.out.println("crash: work=" + work + " operations=" + operations);
        if (work.size() < Compaction.values().length) {
            return; // asked for few states only
        }
        work.forEach(
                (compaction, done) -> {
                    assertTrue(done.flushes() > 0, compaction + " " + done);
                    assertTrue(done.compactions() > 0, compaction + " " + done);
                    assertTrue(done.rangesDeleted() > 0, compaction + " " + done);
                    assertTrue(done.ingested() > 0, compaction + " " + done);
                });
        for (String each :
                List.of("CREATE table", "CREATE values", "DELETE table", "DELETE values")) {
            assertTrue(operations.containsKey(each), each);
        }
    }

    /// The test must be able to fail: a device that only says that it has synced is noticed.
    @Test
    void aLyingDeviceIsNoticed() {
        for (Set<Operation.Kind> kinds :
                Set.of(
                        EnumSet.of(Operation.Kind.FORCE),
                        EnumSet.of(Operation.Kind.MAP_FORCE),
                        EnumSet.of(Operation.Kind.SYNC))) {
            requireNoticed(hashed(1), kinds, "");
            requireNoticed(ordered(1), kinds, "");
        }
        requireNoticed(ordered(1), EnumSet.of(Operation.Kind.FORCE), "table-");
        requireNoticed(ordered(1), EnumSet.of(Operation.Kind.FORCE), "values-");
        requireNoticed(ordered(1), EnumSet.of(Operation.Kind.FORCE), "manifest");
    }

    private static void requireNoticed(
            Workload.Shape shape, Set<Operation.Kind> kinds, String files) {
        CrashExplorer explorer = explorer(shape, 1, new CrashExplorer.Effort(1, 0, 0, 0, 0, 1, 1));
        explorer.record(disk -> disk.faults().add(FaultPlan.Fault.LIE, kinds, files, 0, true));
        assertThrows(
                AssertionError.class,
                explorer::explore,
                "not noticed: " + kinds + " of " + files + " shape=" + shape);
    }
}
