package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Makes plans out of tables that are to become one stretch of a run.
///
/// Tables that overlap no other are moved instead of written, unless they are small and have a
/// neighbour to be merged with.
///
/// Thread safety: one thread.
final class PlanBuilder {
    private static final int SMALL_SHARE = 4; // of the target: smaller tables are not moved

    private final LevelView view;
    private final PickContext context;
    private final Set<Long> busy;

    PlanBuilder(LevelView view, PickContext context) {
        this.view = view;
        this.context = context;
        this.busy = context.busy();
    }

    boolean busy(TableInfo table) {
        return busy.contains(table.number());
    }

    boolean anyBusy(List<TableInfo> tables) {
        return tables.stream().anyMatch(this::busy);
    }

    /// Whether so many bytes are better merged with their neighbours than moved.
    boolean small(long bytes) {
        return bytes < context.targetTableBytes() / SMALL_SHARE;
    }

    /// Merges tables into one run; null if a table is busy, if a running plan is in the way, or if
    /// nothing would change.
    ///
    /// @param tables all of some ages in a stretch, see [LevelView#closed]; or of a level and what
    ///   they overlap in the next
    /// @param bounds ascending keys where outputs should be cut
    CompactionPlan merge(
            List<TableInfo> tables, int level, long run, List<byte[]> bounds, String reason) {
        List<TableInfo> inputs = new ArrayList<>();
        List<TableInfo> alone = new ArrayList<>();
        divide(tables, inputs, alone);
        List<TableInfo> moves = new ArrayList<>();
        for (TableInfo table : alone) {
            if (table.run() != run || run < LevelView.FLUSHED_RUNS_FROM && table.level() != level) {
                moves.add(table);
            }
        }
        if (inputs.isEmpty() && moves.isEmpty()) {
            return null;
        }
        var cuts = new TreeSet<byte[]>(Arrays::compareUnsigned);
        if (!inputs.isEmpty()) {
            KeySpan hull = KeySpan.hull(inputs);
            alone.forEach(table -> addInside(cuts, hull, table.keys().from()));
            bounds.forEach(bound -> addInside(cuts, hull, bound));
        }
        return checked(inputs, moves, level, run, new ArrayList<>(cuts), reason);
    }

    /// Writes all of these tables anew, also those that could be moved.
    CompactionPlan rewrite(
            List<TableInfo> tables, int level, long run, List<byte[]> bounds, String reason) {
        var cuts = new TreeSet<byte[]>(Arrays::compareUnsigned);
        KeySpan hull = KeySpan.hull(tables);
        bounds.forEach(bound -> addInside(cuts, hull, bound));
        return checked(tables, List.of(), level, run, new ArrayList<>(cuts), reason);
    }

    /// Changes only the place of these tables.
    CompactionPlan move(List<TableInfo> tables, int level, long run, String reason) {
        return checked(List.of(), tables, level, run, List.of(), reason);
    }

    private static void addInside(Set<byte[]> cuts, KeySpan hull, byte[] cut) {
        if (Arrays.compareUnsigned(hull.from(), cut) < 0 && KeySpan.endsBehind(hull.to(), cut)) {
            cuts.add(cut);
        }
    }

    private CompactionPlan checked(
            List<TableInfo> inputs,
            List<TableInfo> moves,
            int level,
            long run,
            List<byte[]> cuts,
            String reason) {
        List<TableInfo> newestFirst = new ArrayList<>(inputs);
        newestFirst.sort((one, other) -> Long.compare(other.run(), one.run()));
        var plan =
                new CompactionPlan(
                        newestFirst, moves, level, run, bottommost(inputs, run), cuts, reason);
        if (anyBusy(plan.tables()) || context.running().stream().anyMatch(plan::conflicts)) {
            return null;
        }
        return plan;
    }

    private boolean bottommost(List<TableInfo> inputs, long run) {
        Set<Long> own = new HashSet<>();
        inputs.forEach(table -> own.add(table.number()));
        for (TableInfo input : inputs) {
            for (TableInfo older : view.overlapping(0, run - 1, input.keys())) {
                if (!own.contains(older.number())) {
                    return false;
                }
            }
        }
        return true;
    }

    /// Divides tables into those to be written anew and those that can stay as they are.
    private void divide(List<TableInfo> tables, List<TableInfo> inputs, List<TableInfo> alone) {
        List<TableInfo> ascending = new ArrayList<>(tables);
        ascending.sort(RunInfo::byFirstKey);
        List<List<TableInfo>> groups = new ArrayList<>(); // overlapping, or neighbours and small
        boolean smallBefore = false;
        byte[] end = null;
        for (TableInfo table : ascending) {
            boolean overlaps = !groups.isEmpty() && KeySpan.endsBehind(end, table.keys().from());
            boolean small = small(table.bytes());
            if (groups.isEmpty() || !overlaps && !(small && smallBefore)) {
                groups.add(new ArrayList<>());
                end = table.keys().to();
            }
            groups.getLast().add(table);
            end = KeySpan.compareEnds(end, table.keys().to()) >= 0 ? end : table.keys().to();
            smallBefore = small || overlaps;
        }
        for (List<TableInfo> group : groups) {
            (group.size() == 1 ? alone : inputs).addAll(group);
        }
    }
}
