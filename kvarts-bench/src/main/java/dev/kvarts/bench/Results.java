package dev.kvarts.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/// All measurements of a run and what follows from them.
///
/// @param skipped stores that could not be measured, and why
record Results(
        Settings settings,
        Machine machine,
        List<Measurement> measurements,
        Map<StoreKind, String> skipped) {
    Results {
        measurements = List.copyOf(measurements);
        skipped = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(skipped));
    }

    /// In the order in which they were run.
    List<Workload> workloads() {
        return measurements.stream().map(Measurement::workload).distinct().toList();
    }

    List<StoreKind> stores() {
        return measurements.stream().map(Measurement::store).distinct().sorted().toList();
    }

    /// Stores of ours that were measured, to be compared with [#rivals()].
    List<StoreKind> ours() {
        return stores().stream().filter(StoreKind::isKvarts).toList();
    }

    List<StoreKind> rivals() {
        return stores().stream().filter(store -> !store.isKvarts()).toList();
    }

    Spread spread(StoreKind store, Workload workload, Figure figure) {
        return Spread.of(values(store, workload).mapToDouble(m -> m.figure(figure)).toArray());
    }

    private java.util.stream.Stream<Measurement> values(StoreKind store, Workload workload) {
        return measurements.stream().filter(m -> m.store() == store && m.workload() == workload);
    }

    /// How many times as many operations per second one store makes as another.
    Spread ratio(StoreKind store, StoreKind rival, Workload workload) {
        return ratio(store, rival, workload, Figure.OPS);
    }

    /// A figure of one store by the same figure of another. Each round is compared with itself, so
    /// that a machine that is slow for a while is slow on both sides.
    Spread ratio(StoreKind store, StoreKind rival, Workload workload, Figure figure) {
        return Spread.of(
                values(store, workload)
                        .flatMapToDouble(
                                mine ->
                                        values(rival, workload)
                                                .filter(theirs -> theirs.round() == mine.round())
                                                .mapToDouble(
                                                        theirs ->
                                                                mine.figure(figure)
                                                                        / theirs.figure(figure))
                                                .limit(1))
                        .toArray());
    }

    /// Geometric mean of the median ratios over all workloads that both ran; NaN if there is none.
    double overallRatio(StoreKind store, StoreKind rival) {
        return Math.exp(
                workloads().stream()
                        .map(workload -> ratio(store, rival, workload))
                        .filter(Spread::known)
                        .flatMapToDouble(ratio -> DoubleStream.of(Math.log(ratio.median())))
                        .average()
                        .orElse(Double.NaN));
    }
}
