package dev.kvarts.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Results for programs: every measurement of every round, medians, and ratios.
final class JsonReport {
    private JsonReport() {}

    static String of(Results results) {
        return Json.write(document(results));
    }

    static Map<String, Object> document(Results results) {
        var document = new LinkedHashMap<String, Object>();
        document.put("machine", results.machine().facts());
        document.put("settings", results.settings().arguments());
        var stores = new LinkedHashMap<String, Object>();
        results.stores().forEach(store -> stores.put(store.label(), store.description));
        document.put("stores", stores);
        var skipped = new LinkedHashMap<String, Object>();
        results.skipped().forEach((store, reason) -> skipped.put(store.label(), reason));
        document.put("skipped", skipped);
        document.put("summary", summary(results));
        document.put("ratios", ratios(results));
        document.put("limits", Targets.limits(results).stream().map(Finding::toMap).toList());
        document.put(
                "measurements",
                results.measurements().stream().map(JsonReport::measurement).toList());
        return document;
    }

    private static Map<String, Object> measurement(Measurement measured) {
        var object = new LinkedHashMap<String, Object>();
        object.put("store", measured.store().label());
        object.put("workload", measured.workload().label());
        object.put("round", measured.round());
        measured.figures().forEach((figure, value) -> object.put(figure.json, value));
        return object;
    }

    private static List<Object> summary(Results results) {
        var lines = new ArrayList<Object>();
        for (Workload workload : results.workloads()) {
            for (StoreKind store : results.stores()) {
                var object = new LinkedHashMap<String, Object>();
                object.put("workload", workload.label());
                object.put("store", store.label());
                for (Figure figure : Figure.values()) {
                    Spread spread = results.spread(store, workload, figure);
                    if (spread.known()) {
                        object.put(
                                figure.json, List.of(spread.min(), spread.median(), spread.max()));
                    }
                }
                lines.add(object);
            }
        }
        return lines;
    }

    private static List<Object> ratios(Results results) {
        var lines = new ArrayList<Object>();
        for (StoreKind store : results.ours()) {
            for (StoreKind rival : results.rivals()) {
                for (Workload workload : results.workloads()) {
                    Spread ratio = results.ratio(store, rival, workload);
                    if (ratio.known()) {
                        lines.add(ratio(store, rival, workload, ratio));
                    }
                }
            }
        }
        return lines;
    }

    private static Map<String, Object> ratio(
            StoreKind store, StoreKind rival, Workload workload, Spread ratio) {
        var object = new LinkedHashMap<String, Object>();
        object.put("workload", workload.label());
        object.put("store", store.label());
        object.put("rival", rival.label());
        object.put("kvarts_times_rival", List.of(ratio.min(), ratio.median(), ratio.max()));
        return object;
    }
}
