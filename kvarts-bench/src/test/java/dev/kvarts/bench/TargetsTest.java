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
    void transactionsAreComparedWithThoseOfRocksDb() {
        var settings = new Settings();
        for (Workload workload : List.of(Workload.TRANSACTIONS, Workload.TRANSACTIONS_HOT)) {
            assertEquals(
                    OptionalDouble.of(2), hashed(settings, workload, StoreKind.ROCKSDB_OPTIMISTIC));
            assertEquals(
                    OptionalDouble.of(2),
                    ordered(settings, workload, StoreKind.ROCKSDB_OPTIMISTIC));
        }
        assertEquals(
                OptionalDouble.empty(),
                hashed(settings, Workload.FILLRANDOM, StoreKind.ROCKSDB_OPTIMISTIC));
    }

    @Test
    void syncingIsJudgedWithEightThreads() {
        var settings = new Settings();
        assertEquals(
                OptionalDouble.empty(),
                ordered(settings, Workload.OVERWRITE_SYNC, StoreKind.ROCKSDB));
        settings.threads = 8;
        assertEquals(
                OptionalDouble.of(1.2),
                ordered(settings, Workload.OVERWRITE_SYNC, StoreKind.ROCKSDB));
        assertEquals(
                OptionalDouble.of(1.2),
                hashed(settings, Workload.OVERWRITE_SYNC, StoreKind.ROCKSDB));
        var results =
                new Results(
                        settings,
                        new Machine(Map.of()),
                        List.of(
                                new Measurement(
                                        StoreKind.KVARTS,
                                        Workload.OVERWRITE_SYNC,
                                        1,
                                        Map.of(Figure.DEVICE_SHARE, 0.7, Figure.STALL, 500.0)),
                                new Measurement(
                                        StoreKind.KVARTS_ORDERED,
                                        Workload.OVERWRITE_SYNC,
                                        1,
                                        Map.of(Figure.DEVICE_SHARE, 0.5))),
                        Map.of());
        List<String> lines = Finding.table(Targets.limits(results)).lines().toList();
        assertEquals(3, lines.size(), lines.toString());
        assertTrue(lines.get(1).endsWith(">= 0.6000  met"), lines.get(1));
        assertTrue(lines.get(2).endsWith(">= 0.6000  MISSED"), lines.get(2));
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
