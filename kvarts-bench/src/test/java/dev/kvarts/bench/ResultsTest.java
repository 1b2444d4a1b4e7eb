package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class ResultsTest {
    private static Measurement measured(StoreKind store, Workload workload, int round, double ops) {
        return new Measurement(
                store,
                workload,
                round,
                Map.of(Figure.OPS, ops, Figure.P999, 1e6 / ops, Figure.WA_STORE, 1.25));
    }

    static Results sample() {
        return new Results(
                new Settings(),
                new Machine(Map.of("processors", "2")),
                List.of(
                        measured(StoreKind.KVARTS, Workload.FILLRANDOM, 1, 2_000_000),
                        measured(StoreKind.ROCKSDB, Workload.FILLRANDOM, 1, 200_000),
                        measured(StoreKind.KVARTS, Workload.FILLRANDOM, 2, 1_000_000),
                        measured(StoreKind.ROCKSDB, Workload.FILLRANDOM, 2, 125_000),
                        measured(StoreKind.KVARTS, Workload.FILLRANDOM, 3, 1_800_000),
                        measured(StoreKind.ROCKSDB, Workload.FILLRANDOM, 3, 150_000),
                        measured(StoreKind.KVARTS, Workload.READRANDOM, 1, 3_000_000),
                        measured(StoreKind.ROCKSDB, Workload.READRANDOM, 1, 300_000)),
                Map.of(StoreKind.LMDB, "a <reason> & \"another\""));
    }

    @Test
    void ratiosComparePairsOfOneRound() {
        Spread ratio = sample().ratio(StoreKind.KVARTS, StoreKind.ROCKSDB, Workload.FILLRANDOM);
        assertEquals(8, ratio.min(), 1e-9);
        assertEquals(10, ratio.median(), 1e-9);
        assertEquals(12, ratio.max(), 1e-9);
    }

    @Test
    void overallRatioIsTheGeometricMeanOfMedians() {
        assertEquals(10, sample().overallRatio(StoreKind.KVARTS, StoreKind.ROCKSDB), 1e-9);
    }

    @Test
    void aRatioWithoutAPairIsUnknown() {
        assertFalse(sample().ratio(StoreKind.KVARTS, StoreKind.LMDB, Workload.FILLRANDOM).known());
    }

    @Test
    void medianOfAnEvenCountIsInTheMiddle() {
        assertEquals(new Spread(1, 2.5, 4), Spread.of(4, 1, 3, 2));
        assertEquals(new Spread(1, 1, 1), Spread.of(Double.NaN, 1));
        assertFalse(Spread.of().known());
    }

    @Test
    void tableHasALinePerStoreAndRatiosAtItsEnd() {
        String text = TableReport.of(sample());
        assertTrue(text.contains("1,800,000 [1,000,000-2,000,000]"), text);
        assertTrue(text.contains("10.00x [8.00-12.00]"), text);
        assertTrue(text.contains("lmdb is missing"), text);
    }

    @Test
    void jsonEscapesAndKeepsEveryRound() {
        String text = JsonReport.of(sample());
        assertTrue(text.contains("a <reason> & \\\"another\\\""), text);
        assertTrue(text.contains("\"round\": 3"), text);
        assertTrue(text.contains("\"kvarts_times_rival\""), text);
        assertEquals(
                "{\n  \"a\": null,\n  \"b\": [\n    1,\n    2.5\n  ]\n}\n",
                Json.write(
                        new java.util.TreeMap<>(Map.of("a", Double.NaN, "b", List.of(1.0, 2.5)))));
    }

    @Test
    void pageIsSelfContainedAndEscaped() {
        String page = HtmlReport.of(sample());
        assertTrue(page.contains("<svg"), "a plot");
        assertTrue(page.contains("a &lt;reason&gt; &amp; &quot;another&quot;"), "escaped");
        assertFalse(page.contains("src=\"http"), "nothing is loaded");
    }
}
