package dev.kvarts.bench;

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
