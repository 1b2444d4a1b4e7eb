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
        report.ratios();
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
        var rows = new ArrayList<List<String>>();
        var title = new ArrayList<String>();
        title.add(workload.label());
        figures.forEach(figure -> title.add(figure.title));
        rows.add(title);
        for (StoreKind store : results.stores()) {
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
            rows.add(row);
        }
        table(rows);
    }

    private void ratios() {
        List<StoreKind> rivals =
                results.stores().stream().filter(store -> store != StoreKind.KVARTS).toList();
        if (!results.stores().contains(StoreKind.KVARTS) || rivals.isEmpty()) {
            return;
        }
        var rows = new ArrayList<List<String>>();
        var title = new ArrayList<String>();
        title.add("kvarts is ... times");
        rivals.forEach(rival -> title.add(rival.label()));
        rows.add(title);
        for (Workload workload : results.workloads()) {
            var row = new ArrayList<String>();
            row.add(workload.label());
            rivals.forEach(
                    rival ->
                            row.add(
                                    Targets.describe(
                                            results.settings(),
                                            workload,
                                            rival,
                                            results.ratio(StoreKind.KVARTS, rival, workload))));
            rows.add(row);
        }
        var last = new ArrayList<String>();
        last.add("geometric mean");
        rivals.forEach(
                rival ->
                        last.add(
                                String.format(
                                        Locale.ROOT,
                                        "%.2fx",
                                        results.overallRatio(StoreKind.KVARTS, rival))));
        rows.add(last);
        table(rows);
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

    private void table(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] width = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                width[i] = Math.max(width[i], row.get(i).length());
            }
        }
        text.append('\n');
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                String cell = row.get(i);
                String padding = " ".repeat(width[i] - cell.length());
                text.append(i == 0 ? cell + padding : "  " + padding + cell);
            }
            text.append('\n');
        }
    }
}
