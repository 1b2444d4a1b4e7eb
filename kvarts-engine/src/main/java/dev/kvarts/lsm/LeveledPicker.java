package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// One run per level, each ten times larger than the one above; flushes wait in level 0, where four
/// runs are merged at once into the first level that is in use.
///
/// Levels are filled from the last one upwards (RocksDB's dynamic level sizes): the last holds what
/// there is, each one above may hold a tenth of the next, and the first in use is the one that four
/// flushes would fill. So nine tenths of the data are in the last level whatever the size.
///
/// Every level but 0 has a run number of its own, lower than those of flushes and of the levels
/// above it. Runs of any other number are level 0, whatever their size: what another strategy has
/// left is moved down, without being written, as far as nothing in a level on the way overlaps it.
///
/// Thread safety: immutable.
final class LeveledPicker implements CompactionPicker {
    static final int LEVELS = 6;
    private static final int MULTIPLIER = 10;
    private static final int RUNS_TO_MERGE = 4; // of level 0
    private static final int RUNS_TO_MERGE_AMONG_THEMSELVES = 8;

    /// The view divided into levels.
    private record Levels(List<RunInfo> zero, List<RunInfo> levels, int base, long[] targets) {
        static Levels of(LevelView view, PickContext context) {
            List<RunInfo> zero = new ArrayList<>();
            List<RunInfo> levels = new ArrayList<>();
            for (int level = 0; level <= LEVELS; level++) {
                levels.add(new RunInfo(runOf(level), List.of()));
            }
            for (RunInfo run : view.runs()) {
                if (run.id() > runOf(1)) {
                    zero.add(run);
                } else {
                    levels.set(levelOf(run.id()), run);
                }
            }
            long[] targets = new long[LEVELS + 1];
            long target = levels.stream().mapToLong(RunInfo::bytes).max().orElse(0);
            int base = LEVELS;
            targets[LEVELS] = Long.MAX_VALUE;
            while (base > 1 && target > RUNS_TO_MERGE * context.memoryStoreBytes()) {
                target /= MULTIPLIER;
                base--;
                targets[base] =
                        Math.max(target, RUNS_TO_MERGE * context.memoryStoreBytes() / MULTIPLIER);
            }
            return new Levels(zero, levels, base, targets);
        }

        RunInfo level(int level) {
            return levels.get(level);
        }

        /// More than 1: should be made smaller.
        double score(int level) {
            long bytes = level(level).bytes();
            return level < base ? bytes == 0 ? 0 : 2 : (double) bytes / targets[level];
        }

        /// Where level 0 goes: the first level that has something, or the base.
        int below() {
            for (int level = 1; level < base; level++) {
                if (!level(level).tables().isEmpty()) {
                    return level;
                }
            }
            return base;
        }
    }

    static long runOf(int level) {
        return LevelView.FLUSHED_RUNS_FROM - level;
    }

    static int levelOf(long run) {
        return Math.clamp(LevelView.FLUSHED_RUNS_FROM - run, 0, LEVELS);
    }

    @Override
    public CompactionPlan pickBySize(LevelView view, PickContext context) {
        Levels levels = Levels.of(view, context);
        var builder = new PlanBuilder(view, context);
        CompactionPlan plan = settle(levels, builder);
        if (plan != null) {
            return plan;
        }
        List<Integer> urgent = new ArrayList<>();
        double[] scores = new double[LEVELS];
        for (int level = 0; level < LEVELS; level++) {
            scores[level] =
                    level == 0 ? (double) levels.zero.size() / RUNS_TO_MERGE : levels.score(level);
            if (level == 0 ? scores[level] >= 1 : scores[level] > 1) {
                urgent.add(level);
            }
        }
        urgent.sort(Comparator.comparingDouble((Integer level) -> -scores[level]));
        for (int level : urgent) {
            plan =
                    level == 0
                            ? fromZero(levels, view, context, builder)
                            : fromLevel(level, levels, builder);
            if (plan != null) {
                return plan;
            }
        }
        return levels.zero.size() < RUNS_TO_MERGE_AMONG_THEMSELVES
                ? null
                : withinZero(levels, view, builder);
    }

    /// Moves tables of level 0 that are older than everything that they overlap there as deep as
    /// they can go.
    private static CompactionPlan settle(Levels levels, PlanBuilder builder) {
        List<TableInfo> moved = new ArrayList<>();
        int target = 0;
        for (int i = levels.zero.size() - 1; i >= 0; i--) {
            if (builder.small(levels.zero.get(i).bytes())) {
                continue;
            }
            for (TableInfo table : levels.zero.get(i).tables()) {
                if (!builder.busy(table) && oldest(table, levels.zero, i)) {
                    int level = depth(table, levels);
                    boolean free = moved.stream().noneMatch(table::overlaps);
                    if (level >= levels.base && (target == 0 || target == level) && free) {
                        target = level;
                        moved.add(table);
                    }
                }
            }
        }
        return moved.isEmpty() ? null : builder.move(moved, target, runOf(target), "settle");
    }

