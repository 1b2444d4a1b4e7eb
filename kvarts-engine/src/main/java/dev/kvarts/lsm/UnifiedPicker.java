package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Tiered above, leveled at the end: the default.
///
/// After Cassandra's unified compaction (CEP-26): runs are grouped by their density, the bytes that
/// they have in a slice of the keys, and each slice is compacted by itself. Tiers of four runs are
/// merged; what reaches the last run joins it ([TierRule]). A keyspace that one job can read is one
/// slice. Outputs are cut at the places where slices begin, or will when there are more of them, so
/// that the large merges into the last run are done slice by slice, each with its own installation
/// and little space.
///
/// Tables that reach over the ends of a slice draw in what they overlap beyond, and that may do so
/// again: where this is more than a job may read, they are cut there first, one after the other.
/// Where a slice by itself has too much for a merge that goes on into the last run, only the tier
/// is merged.
///
/// Thread safety: immutable.
final class UnifiedPicker implements CompactionPicker {
    private static final int FANOUT = 4;
    private static final int RUNS_MAX = 12;

    /// What one slice would have merged: stretches of ages, the best first.
    private record Wish(int runs, long bytes, List<Stretch> stretches) {}

    private record Stretch(KeySpan slice, long oldest, long newest, long bytes) {}

    /// What a run has in a slice.
    private record Part(long run, long bytes, boolean busy) {}

    @Override
    public CompactionPlan pickBySize(LevelView view, PickContext context) {
        Slices slices = Slices.of(view, context);
        var builder = new PlanBuilder(view, context);
        List<Wish> wishes = wishes(view, context, slices, builder);
        wishes.sort(Comparator.comparingInt(Wish::runs).reversed().thenComparingLong(Wish::bytes));
        for (Wish wish : wishes) {
            CompactionPlan plan = plan(view, context, slices, builder, wish.stretches, "tier");
            if (plan != null) {
                return plan;
            }
        }
        return null;
    }

    private static TierRule rule(PickContext context, Slices slices) {
        long unit = Math.max(1, context.memoryStoreBytes() / slices.count());
        return new TierRule(FANOUT, true, unit, RUNS_MAX);
    }

    private static List<Wish> wishes(
            LevelView view, PickContext context, Slices slices, PlanBuilder builder) {
        TierRule rule = rule(context, slices);
        List<Wish> wishes = new ArrayList<>();
        for (int i = 0; i < slices.count(); i++) {
            KeySpan slice = slices.span(i);
            List<Part> parts = parts(view, slices, slice, builder);
            int from = 0;
            for (int to = 0; to <= parts.size(); to++) { // between busy ones each by itself
                if (to == parts.size() || parts.get(to).busy) {
                    wish(rule, slice, parts, from, to, wishes);
                    from = to + 1;
                }
            }
        }
        return wishes;
    }

    private static void wish(
            TierRule rule, KeySpan slice, List<Part> parts, int from, int to, List<Wish> wishes) {
        long[] bytes = parts.subList(from, to).stream().mapToLong(Part::bytes).toArray();
        List<Stretch> stretches = new ArrayList<>();
        for (TierRule.Stretch stretch : rule.pick(bytes, to == parts.size())) {
            long sum = 0;
            for (int i = stretch.from(); i <= stretch.to(); i++) {
                sum += bytes[i];
            }
            stretches.add(
                    new Stretch(
                            slice,
                            parts.get(from + stretch.to()).run,
                            parts.get(from + stretch.from()).run,
                            sum));
        }
        if (!stretches.isEmpty()) {
            wishes.add(new Wish(parts.size(), stretches.getFirst().bytes, stretches));
        }
    }

    private static List<Part> parts(
            LevelView view, Slices slices, KeySpan slice, PlanBuilder builder) {
        List<Part> parts = new ArrayList<>();
        for (RunInfo run : view.runs()) {
            List<TableInfo> tables = run.overlapping(slice);
            if (!tables.isEmpty()) {
                parts.add(new Part(run.id(), slices.bytesEach(tables), builder.anyBusy(tables)));
            }
        }
        return parts;
    }

