package dev.kvarts.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// What is aimed at, with one calling thread, unless said otherwise, and everything cached: how
/// many times as many operations per second as a rival, and what must not be exceeded.
final class Targets {
    private static final int LARGE_VALUE_BYTES = 1024;
    private static final int SYNCING_THREADS = 8;
    static final double STALL_MILLIS = 100;
    static final double DEVICE_SHARE = 0.6;
    static final double ORDERED_INDEX_BYTES = 1.6;

    private Targets() {}

    static OptionalDouble ratio(
            Settings settings, StoreKind store, Workload workload, StoreKind rival) {
        double target =
                switch (rival) {
                    case ROCKSDB ->
                            store == StoreKind.KVARTS
                                    ? hashedToRocks(settings, workload)
                                    : orderedToRocks(settings, workload);
                    case LMDB ->
                            store == StoreKind.KVARTS
                                    ? hashedToLmdb(workload)
                                    : orderedToLmdb(workload);
                    case ROCKSDB_OPTIMISTIC -> workload.transacts() ? 2 : 0;
                    case KVARTS, KVARTS_ORDERED, ROCKSDB_BLOB, ROCKSDBFFM, MVSTORE -> 0;
                };
        return target == 0 ? OptionalDouble.empty() : OptionalDouble.of(target);
    }

    private static double hashedToRocks(Settings settings, Workload workload) {
        return switch (workload) {
            case OVERWRITE_SYNC -> toRocksSyncing(settings);
            case FILLRANDOM -> settings.valueSize >= LARGE_VALUE_BYTES ? 5 : 8;
            case READRANDOM -> 8;
            case READMISSING -> 4;
            case OVERWRITE -> settings.overwriteKeys == Settings.OverwriteKeys.ZIPF ? 8 : 0;
            default -> 0;
        };
    }

    private static double orderedToRocks(Settings settings, Workload workload) {
        return switch (workload) {
            case OVERWRITE_SYNC -> toRocksSyncing(settings);
            case FILLSEQ -> 3;
            case FILLRANDOM -> settings.valueSize >= LARGE_VALUE_BYTES ? 5 : 4;
            case OVERWRITE, OVERWRITE_UNIFORM -> 4;
            case READRANDOM -> 5;
            case READMISSING -> 3;
            case SEEKRANDOM -> 6;
            case READSEQ -> 2;
            case READREVERSE -> 3;
            default -> 0;
        };
    }

    private static double toRocksSyncing(Settings settings) {
        return settings.threads >= SYNCING_THREADS ? 1.2 : 0;
    }

    private static double hashedToLmdb(Workload workload) {
        return workload == Workload.READRANDOM ? 3 : 0;
    }

    private static double orderedToLmdb(Workload workload) {
        return switch (workload) {
            case READRANDOM -> 1.5;
            case SEEKRANDOM -> 2;
            default -> 0;
        };
    }

    /// A ratio with what it should be, such as `9.31x [8.90-9.70] met 8x`; empty when it is not
    /// known.
    static String describe(
            Settings settings, StoreKind store, Workload workload, StoreKind rival, Spread ratio) {
        if (!ratio.known()) {
            return "";
        }
        OptionalDouble target = ratio(settings, store, workload, rival);
        String verdict =
                target.isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                target.getAsDouble() % 1 == 0 ? " %s %.0fx" : " %s %.1fx",
                                ratio.median() >= target.getAsDouble() ? "met" : "MISSED",
                                target.getAsDouble());
        return TableReport.ratio(ratio) + verdict;
    }

    /// What must not be exceeded and was measured in this run. A stall is the longest of all
    /// rounds, anything else the median.
    static List<Finding> limits(Results results) {
        var findings = new ArrayList<Finding>();
        for (StoreKind store : results.stores()) {
            if (store.isKvarts()) {
                for (Workload workload : results.workloads()) {
                    limits(results, store, workload, findings);
                }
            }
        }
        return findings;
    }

    private static void limits(
            Results results, StoreKind store, Workload workload, List<Finding> findings) {
        String what = store.label() + " " + workload.label() + ": ";
        Spread stall = results.spread(store, workload, Figure.STALL);
        if (stall.known() && !workload.syncs() && !workload.transacts()) {
            findings.add(new Finding(what + "longest write stall, ms", stall.max(), STALL_MILLIS));
        }
        if (workload == Workload.READWHILEWRITING) {
            Spread share = results.ratio(store, StoreKind.ROCKSDB, workload, Figure.P999);
            if (share.known()) {
                double limit = store == StoreKind.KVARTS ? 1.0 / 5 : 1.0 / 3;
                findings.add(new Finding(what + "p99.9 / rocksdb's", share.median(), limit));
            }
        }
        Spread device = results.spread(store, workload, Figure.DEVICE_SHARE);
        if (device.known() && results.settings().threads >= SYNCING_THREADS) {
            findings.add(
                    Finding.atLeast(
                            what + "of what the device could, share",
                            device.median(),
                            DEVICE_SHARE));
        }
        Spread index = results.spread(store, workload, Figure.INDEX);
        if (store == StoreKind.KVARTS_ORDERED && workload.fills() && index.known()) {
            findings.add(
                    new Finding(
                            what + "index and filters, B per key",
                            index.median(),
                            ORDERED_INDEX_BYTES));
        }
    }
}