    private static boolean oldest(TableInfo table, List<RunInfo> runs, int own) {
        for (RunInfo older : runs.subList(own + 1, runs.size())) {
            if (!older.overlapping(table.keys()).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /// The deepest level down to which nothing overlaps the table; 0 if level 1 does.
    private static int depth(TableInfo table, Levels levels) {
        int level = 0;
        while (level < LEVELS && levels.level(level + 1).overlapping(table.keys()).isEmpty()) {
            level++;
        }
        return level;
    }

    /// Merges the runs of level 0, the oldest first, with what they overlap in the next level.
    private static CompactionPlan fromZero(
            Levels levels, LevelView view, PickContext context, PlanBuilder builder) {
        long oldest = levels.zero.getLast().id();
        long newest = oldest;
        long bytes = 0;
        for (RunInfo run : levels.zero.reversed()) {
            if (builder.anyBusy(run.tables())
                    || newest != oldest && bytes + run.bytes() > context.jobBytesMax()) {
                break;
            }
            newest = run.id();
            bytes += run.bytes();
        }
        List<TableInfo> first = levels.zero.getLast().tables();
        List<TableInfo> chosen = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) { // parts of the keys that do not touch
            if (chosen.contains(first.get(i))) {
                continue;
            }
            List<TableInfo> part = view.closed(oldest, newest, first.get(i).keys());
            if (!chosen.isEmpty() && sum(chosen) + sum(part) > context.jobBytesMax()) {
                break;
            }
            chosen.addAll(part);
        }
        int below = levels.below();
        List<TableInfo> all = withOverlapped(chosen, levels.level(below));
        List<byte[]> between = new ArrayList<>(); // what lies in gaps between the parts
        for (TableInfo table : levels.level(below).tables()) {
            if (!all.contains(table)) {
                between.add(table.keys().from());
            }
        }
        return builder.merge(all, below, runOf(below), between, "level 0");
    }

    /// Merges the table that costs least, or moves those that overlap nothing.
    private static CompactionPlan fromLevel(int level, Levels levels, PlanBuilder builder) {
        RunInfo own = levels.level(level);
        RunInfo next = levels.level(level + 1);
        List<TableInfo> free = new ArrayList<>();
        TableInfo best = null;
        double bestRatio = Double.MAX_VALUE;
        long excess = level < levels.base ? Long.MAX_VALUE : own.bytes() - levels.targets[level];
        for (TableInfo table : own.tables()) {
            List<TableInfo> overlapped = next.overlapping(table.keys());
            if (builder.busy(table) || builder.anyBusy(overlapped)) {
                continue;
            }
            if (overlapped.isEmpty()) {
                if (excess > 0) {
                    free.add(table);
                    excess -= table.bytes();
                }
                continue;
            }
            double ratio = (double) sum(overlapped) / table.bytes();
            if (ratio < bestRatio) {
                best = table;
                bestRatio = ratio;
            }
        }
        if (!free.isEmpty()) {
            return builder.move(free, level + 1, runOf(level + 1), "level " + level);
        }
        if (best == null) {
            return null;
        }
        List<TableInfo> overlapped = next.overlapping(best.keys());
        List<TableInfo> upper = own.overlapping(KeySpan.hull(overlapped));
        boolean same =
                next.overlapping(KeySpan.hull(upper)).size() == overlapped.size()
                        && !builder.anyBusy(upper);
        return builder.merge(
                withOverlapped(same ? upper : List.of(best), next),
                level + 1,
                runOf(level + 1),
                List.of(),
                "level " + level);
    }

    /// While what is below is busy, level 0 is kept from growing without bound.
    private static CompactionPlan withinZero(Levels levels, LevelView view, PlanBuilder builder) {
        int to = 0;
        while (to < levels.zero.size() && !builder.anyBusy(levels.zero.get(to).tables())) {
            to++;
        }
        if (to < RUNS_TO_MERGE) {
            return null;
        }
        List<TableInfo> tables =
                view.closed(levels.zero.get(to - 1).id(), levels.zero.getFirst().id(), KeySpan.ALL);
        return builder.merge(tables, 0, tables.getLast().run(), List.of(), "within level 0");
    }

    private static List<TableInfo> withOverlapped(List<TableInfo> tables, RunInfo below) {
        List<TableInfo> all = new ArrayList<>(tables);
        for (TableInfo table : below.tables()) {
            if (tables.stream().anyMatch(table::overlaps)) {
                all.add(table);
            }
        }
        return all;
    }

    private static long sum(List<TableInfo> tables) {
        long bytes = 0;
        for (TableInfo table : tables) {
            bytes += table.bytes();
        }
        return bytes;
    }

    @Override
    public CompactionPlan pickAtRest(LevelView view, PickContext context) {
        Slices slices = Slices.of(view, context);
        for (int i = 0; i < slices.count(); i++) {
            if (RestRule.isDue(view, slices, slices.span(i))) {
                CompactionPlan plan = planRange(view, context, slices.span(i));
                if (plan != null) {
                    return plan;
                }
            }
        }
        return null;
    }

    @Override
    public CompactionPlan planRange(LevelView view, PickContext context, KeySpan span) {
        var builder = new PlanBuilder(view, context);
        Slices slices = Slices.of(view, context);
        for (int i = 0; i < slices.count(); i++) {
            if (!slices.span(i).overlaps(span)) {
                continue;
            }
            KeySpan part = slices.span(i).within(span);
            List<TableInfo> tables = view.closed(0, Long.MAX_VALUE, part);
            if (!tables.isEmpty()) {
                CompactionPlan plan =
                        RangeRule.merge(
                                builder, context, tables, LEVELS, runOf(LEVELS), slices.bounds());
                if (plan != null) {
                    return plan;
                }
            }
        }
        return null;
    }

    @Override
    public Debt debt(LevelView view, PickContext context) {
        Levels levels = Levels.of(view, context);
        long bytes = 0;
        if (levels.zero.size() >= RUNS_TO_MERGE) {
            for (RunInfo run : levels.zero) {
                bytes += run.bytes();
            }
        }
        for (int level = 1; level < LEVELS; level++) {
            long over = levels.level(level).bytes() - levels.targets[level];
            bytes += Math.max(0, over);
        }
        return new Debt(bytes, view.layers().size());
    }
}
