package dev.kvarts.bench;

import java.util.ArrayList;
import java.util.List;

/// One of several runs that are compared: the same stores with other settings, or others.
record Variant(String name, Settings settings, List<StoreKind> stores, List<Workload> workloads) {
    Variant {
        stores = List.copyOf(stores);
        workloads = List.copyOf(workloads);
    }

    /// Bytes of one key and value.
    int entryBytes() {
        return Keys.SIZE + settings.valueSize;
    }

    /// A variant and what it gave.
    record Outcome(Variant variant, Results results) {
        /// The median of the rounds; NaN when it is not known.
        double median(StoreKind store, Workload workload, Figure figure) {
            return results.spread(store, workload, figure).median();
        }

        /// As [#median] in a table.
        String cell(StoreKind store, Workload workload, Figure figure) {
            return figure.format(median(store, workload, figure));
        }

        /// A line for each variant, workload and store, then what each store of ours is in relation
        /// to each rival, beside its target.
        static String table(List<Outcome> outcomes, List<Figure> figures) {
            var table = new TextTable();
            var title = new ArrayList<>(List.of("", "", ""));
            figures.forEach(figure -> title.add(figure.title));
            table.row(title);
            outcomes.forEach(outcome -> outcome.lines(figures, table));
            var ratios = new TextTable();
            ratios.row(List.of("ops/s in relation to"));
            outcomes.forEach(outcome -> outcome.ratios(ratios));
            var limits = new ArrayList<Finding>();
            for (Outcome outcome : outcomes) {
                Targets.limits(outcome.results()).stream()
                        .map(finding -> finding.of(outcome.variant().name()))
                        .forEach(limits::add);
            }
            return table
                    + (outcomes.stream().allMatch(o -> o.results().rivals().isEmpty())
                            ? ""
                            : "\n" + ratios)
                    + (limits.isEmpty() ? "" : "\n" + Finding.table(limits));
        }

        private void lines(List<Figure> figures, TextTable table) {
            for (Workload workload : results.workloads()) {
                for (StoreKind store : results.stores()) {
                    if (!results.spread(store, workload, Figure.OPS).known()) {
                        continue;
                    }
                    var cells = new ArrayList<String>();
                    cells.add(variant.name());
                    cells.add(workload.label());
                    cells.add(store.label());
                    figures.forEach(figure -> cells.add(cell(store, workload, figure)));
                    table.row(cells);
                }
            }
        }

        private void ratios(TextTable table) {
            for (Workload workload : results.workloads()) {
                for (StoreKind store : results.ours()) {
                    for (StoreKind rival : results.rivals()) {
                        Spread ratio = results.ratio(store, rival, workload);
                        table.row(
                                List.of(
                                        variant.name(),
                                        workload.label(),
                                        store.label(),
                                        rival.label(),
                                        Targets.describe(
                                                variant.settings(),
                                                store,
                                                workload,
                                                rival,
                                                ratio)));
                    }
                }
            }
        }

        /// The longest write stall of all rounds, in milliseconds; NaN when nothing was written.
        double stallMillis(StoreKind store) {
            return results.workloads().stream()
                    .map(workload -> results.spread(store, workload, Figure.STALL))
                    .filter(Spread::known)
                    .mapToDouble(Spread::max)
                    .max()
                    .orElse(Double.NaN);
        }
    }
}