    /// The first of the stretches that a job can take; null if none, or if running plans are in the
    /// way.
    private static CompactionPlan plan(
            LevelView view,
            PickContext context,
            Slices slices,
            PlanBuilder builder,
            List<Stretch> stretches,
            String reason) {
        long bytesMax = slices.count() == 1 ? Long.MAX_VALUE : context.jobBytesMax();
        for (Stretch stretch : stretches) {
            List<TableInfo> tables = view.closed(stretch.oldest, stretch.newest, stretch.slice);
            boolean fits = tables.stream().mapToLong(TableInfo::bytes).sum() <= bytesMax;
            boolean least = stretch.equals(stretches.getLast());
            CompactionPlan plan = null;
            if (!fits && (least || stretch.bytes <= bytesMax)) {
                plan = cut(builder, stretch.slice, tables);
            }
            if (plan == null && (fits || least)) {
                plan = merge(context, slices, builder, stretch, tables, reason);
            }
            if (plan != null) {
                return plan;
            }
        }
        return null;
    }

    /// Writes one of the tables that reach over an end of the slice anew, in pieces; null if none
    /// does.
    private static CompactionPlan cut(PlanBuilder builder, KeySpan slice, List<TableInfo> tables) {
        for (TableInfo table : tables) {
            List<byte[]> ends = new ArrayList<>();
            if (Arrays.compareUnsigned(table.keys().from(), slice.from()) < 0) {
                ends.add(slice.from());
            }
            if (KeySpan.compareEnds(table.keys().to(), slice.to()) > 0) {
                ends.add(slice.to());
            }
            boolean outside = !table.keys().overlaps(slice); // drawn in by another
            CompactionPlan plan =
                    ends.isEmpty() || outside
                            ? null
                            : builder.rewrite(
                                    List.of(table), table.level(), table.run(), ends, "cut");
            if (plan != null) {
                return plan;
            }
        }
        return null;
    }

    private static CompactionPlan merge(
            PickContext context,
            Slices slices,
            PlanBuilder builder,
            Stretch stretch,
            List<TableInfo> tables,
            String reason) {
        long spread = stretch.bytes * slices.count(); // as if it were everywhere
        int level = Math.max(1, 1 + rule(context, slices).tier(stretch.bytes));
        return builder.merge(
                tables,
                level,
                tables.getLast().run(),
                slices.cuts(spread, context.targetTableBytes() / 2),
                reason);
    }

    @Override
    public CompactionPlan pickAtRest(LevelView view, PickContext context) {
        Slices slices = Slices.of(view, context);
        var builder = new PlanBuilder(view, context);
        for (int i = 0; i < slices.count(); i++) {
            KeySpan slice = slices.span(i);
            if (RestRule.isDue(view, slices, slice)) {
                List<Part> parts = parts(view, slices, slice, builder);
                long bytes = parts.stream().mapToLong(Part::bytes).sum();
                long oldest = parts.getLast().run;
                var all = new Stretch(slice, oldest, parts.getFirst().run, bytes);
                CompactionPlan plan = plan(view, context, slices, builder, List.of(all), "rest");
                if (plan != null) {
                    return plan;
                }
            }
        }
        return null;
    }

    @Override
    public CompactionPlan planRange(LevelView view, PickContext context, KeySpan span) {
        return RangeRule.plan(view, context, span, Slices.of(view, context));
    }

    @Override
    public List<byte[]> cuts(LevelView view, PickContext context, long flushBytes) {
        return Slices.of(view, context).cuts(flushBytes, context.targetTableBytes() / 2);
    }

    @Override
    public Debt debt(LevelView view, PickContext context) {
        Slices slices = Slices.of(view, context);
        long bytes = 0;
        for (Wish wish : wishes(view, context, slices, new PlanBuilder(view, context))) {
            bytes += wish.bytes;
        }
        return new Debt(bytes, view.layers().size());
    }
}
