package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Picks tables that are mostly tombstones or what has expired, or whose tombstones stood in the
/// way of cursors, and everything that is older and overlaps: so the tombstones go, and what they
/// delete.
///
/// What would have to be read beside the table must be in proportion to it; else the tombstones
/// wait for the compactions that come anyway.
///
/// Thread safety: one thread.
final class TombstoneRule {
    private static final long BYTES_FACTOR = 16;
    private static final long BYTES_FACTOR_MET = 64; // where cursors meet them
    private static final long MET_MIN = 10_000; // tombstones that cursors passed
    private static final long MET_FACTOR = 4; // times each of the table's tombstones was passed

    private final LevelView view;
    private final PickContext context;
    private final CompactionPicker picker;

    TombstoneRule(LevelView view, PickContext context, CompactionPicker picker) {
        this.view = view;
        this.context = context;
        this.picker = picker;
    }

    CompactionPlan pick() {
        List<TableInfo> heavy = new ArrayList<>();
        for (RunInfo run : view.runs()) {
            for (TableInfo table : run.tables()) {
                if (table.mostlyTombstones(context.expiryHorizon()) || met(table)) {
                    heavy.add(table);
                }
            }
        }
        heavy.sort(
                Comparator.comparingLong(TableInfo::tombstonesMet)
                        .thenComparingLong(table -> table.tombstones() + table.rangeTombstones())
                        .reversed()
                        .thenComparingLong(TableInfo::number));
        var builder = new PlanBuilder(view, context);
        for (TableInfo table : heavy) {
            List<TableInfo> tables = view.closed(0, table.run(), table.keys());
            long bytes = 0;
            for (TableInfo each : tables) {
                bytes += each.bytes();
            }
            long factor = met(table) ? BYTES_FACTOR_MET : BYTES_FACTOR;
            if (bytes / factor <= table.bytes() && picker.mayMerge(tables, context)) {
                TableInfo oldest = tables.getLast();
                CompactionPlan plan =
                        builder.rewrite(
                                tables, oldest.level(), oldest.run(), List.of(), "tombstones");
                if (plan != null) {
                    return plan;
                }
            }
        }
        return null;
    }

    private static boolean met(TableInfo table) {
        long own = table.tombstones() + table.rangeTombstones();
        return own > 0
                && table.tombstonesMet() >= MET_MIN
                && table.tombstonesMet() / MET_FACTOR >= own;
    }
}
