package dev.kvarts.lsm;

import dev.kvarts.api.Compaction;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Decides which tables are merged next.
///
/// Pickers keep nothing: the plan follows from the tables alone. So a compaction that was cut off
/// by a crash is picked again, and one strategy goes on from any shape that another has left.
///
/// Thread safety: immutable.
sealed interface CompactionPicker
        permits UnifiedPicker, LeveledPicker, SizeTieredPicker, TimeWindowPicker {
    static CompactionPicker of(Compaction strategy) {
        return switch (strategy) {
            case UNIFIED -> new UnifiedPicker();
            case LEVELED -> new LeveledPicker();
            case SIZE_TIERED -> new SizeTieredPicker();
            case TIME_WINDOW -> new TimeWindowPicker();
        };
    }

    /// What is to be done next, null if nothing. Several plans may be carried out at once, if each
    /// was picked with the others in [PickContext#running].
    default CompactionPlan pick(LevelView view, PickContext context) {
        var expiry = new ExpiryRule(view, context);
        CompactionPlan plan = expiry.pickGone();
        if (plan == null) {
            plan = pickBySize(view, context);
        }
        if (plan == null) {
            plan = new TombstoneRule(view, context, this).pick();
        }
        return plan != null ? plan : expiry.pickMostlyGone();
    }

    /// Without regard to tombstones and to what has expired.
    CompactionPlan pickBySize(LevelView view, PickContext context);

    /// What is to be done when there is nothing else to do and nobody writes: what would not pay
    /// while more may come, but saves space and reads from then on. Null if nothing.
    default CompactionPlan pickAtRest(LevelView view, PickContext context) {
        return null;
    }

    /// The next step towards the span's tables being one run without tombstones; null if there is
    /// none, or none that does not have to wait for a running plan.
    CompactionPlan planRange(LevelView view, PickContext context, KeySpan span);

    /// What waits to be compacted.
    Debt debt(LevelView view, PickContext context);

    /// Whether these tables may become one.
    default boolean mayMerge(Collection<TableInfo> tables, PickContext context) {
        return !tables.isEmpty();
    }

    /// Ascending keys at which a flush should begin a new table, so that large compactions can be
    /// divided by keys; none while no run has two tables.
    default List<byte[]> cuts(LevelView view, PickContext context, long flushBytes) {
        return List.of();
    }

    /// Each table written anew where it stands: for what follows pointers on the way. Tables of
    /// running plans are left out.
    static List<CompactionPlan> planRewrite(
            LevelView view, PickContext context, Collection<TableInfo> tables) {
        var builder = new PlanBuilder(view, context);
        List<CompactionPlan> plans = new ArrayList<>();
        for (TableInfo table : tables) {
            CompactionPlan plan =
                    builder.rewrite(
                            List.of(table),
                            table.level(),
                            table.run(),
                            List.of(),
                            "values reclaimed");
            if (plan != null) {
                plans.add(plan);
            }
        }
        return plans;
    }
}
