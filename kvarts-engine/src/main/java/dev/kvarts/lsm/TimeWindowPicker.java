package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Size-tiered within windows of time, never across: a table belongs to the window in which its
/// newest entry was written, and a window that is over becomes one run.
///
/// Runs are as many as windows. Reads of a series that name its time find few of them in their way,
/// because its keys begin with it.
///
/// Where another strategy has left tables of different windows mixed by age, only neighbours that
/// have nothing of another window between them are merged.
///
/// Thread safety: immutable.
final class TimeWindowPicker implements CompactionPicker {
    @Override
    public CompactionPlan pickBySize(LevelView view, PickContext context) {
        var windows = windows(view, context);
        for (var window : windows.entrySet()) {
            List<RunInfo> runs = window.getValue();
            boolean over = window.getKey() < windowOf(context.nowMillis(), context);
            CompactionPlan plan =
                    over
                            ? wholeWindow(runs, view, context, this)
                            : SizeTieredPicker.pick(runs, view, context, this);
            if (plan != null) {
                return plan;
            }
        }
        return null;
    }

    /// Runs of each window, the newest first; the latest window first.
    private static Map<Long, List<RunInfo>> windows(LevelView view, PickContext context) {
        var windows = new TreeMap<Long, List<RunInfo>>(Comparator.reverseOrder());
        for (RunInfo run : view.runs()) {
            var parts = new TreeMap<Long, List<TableInfo>>();
            for (TableInfo table : run.tables()) {
                parts.computeIfAbsent(
                                windowOf(table.newestMillis(), context), _ -> new ArrayList<>())
                        .add(table);
            }
            parts.forEach(
                    (window, tables) ->
                            windows.computeIfAbsent(window, _ -> new ArrayList<>())
                                    .add(new RunInfo(run.id(), tables)));
        }
        return windows;
    }

    private static long windowOf(long millis, PickContext context) {
        return Math.floorDiv(millis, context.windowMillis());
    }

    /// Merges as many neighbouring runs of a window as can be, the newest first.
    private static CompactionPlan wholeWindow(
            List<RunInfo> runs, LevelView view, PickContext context, CompactionPicker picker) {
        var builder = new PlanBuilder(view, context);
        for (int from = 0; from < runs.size() - 1; from++) {
            for (int to = runs.size(); to > from + 1; to--) {
                CompactionPlan plan =
                        SizeTieredPicker.merge(
                                runs.subList(from, to), view, context, builder, picker);
                if (plan != null) {
                    return plan;
                }
            }
        }
        return null;
    }

    @Override
    public boolean mayMerge(Collection<TableInfo> tables, PickContext context) {
        return tables.stream()
                        .mapToLong(table -> windowOf(table.newestMillis(), context))
                        .distinct()
                        .count()
                == 1;
    }

    @Override
    public CompactionPlan planRange(LevelView view, PickContext context, KeySpan span) {
        var builder = new PlanBuilder(view, context);
        for (List<RunInfo> runs : windows(view, context).values()) {
            for (RunInfo run : runs) {
                for (TableInfo table : run.overlapping(span)) {
                    CompactionPlan plan = around(table, runs, view, context, builder);
                    if (plan != null) {
                        return plan;
                    }
                }
            }
        }
        return null;
    }

    /// Merges a table with all that is older in its window and overlaps it.
    private CompactionPlan around(
            TableInfo table,
            List<RunInfo> runs,
            LevelView view,
            PickContext context,
            PlanBuilder builder) {
        for (RunInfo oldest : runs.reversed()) {
            if (oldest.id() <= table.run()) {
                List<TableInfo> tables = view.closed(oldest.id(), table.run(), table.keys());
                if (mayMerge(tables, context)) {
                    TableInfo last = tables.getLast();
                    if (tables.size() > 1) {
                        return RangeRule.merge(
                                builder, context, tables, last.level(), last.run(), List.of());
                    }
                    return table.anyExpired(context.expiryHorizon())
                            ? ExpiryRule.rewrite(table, builder)
                            : null;
                }
            }
        }
        return null;
    }

    @Override
    public Debt debt(LevelView view, PickContext context) {
        long bytes = 0;
        for (var window : windows(view, context).entrySet()) {
            List<RunInfo> runs = window.getValue();
            if (window.getKey() >= windowOf(context.nowMillis(), context)) {
                bytes += SizeTieredPicker.bytesWished(runs, context);
            } else if (runs.size() > 1) {
                bytes += runs.stream().mapToLong(RunInfo::bytes).sum();
            }
        }
        return new Debt(bytes, view.layers().size());
    }
}
