package dev.kvarts.lsm;

import java.util.List;

/// Compaction of a range of keys because somebody asks for it: slice by slice, everything that
/// overlaps it becomes one run without tombstones.
final class RangeRule {
    private RangeRule() {}

    /// The next step; null if there is none.
    static CompactionPlan plan(LevelView view, PickContext context, KeySpan span, Slices slices) {
        var builder = new PlanBuilder(view, context);
        for (int i = 0; i < slices.count(); i++) {
            KeySpan slice = slices.span(i);
            if (slice.overlaps(span)) {
                List<TableInfo> tables = view.closed(0, Long.MAX_VALUE, slice.within(span));
                if (!done(tables, context)) {
                    TableInfo oldest = tables.getLast();
                    CompactionPlan plan =
                            merge(
                                    builder,
                                    context,
                                    tables,
                                    oldest.level(),
                                    oldest.run(),
                                    slices.bounds());
                    if (plan != null) {
                        return plan;
                    }
                }
            }
        }
        return null;
    }

    /// Merges them; tables with tombstones, or with what has expired, that overlap no other are
    /// written anew, too.
    static CompactionPlan merge(
            PlanBuilder builder,
            PickContext context,
            List<TableInfo> tables,
            int level,
            long run,
            List<byte[]> bounds) {
        CompactionPlan plan = builder.merge(tables, level, run, bounds, "range");
        if (plan != null) {
            return plan;
        }
        for (TableInfo table : tables) {
            if (table.run() == run && hasTombstones(table, context)) {
                plan = builder.rewrite(List.of(table), level, run, List.of(), "range");
                if (plan != null) {
                    return plan;
                }
            }
        }
        return null;
    }

    private static boolean hasTombstones(TableInfo table, PickContext context) {
        return table.tombstones() + table.rangeTombstones() > 0
                || table.anyExpired(context.expiryHorizon());
    }

    /// Whether they are one run without tombstones already.
    private static boolean done(List<TableInfo> tables, PickContext context) {
        for (TableInfo table : tables) {
            if (table.run() != tables.getFirst().run() || hasTombstones(table, context)) {
                return false;
            }
        }
        return true;
    }
}
