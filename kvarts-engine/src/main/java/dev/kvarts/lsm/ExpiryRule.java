package dev.kvarts.lsm;

import java.util.List;
import java.util.function.Predicate;

/// Picks tables of which much has expired.
///
/// One of which everything is gone goes as a whole, unread, if nothing older lies under it. One of
/// which most is gone is written anew alone if [TombstoneRule] did not find it worth to merge it
/// with what is older: what has expired becomes tombstones then, and its values are free.
///
/// Thread safety: one thread.
final class ExpiryRule {
    private final LevelView view;
    private final PickContext context;
    private final PlanBuilder builder;

    ExpiryRule(LevelView view, PickContext context) {
        this.view = view;
        this.context = context;
        this.builder = new PlanBuilder(view, context);
    }

    /// A table that can be dropped; null if there is none.
    CompactionPlan pickGone() {
        return pick(
                table ->
                        table.isGone(context.expiryHorizon())
                                && view.overlapping(0, table.run() - 1, table.keys()).isEmpty());
    }

    /// A table of which most has expired; null if there is none.
    CompactionPlan pickMostlyGone() {
        return pick(table -> 2 * table.expired(context.expiryHorizon()) > table.entries());
    }

    private CompactionPlan pick(Predicate<TableInfo> wanted) {
        for (RunInfo run : view.runs()) {
            for (TableInfo table : run.tables()) {
                if (table.expiries().count() != 0 && wanted.test(table)) {
                    CompactionPlan plan = rewrite(table, builder);
                    if (plan != null) {
                        return plan;
                    }
                }
            }
        }
        return null;
    }

    static CompactionPlan rewrite(TableInfo table, PlanBuilder builder) {
        return builder.rewrite(List.of(table), table.level(), table.run(), List.of(), "expired");
    }
}
