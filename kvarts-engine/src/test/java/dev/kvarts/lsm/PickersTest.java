package dev.kvarts.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// What single plans look like.
final class PickersTest {
    private static final long MIB = 1 << 20;
    private long nextNumber = 1;

    private TableInfo table(long run, long from, long to, long bytes, long entries, long tombs) {
        return new TableInfo(
                nextNumber++,
                0,
                run,
                bytes,
                entries,
                tombs,
                0,
                KeySpan.closed(SimulatedTree.key(from), SimulatedTree.key(to)),
                1,
                2,
                0,
                0,
                0);
    }

    private TableInfo table(long run, long from, long to) {
        return table(run, from, to, 64 * MIB, 1_000, 0);
    }

    private static PickContext context(CompactionPlan... running) {
        return new PickContext(64 * MIB, 64 * MIB, 4_096 * MIB, 1_000_000, 1_000, List.of(running));
    }

    private static CompactionPlan pick(Compaction strategy, List<TableInfo> tables) {
        LevelView view = LevelView.of(tables);
        CompactionPlan plan = CompactionPicker.of(strategy).pick(view, context());
        if (plan != null) {
            plan.validate(view);
        }
        return plan;
    }

    private static Set<Long> numbers(List<TableInfo> tables) {
        Set<Long> numbers = new HashSet<>();
        tables.forEach(table -> numbers.add(table.number()));
        return numbers;
    }

    @Test
    void nothingIsPickedWhereThereIsNothingToDo() {
        for (Compaction strategy : Compaction.values()) {
            assertNull(pick(strategy, List.of()));
            assertNull(pick(strategy, List.of(table(LeveledPicker.runOf(6), 1, 9))));
        }
    }

    @Test
    void tablesThatOverlapNothingAreMovedAndTheOthersAreCutAtThem() {
        List<TableInfo> tables =
                List.of(
                        table(104, 0, 10),
                        table(103, 20, 30),
                        table(102, 50, 60),
                        table(101, 5, 15),
                        table(100, 55, 65));
        CompactionPlan plan = pick(Compaction.SIZE_TIERED, tables);
        assertNotNull(plan);
        assertEquals(100, plan.outputRun());
        assertEquals(numbers(List.of(tables.get(1))), numbers(plan.moves()));
        assertEquals(4, plan.inputs().size());
        assertTrue(plan.bottommost());
        assertEquals(1, plan.cuts().size());
    }

