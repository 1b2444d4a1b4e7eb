package dev.kvarts.bench;

import java.util.Locale;
import java.util.OptionalDouble;

/// How many times as many operations per second as a rival are aimed at, with one calling thread
/// and everything cached.
final class Targets {
    private static final int LARGE_VALUE_BYTES = 1024;

    private Targets() {}

    static OptionalDouble ratio(Settings settings, Workload workload, StoreKind rival) {
        boolean rocks = rival == StoreKind.ROCKSDB;
        boolean large = settings.valueSize >= LARGE_VALUE_BYTES;
        return switch (workload) {
            case FILLRANDOM -> rocks ? OptionalDouble.of(large ? 5 : 8) : OptionalDouble.empty();
            case READRANDOM ->
                    rocks
                            ? OptionalDouble.of(8)
                            : rival == StoreKind.LMDB
                                    ? OptionalDouble.of(3)
                                    : OptionalDouble.empty();
            case READMISSING -> rocks ? OptionalDouble.of(4) : OptionalDouble.empty();
            case OVERWRITE ->
                    rocks && settings.overwriteKeys == Settings.OverwriteKeys.ZIPF
                            ? OptionalDouble.of(8)
                            : OptionalDouble.empty();
            default -> OptionalDouble.empty();
        };
    }

    /// A ratio with what it should be, such as `9.31x [8.90-9.70] met 8x`; empty when it is not
    /// known.
    static String describe(Settings settings, Workload workload, StoreKind rival, Spread ratio) {
        if (!ratio.known()) {
            return "";
        }
        OptionalDouble target = ratio(settings, workload, rival);
        String verdict =
                target.isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " %s %.0fx",
                                ratio.median() >= target.getAsDouble() ? "met" : "MISSED",
                                target.getAsDouble());
        return TableReport.ratio(ratio) + verdict;
    }
}
