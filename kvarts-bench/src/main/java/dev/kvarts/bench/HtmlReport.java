package dev.kvarts.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Results as one page with plots and tables; it loads nothing.
final class HtmlReport {
    private static final String STYLE =
            """
            :root { color-scheme: light; }
            body { font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #333a45; background: #f5f6f8;
                   margin: 0; }
            main { max-width: 1180px; margin: 0 auto; padding: 24px; }
            h1 { font-size: 26px; margin: 8px 0 2px; } h2 { font-size: 19px; margin: 0 0 10px; }
            section { background: #fff; border: 1px solid #e3e6ea; border-radius: 8px; padding: 18px 22px;
                      margin: 18px 0; overflow-x: auto; }
            svg { max-width: 100%; height: auto; display: block; }
            table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
            th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid #eef0f3;
                     white-space: nowrap; }
            th { font-weight: 600; color: #5b6472; } th:first-child, td:first-child { text-align: left; }
            tr.kvarts td { background: #e9f3f8; font-weight: 600; }
            small, .range { color: #7a8391; font-weight: 400; font-size: 12px; }
            dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 0; }
            dt { color: #5b6472; } dd { margin: 0; }
            """;

    private final Results results;
    private final StringBuilder page = new StringBuilder();

    private HtmlReport(Results results) {
        this.results = results;
    }

    static String of(Results results) {
        var report = new HtmlReport(results);
        report.write();
        return report.page.toString();
    }

    private void write() {
        page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width\">")
                .append("<title>Kvarts: benchmark</title><style>\n")
                .append(STYLE)
                .append("</style></head><body><main>\n<h1>Kvarts and its rivals</h1>\n<p>")
                .append(escape(circumstances(results.settings())))
                .append("</p>\n");
        results.ours().forEach(this::ratios);
        plot("Operations per second", Figure.OPS);
        plot("99.9th percentile of latency, microseconds", Figure.P999);
        plot("Longest write stall, milliseconds", Figure.STALL);
        plot("Write amplification, store", Figure.WA_STORE);
        plot("Write amplification, device", Figure.WA_DEVICE);
        plot("CPU", Figure.CPU);
        plot("Memory for finding a key, bytes", Figure.INDEX);
        plot("Space", Figure.SPACE);
        results.workloads().forEach(this::workload);
        stores();
        machine();
        page.append("</main></body></html>\n");
    }

    private static String circumstances(Settings settings) {
        return String.format(
                Locale.ROOT,
                "%,d entries, keys of 16 bytes, values of %,d bytes, half compressible; %d calling"
                    + " thread(s); %,d MiB of memory for each store. Every store ran in a JVM of"
                    + " its own, round after round on the same machine. Shown are medians of the"
                    + " rounds, with the least and the most. Percentiles are of timed operations in"
                    + " a closed loop. Background syncing of Kvarts: %s.",
                settings.num,
                settings.valueSize,
                settings.threads,
                settings.memoryBytes >> 20,
                settings.syncIntervalMillis == 0
                        ? "off, as with the rivals"
                        : "every " + settings.syncIntervalMillis + " ms");
    }

    private void ratios(StoreKind store) {
        List<StoreKind> rivals = results.rivals();
        if (rivals.isEmpty()) {
            return;
        }
        page.append("<section><h2>Operations of ")
                .append(store.label())
                .append(" per operation of a rival</h2><table><tr><th>workload</th>");
        rivals.forEach(rival -> page.append("<th>").append(rival.label()).append("</th>"));
        page.append("</tr>\n");
        for (Workload workload : results.workloads()) {
            page.append("<tr><td>").append(workload.label()).append("</td>");
            for (StoreKind rival : rivals) {
                Spread ratio = results.ratio(store, rival, workload);
                page.append("<td>");
                page.append(
                        escape(
                                Targets.describe(
                                        results.settings(), store, workload, rival, ratio)));
                page.append("</td>");
            }
            page.append("</tr>\n");
        }
        page.append("<tr class=\"kvarts\"><td>geometric mean</td>");
        rivals.forEach(
                rival ->
                        page.append(
                                String.format(
                                        Locale.ROOT,
                                        "<td>%.1f&times;</td>",
                                        results.overallRatio(store, rival))));
        page.append("</tr></table></section>\n");
    }

    private void plot(String title, Figure figure) {
        String svg =
                Plot.svg(
                        figure,
                        results.workloads(),
                        results.stores(),
                        (store, workload) -> results.spread(store, workload, figure));
        if (!svg.isEmpty()) {
            page.append("<section><h2>")
                    .append(escape(title))
                    .append(" <small>")
                    .append(escape(figure.description))
                    .append("</small></h2>")
                    .append(svg)
                    .append("</section>\n");
        }
    }

    private void workload(Workload workload) {
        var figures = new ArrayList<Figure>();
        for (Figure figure : Figure.values()) {
            if (results.stores().stream()
                    .anyMatch(store -> results.spread(store, workload, figure).known())) {
                figures.add(figure);
            }
        }
        page.append("<section><h2>")
                .append(workload.label())
                .append(" <small>")
                .append(escape(workload.description))
                .append("</small></h2><table><tr><th>store</th>");
        figures.forEach(
                figure ->
                        page.append("<th title=\"")
                                .append(escape(figure.description))
                                .append("\">")
                                .append(escape(figure.title))
                                .append("</th>"));
        page.append("</tr>\n");
        for (StoreKind store : results.stores()) {
            page.append(store.isKvarts() ? "<tr class=\"kvarts\"><td>" : "<tr><td>")
                    .append(store.label())
                    .append("</td>");
            for (Figure figure : figures) {
                Spread spread = results.spread(store, workload, figure);
                page.append("<td title=\"")
                        .append(figure.format(spread.min()))
                        .append(" .. ")
                        .append(figure.format(spread.max()))
                        .append("\">")
                        .append(figure.format(spread.median()))
                        .append("</td>");
            }
            page.append("</tr>\n");
        }
        page.append("</table></section>\n");
    }

    private void stores() {
        page.append("<section><h2>Stores</h2><dl>");
        for (StoreKind store : results.stores()) {
            define(store.label(), store.description);
        }
        results.skipped().forEach((store, reason) -> define(store.label(), "missing: " + reason));
        page.append("</dl></section>\n");
    }

    private void machine() {
        page.append("<section><h2>Machine and command</h2><dl>");
        results.machine().facts().forEach(this::define);
        String workloads =
                results.workloads().stream().map(Workload::label).collect(Collectors.joining(","));
        define(
                "command",
                "kvarts bench "
                        + String.join(" ", results.settings().arguments())
                        + " --workloads="
                        + workloads);
        page.append("</dl></section>\n");
    }

    private void define(String term, String text) {
        page.append("<dt>")
                .append(escape(term))
                .append("</dt><dd>")
                .append(escape(text))
                .append("</dd>\n");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
