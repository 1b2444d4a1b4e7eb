package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

class TargetsTest {
    private static OptionalDouble hashed(Settings settings, Workload workload, StoreKind rival) {
        return Targets.ratio(settings, StoreKind.KVARTS, workload, rival);
    }

    private static OptionalDouble ordered(Settings settings, Workload workload, StoreKind rival) {
        return Targets.ratio(settings, StoreKind.KVARTS_ORDERED, workload, rival);
    }

    private static Measurement measured(StoreKind store, int round, Map<Figure, Double> figures) {
        return new Measurement(store, Workload.READWHILEWRITING, round, figures);
    }

    @Test
    void targetsDependOnTheValueSize() {
        var settings = new Settings();
        assertEquals(
                OptionalDouble.of(8), hashed(settings, Workload.FILLRANDOM, StoreKind.ROCKSDB));
        assertEquals(
                OptionalDouble.of(4), ordered(settings, Workload.FILLRANDOM, StoreKind.ROCKSDB));
        settings.valueSize = 1024;
        assertEquals(
                OptionalDouble.of(5), hashed(settings, Workload.FILLRANDOM, StoreKind.ROCKSDB));
        assertEquals(
                OptionalDouble.of(5), ordered(settings, Workload.FILLRANDOM, StoreKind.ROCKSDB));
        assertEquals(
                OptionalDouble.empty(), hashed(settings, Workload.FILLRANDOM, StoreKind.MVSTORE));
    }

    @Test
    void anOrderedKeyspaceHasTargetsOfItsOwn() {
        var settings = new Settings();
        assertEquals(
                OptionalDouble.of(6), ordered(settings, Workload.SEEKRANDOM, StoreKind.ROCKSDB));
        assertEquals(OptionalDouble.of(2), ordered(settings, Workload.SEEKRANDOM, StoreKind.LMDB));
        assertEquals(
                OptionalDouble.empty(), hashed(settings, Workload.SEEKRANDOM, StoreKind.ROCKSDB));
    }

    @Test
    void aRatioBelowItsTargetIsMissed() {
        var ratio = new Spread(1, 1.6, 2.5);
        String hashed =
                Targets.describe(
                        new Settings(),
                        StoreKind.KVARTS,
                        Workload.READRANDOM,
                        StoreKind.LMDB,
                        ratio);
        assertTrue(hashed.endsWith("MISSED 3x"), hashed);
        String ordered =
                Targets.describe(
                        new Settings(),
                        StoreKind.KVARTS_ORDERED,
                        Workload.READRANDOM,
                        StoreKind.LMDB,
                        ratio);
        assertTrue(ordered.endsWith("met 1.5x"), ordered);
    }

    @Test
    void theLongestStallOfAllRoundsCountsAndTheMedianShareOfLatency() {
        var results =
                new Results(
                        new Settings(),
                        new Machine(Map.of()),
                        List.of(
                                measured(
                                        StoreKind.KVARTS_ORDERED,
                                        1,
                                        Map.of(Figure.STALL, 20.0, Figure.P999, 10.0)),
                                measured(StoreKind.ROCKSDB, 1, Map.of(Figure.P999, 40.0)),
                                measured(
                                        StoreKind.KVARTS_ORDERED,
                                        2,
                                        Map.of(Figure.STALL, 120.0, Figure.P999, 10.0)),
                                measured(StoreKind.ROCKSDB, 2, Map.of(Figure.P999, 40.0))),
                        Map.of());
        String text = Finding.table(Targets.limits(results));
        List<String> lines = text.lines().toList();
        assertTrue(lines.get(1).endsWith("<= 100.0  MISSED"), text);
        assertTrue(lines.get(2).contains("0.25") && lines.get(2).endsWith("met"), text);
    }
}
