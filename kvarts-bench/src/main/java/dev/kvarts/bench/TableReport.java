package dev.kvarts.bench;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/// Results as aligned text for a terminal. A figure that no store of a workload knows gets no
/// column.
final class TableReport {
    private final Results results;
    private final StringBuilder text = new StringBuilder();

    private TableReport(Results results) {
        this.results = results;
    }

    static String of(Results results) {
        var report = new TableReport(results);
        report.head();
        results.workloads().forEach(report::workload);
        results.ours().forEach(report::ratios);
        report.limits();
        return report.text.toString();
    }

    private void head() {
        Settings settings = results.settings();
        results.machine()
                .facts()
                .forEach((name, fact) -> text.append(name).append(": ").append(fact).append("; "));
        text.append('\n')
                .append(
                        String.format(
                                Locale.ROOT,
                                "%,d entries, keys of 16 bytes, values of %,d, %d thread(s), memory"
                                        + " %,d MiB, sync interval of kvarts: %s%n",
                                settings.num,
                                settings.valueSize,
                                settings.threads,
                                settings.memoryBytes >> 20,
                                settings.syncIntervalMillis == 0
                                        ? "off"
                                        : settings.syncIntervalMillis + " ms"));
        text.append(
                "median of the rounds [min-max]; latency of timed operations only, in a closed"
                        + " loop\n");
        results.skipped()
                .forEach(
                        (store, reason) ->
                                text.append(store.label())
                                        .append(" is missing: ")
                                        .append(reason)
                                        .append('\n'));
    }

    private void workload(Workload workload) {
        var figures = EnumSet.noneOf(Figure.class);
        for (Figure figure : Figure.values()) {
            for (StoreKind store : results.stores()) {
                if (results.spread(store, workload, figure).known()) {
                    figures.add(figure);
                }
            }
        }
        var table = new TextTable();
        var title = new ArrayList<String>();
        title.add(workload.label());
        figures.forEach(figure -> title.add(figure.title));
        table.row(title);
        for (StoreKind store : results.stores()) {
            if (!results.spread(store, workload, Figure.OPS).known()) {
                continue;
            }
            var row = new ArrayList<String>();
            row.add(store.label());
            for (Figure figure : figures) {
                Spread spread = results.spread(store, workload, figure);
                String cell = figure.format(spread.median());
                if (figure == Figure.OPS && spread.min() != spread.max()) {
                    cell +=
                            " ["
                                    + figure.format(spread.min())
                                    + "-"
                                    + figure.format(spread.max())
                                    + "]";
                }
                row.add(cell);
            }
            table.row(row);
        }
        text.append('\n').append(table);
    }

    /// What `store` does in relation to each rival.
    private void ratios(StoreKind store) {
        List<StoreKind> rivals = results.rivals();
        if (rivals.isEmpty()) {
            return;
        }
        var table = new TextTable();
        var title = new ArrayList<String>();
        title.add(store.label() + " is ... times");
        rivals.forEach(rival -> title.add(rival.label()));
        table.row(title);
        for (Workload workload : results.workloads()) {
            var row = new ArrayList<String>();
            row.add(workload.label());
            for (StoreKind rival : rivals) {
                Spread ratio = results.ratio(store, rival, workload);
                row.add(Targets.describe(results.settings(), store, workload, rival, ratio));
            }
            table.row(row);
        }
        var last = new ArrayList<String>();
        last.add("geometric mean");
        for (StoreKind rival : rivals) {
            double overall = results.overallRatio(store, rival);
            last.add(Double.isNaN(overall) ? "" : String.format(Locale.ROOT, "%.2fx", overall));
        }
        table.row(last);
        text.append('\n').append(table);
    }

    private void limits() {
        List<Finding> limits = Targets.limits(results);
        if (!limits.isEmpty()) {
            text.append('\n').append(Finding.table(limits));
        }
    }

    static String ratio(Spread ratio) {
        if (!ratio.known()) {
            return "";
        }
        return ratio.min() == ratio.max()
                ? String.format(Locale.ROOT, "%.2fx", ratio.median())
                : String.format(
                        Locale.ROOT, "%.2fx [%.2f-%.2f]", ratio.median(), ratio.min(), ratio.max());
    }
}
