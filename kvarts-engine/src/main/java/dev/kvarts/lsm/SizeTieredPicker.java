package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.List;

/// Merges four or more neighbouring runs of like size, and nothing else: each byte is written once
/// per power of four of the data, reads look into up to three runs per tier.
///
/// Thread safety: immutable.
final class SizeTieredPicker implements CompactionPicker {
    private static final int FANOUT = 4;
    private static final int RUNS_MAX = 32;

    @Override
    public CompactionPlan pickBySize(LevelView view, PickContext context) {
        return pick(view.runs(), view, context, this);
    }

    /// Out of the runs that are given, the newest first.
    static CompactionPlan pick(
            List<RunInfo> runs, LevelView view, PickContext context, CompactionPicker picker) {
        var builder = new PlanBuilder(view, context);
        int from = 0;
        for (int to = 0; to <= runs.size(); to++) { // between busy ones each by itself
            if (to == runs.size() || builder.anyBusy(runs.get(to).tables())) {
                List<RunInfo> part = runs.subList(from, to);
                for (TierRule.Stretch stretch : wishes(part, context)) {
                    List<RunInfo> chosen = part.subList(stretch.from(), stretch.to() + 1);
                    CompactionPlan plan = merge(chosen, view, context, builder, picker);
                    if (plan != null) {
                        return plan;
                    }
                }
                from = to + 1;
            }
        }
        return null;
    }

    private static List<TierRule.Stretch> wishes(List<RunInfo> runs, PickContext context) {
        return rule(context).pick(runs.stream().mapToLong(RunInfo::bytes).toArray(), false);
    }

    private static TierRule rule(PickContext context) {
        return new TierRule(FANOUT, false, context.memoryStoreBytes(), RUNS_MAX);
    }

    /// Makes one run of these and whatever lies between them; null if that may not be.
    ///
    /// @param runs neighbours, the newest first
    static CompactionPlan merge(
            List<RunInfo> runs,
            LevelView view,
            PickContext context,
            PlanBuilder builder,
            CompactionPicker picker) {
        List<TableInfo> own = new ArrayList<>();
        long bytes = 0;
        for (RunInfo run : runs) {
            own.addAll(run.tables());
            bytes += run.bytes();
        }
        List<TableInfo> tables =
                view.closed(runs.getLast().id(), runs.getFirst().id(), KeySpan.hull(own));
        if (!picker.mayMerge(tables, context)) {
            return null;
        }
        int level = Math.max(1, 1 + rule(context).tier(bytes));
        return builder.merge(tables, level, tables.getLast().run(), List.of(), "tier");
    }

    @Override
    public CompactionPlan planRange(LevelView view, PickContext context, KeySpan span) {
        return RangeRule.plan(view, context, span, Slices.of(view, context));
    }

    @Override
    public Debt debt(LevelView view, PickContext context) {
        return new Debt(bytesWished(view.runs(), context), view.layers().size());
    }

    static long bytesWished(List<RunInfo> runs, PickContext context) {
        List<TierRule.Stretch> wishes = wishes(runs, context);
        long bytes = 0;
        if (!wishes.isEmpty()) {
            TierRule.Stretch stretch = wishes.getFirst();
            for (RunInfo run : runs.subList(stretch.from(), stretch.to() + 1)) {
                bytes += run.bytes();
            }
        }
        return bytes;
    }
}