    @Test
    void smallNeighboursAreMergedInsteadOfMoved() {
        List<TableInfo> tables = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tables.add(table(100 + i, 10L * i, 10L * i + 5, MIB, 10, 0));
        }
        CompactionPlan plan = pick(Compaction.UNIFIED, tables);
        assertNotNull(plan);
        assertEquals(4, plan.inputs().size());
    }

    @Test
    void unifiedMergesIntoTheLastRunAtRestWhatWouldWaitForMoreOtherwise() {
        List<TableInfo> tables = List.of(table(101, 0, 9), table(100, 5, 50, 500 * MIB, 9_000, 0));
        assertNull(pick(Compaction.UNIFIED, tables));
        LevelView view = LevelView.of(tables);
        CompactionPlan plan = CompactionPicker.of(Compaction.UNIFIED).pickAtRest(view, context());
        assertNotNull(plan);
        plan.validate(view);
        assertEquals(numbers(tables), numbers(plan.inputs()));
        assertEquals(100, plan.outputRun());
        assertTrue(plan.bottommost());
    }

    @Test
    void unifiedLeavesAtRestWhatIsLessThanAnEighthOfTheLastRun() {
        List<TableInfo> tables = List.of(table(101, 0, 9), table(100, 5, 50, 520 * MIB, 9_000, 0));
        assertNull(
                CompactionPicker.of(Compaction.UNIFIED)
                        .pickAtRest(LevelView.of(tables), context()));
    }

    @Test
    void leveledChoosesTheTableWithTheLeastBelowIt() {
        List<TableInfo> tables = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            tables.add(table(LeveledPicker.runOf(6), 100L * i, 100L * i + 99));
        }
        for (int i = 0; i < 20; i++) { // of 10 that level 5 may have
            int width = i == 7 ? 50 : 250;
            tables.add(table(LeveledPicker.runOf(5), 400L * i, 400L * i + width));
        }
        CompactionPlan plan = pick(Compaction.LEVELED, tables);
        assertNotNull(plan);
        assertEquals(6, plan.outputLevel());
        assertEquals(LeveledPicker.runOf(6), plan.outputRun());
        assertEquals(
                Set.of(tables.get(107).number(), tables.get(28).number()), numbers(plan.inputs()));
    }

    @Test
    void leveledTakesOverWhatUnifiedHasLeftWithoutWritingIt() {
        List<TableInfo> tables = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            tables.add(table(70, 100L * i, 100L * i + 99));
        }
        CompactionPlan plan = pick(Compaction.LEVELED, tables);
        assertNotNull(plan);
        assertTrue(plan.trivialMove());
        assertEquals(100, plan.moves().size());
        assertEquals(6, plan.outputLevel());
    }

    @Test
    void tableThatIsMostlyTombstonesIsMergedWithWhatItDeletes() {
        for (Compaction strategy : Compaction.values()) {
            var heavy = table(200, 1_000, 1_500, 8 * MIB, 100, 60);
            var older = table(LeveledPicker.runOf(6), 900, 1_600);
            var beside = table(LeveledPicker.runOf(6), 2_000, 2_600);
            CompactionPlan plan = pick(strategy, List.of(heavy, older, beside));
            assertNotNull(plan, strategy.toString());
            assertEquals(numbers(List.of(heavy, older)), numbers(plan.inputs()));
            assertTrue(plan.bottommost());
            assertEquals(older.run(), plan.outputRun());
        }
    }

    @Test
    void tombstonesThatDeleteLittleOfMuchWait() {
        List<TableInfo> tables = new ArrayList<>();
        tables.add(table(200, 0, 10_000, 8 * MIB, 100, 60));
        for (int i = 0; i < 100; i++) {
            tables.add(table(LeveledPicker.runOf(6), 100L * i, 100L * i + 99));
        }
        assertNull(pick(Compaction.UNIFIED, tables));
    }

    @Test
    void tombstonesInTheWayOfCursorsArePicked() {
        var few = table(200, 1_000, 1_500, 8 * MIB, 10_000, 500);
        var older = table(100, 900, 1_600);
        assertNull(pick(Compaction.UNIFIED, List.of(few, older)));
        var met = SimulatedTree.met(few, 10_000);
        CompactionPlan plan = pick(Compaction.UNIFIED, List.of(met, older));
        assertNotNull(plan);
        assertEquals(numbers(List.of(few, older)), numbers(plan.inputs()));
    }

    @Test
    void tombstonesOfTheLastLevelGoWithoutAnybodyElse() {
        var heavy = table(100, 1, 5, MIB, 10, 9);
        CompactionPlan plan = pick(Compaction.UNIFIED, List.of(heavy, table(100, 6, 9)));
        assertNotNull(plan);
        assertEquals(numbers(List.of(heavy)), numbers(plan.inputs()));
        assertTrue(plan.bottommost());
    }

    @Test
    void windowsOfTimeAreNotMixedAndPastOnesBecomeOneRun() {
        CompactionPicker picker = CompactionPicker.of(Compaction.TIME_WINDOW);
        var tree = new SimulatedTree(100, 10_000, 10_000, 1 << 30);
        var random = new Random(3);
        Map<Long, Long> model = new HashMap<>();
        for (int flush = 0; flush < 60; flush++) {
            var store = new TreeMap<Long, Long>();
            for (int i = 0; i < 100; i++) {
                long key = random.nextInt(2_000);
                long sequence = tree.nextSequence();
                store.put(key, sequence);
                model.put(key, sequence);
            }
            tree.flush(store, picker);
            tree.settle(picker, 50, "flush=" + flush);
            tree.nowMillis += 130; // windows are of a second
        }
        tree.check(model, "at the end");
        Map<Long, Set<Long>> runs = new HashMap<>();
        for (TableInfo info : tree.infos()) {
            long window = info.newestMillis() / 1_000;
            assertEquals(window, info.oldestMillis() / 1_000, "a table of two windows");
            runs.computeIfAbsent(window, _ -> new HashSet<>()).add(info.run());
        }
        assertEquals(8, runs.size());
        runs.forEach(
                (window, some) ->
                        assertTrue(some.size() == 1 || window == 7, window + " runs=" + some));
    }

    @Test
    void manualCompactionOfARangeLeavesTheRestAlone() {
        for (Compaction strategy : Compaction.values()) {
            List<TableInfo> tables = new ArrayList<>();
            for (int run = 0; run < 3; run++) {
                for (int i = 0; i < 10; i++) {
                    tables.add(table(100 + run, 100L * i, 100L * i + 99));
                }
            }
            LevelView view = LevelView.of(tables);
            CompactionPlan plan =
                    CompactionPicker.of(strategy)
                            .planRange(
                                    view,
                                    context(),
                                    new KeySpan(SimulatedTree.key(210), SimulatedTree.key(390)));
            assertNotNull(plan);
            plan.validate(view);
            // Windows are gone through table by table, the others stretch by stretch.
            int inputs = strategy == Compaction.TIME_WINDOW ? 3 : 6;
            assertEquals(inputs, plan.inputs().size(), strategy.toString());
            assertTrue(plan.bottommost());
        }
    }

    @Test
    void tablesAreWrittenAnewInTheirPlaces() {
        List<TableInfo> tables = List.of(table(101, 1, 9), table(100, 1, 9));
        LevelView view = LevelView.of(tables);
        List<CompactionPlan> plans = CompactionPicker.planRewrite(view, context(), tables);
        assertEquals(2, plans.size());
        for (CompactionPlan plan : plans) {
            plan.validate(view);
            assertEquals(plan.inputs().getFirst().run(), plan.outputRun());
            assertEquals(plan.outputRun() == 100, plan.bottommost());
        }
        assertFalse(plans.get(0).conflicts(plans.get(1)));
    }

    @Test
    void busyTablesAreNotPickedAndNewerOnesAreMergedBesideThem() {
        List<TableInfo> tables = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tables.add(table(100 + i, 0, 99));
        }
        CompactionPicker picker = CompactionPicker.of(Compaction.UNIFIED);
        CompactionPlan first = picker.pick(LevelView.of(tables), context());
        assertEquals(4, first.inputs().size());
        assertNull(picker.pick(LevelView.of(tables), context(first)));
        List<TableInfo> newer = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            newer.add(table(200 + i, 0, 99));
        }
        tables.addAll(newer);
        CompactionPlan second = picker.pick(LevelView.of(tables), context(first));
        assertEquals(numbers(newer), numbers(second.inputs()));
        assertFalse(second.bottommost());
        assertFalse(second.conflicts(first));
    }

    @Test
    void planThatWouldHideNewerByOlderIsRefused() {
        List<TableInfo> tables = List.of(table(102, 0, 9), table(101, 0, 9), table(100, 0, 9));
        LevelView view = LevelView.of(tables);
        var over = plan(List.of(tables.get(0), tables.get(2)), List.of(), 102, false);
        assertThrows(AssertionError.class, () -> over.validate(view));
        var below = plan(List.of(tables.get(0), tables.get(2)), List.of(), 100, false);
        assertThrows(AssertionError.class, () -> below.validate(view));
        var same = plan(List.of(tables.get(0)), List.of(), 101, false);
        assertThrows(AssertionError.class, () -> same.validate(view));
        var early = plan(tables.subList(0, 2), List.of(), 101, true);
        assertThrows(AssertionError.class, () -> early.validate(view));
        plan(tables.subList(0, 2), List.of(), 101, false).validate(view);
        plan(tables, List.of(), 100, true).validate(view);
        var moved = plan(tables.subList(1, 2), tables.subList(2, 3), 101, false);
        assertThrows(AssertionError.class, () -> moved.validate(view));
    }

    @Test
    void outputsMayNotReachOverATableOfTheirRun() {
        List<TableInfo> tables = List.of(table(101, 0, 9), table(101, 20, 29), table(100, 10, 15));
        LevelView view = LevelView.of(tables);
        var over = plan(tables.subList(0, 2), List.of(), 100, false);
        assertThrows(AssertionError.class, () -> over.validate(view));
        new CompactionPlan(
                        tables.subList(0, 2),
                        List.of(),
                        1,
                        100,
                        false,
                        List.of(SimulatedTree.key(10)),
                        "cut")
                .validate(view);
    }

    private static CompactionPlan plan(
            List<TableInfo> inputs, List<TableInfo> moves, long run, boolean bottommost) {
        return new CompactionPlan(inputs, moves, 1, run, bottommost, List.of(), "test");
    }

    @Test
    void layersAreTheFewestRunsThatTablesCanBeReadAs() {
        LevelView view =
                LevelView.of(
                        List.of(
                                table(105, 0, 9),
                                table(104, 10, 19),
                                table(103, 5, 15),
                                table(102, 30, 39),
                                table(101, 0, 39)));
        List<List<TableInfo>> layers = view.layers();
        assertEquals(List.of(2, 2, 1), layers.stream().map(List::size).toList());
        assertEquals(105, layers.getFirst().getFirst().run());
        assertEquals(
                Set.of(102L, 103L), Set.of(layers.get(1).get(0).run(), layers.get(1).get(1).run()));
        assertEquals(3, CompactionPicker.of(Compaction.UNIFIED).debt(view, context()).runs());
    }

    @Test
    void deletedKeyspaceShrinksToNothing() {
        for (Compaction strategy :
                List.of(Compaction.UNIFIED, Compaction.LEVELED, Compaction.SIZE_TIERED)) {
            CompactionPicker picker = CompactionPicker.of(strategy);
            var tree = new SimulatedTree(100, 100_000, 100_000, 1 << 30);
            for (int round = 0; round < 2; round++) {
                for (int flush = 0; flush < 10; flush++) {
                    var store = new TreeMap<Long, Long>();
                    for (int i = 0; i < 1_000; i++) {
                        long sequence = tree.nextSequence();
                        store.put(flush + 10L * i, round == 0 ? sequence : -sequence);
                    }
                    tree.flush(store, picker);
                    tree.settle(picker, 50, strategy + " flush=" + flush);
                }
            }
            tree.check(Map.of(), strategy.toString());
            assertEquals(0, tree.bytes(), strategy.toString());
        }
    }
}
