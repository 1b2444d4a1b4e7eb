package dev.kvarts.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What loading an ordered keyspace in random order costs in writes, memory and stalls.
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Loads an ordered keyspace in random order: 10 million entries of 100 bytes, then 2"
                + " million of 1 KiB, until background work is done. --num and --value-size have no"
                + " effect; --scale=0.01 makes it a quick check."
        })
final class LoadRun extends VariantsRun {
    private static final long SMALL_NUM = 10_000_000;
    private static final int SMALL_BYTES = 100;
    private static final double SMALL_LIMIT = 5;
    private static final long LARGE_NUM = 2_000_000;
    private static final int LARGE_BYTES = 1024;
    private static final double LARGE_LIMIT = 1.6;

    @Option(
            names = "--scale",
            paramLabel = "FACTOR",
            description = "of the numbers of entries (default: ${DEFAULT-VALUE})")
    double scale = 1;

    @Option(
            names = "--stores",
            split = ",",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "kvarts-ordered,rocksdb")
    List<String> stores;

    @Override
    List<Variant> variants() {
        return List.of(variant(SMALL_NUM, SMALL_BYTES), variant(LARGE_NUM, LARGE_BYTES));
    }

    private Variant variant(long num, int valueSize) {
        Settings own = settings.copy();
        own.num = Math.max(1, Math.round(num * scale));
        own.valueSize = valueSize;
        return new Variant(
                String.format(Locale.ROOT, "%,d x %d B", own.num, valueSize),
                own,
                stores(stores),
                List.of(Workload.FILLRANDOM));
    }

    @Override
    String report(List<Variant.Outcome> outcomes) {
        var findings = new ArrayList<Finding>();
        for (Variant.Outcome outcome : outcomes) {
            for (StoreKind store : outcome.results().stores()) {
                describe(outcome, store, findings);
            }
            for (StoreKind store : outcome.results().ours()) {
                for (StoreKind rival : outcome.results().rivals()) {
                    findings.add(
                            Finding.plain(
                                    outcome.variant().name()
                                            + ": ops/s, "
                                            + store.label()
                                            + " / "
                                            + rival.label(),
                                    outcome.results()
                                            .ratio(store, rival, Workload.FILLRANDOM)
                                            .median()));
                }
            }
        }
        return Finding.table(findings);
    }

    private static void describe(Variant.Outcome outcome, StoreKind store, List<Finding> findings) {
        String what = outcome.variant().name() + ", " + store.label() + ": ";
        boolean ordered = store == StoreKind.KVARTS_ORDERED;
        boolean small = outcome.variant().settings().valueSize == SMALL_BYTES;
        double limit = small ? SMALL_LIMIT : LARGE_LIMIT;
        findings.add(plain(outcome, store, what + "ops/s", Figure.OPS));
        findings.add(
                new Finding(
                        what + "WA_store",
                        outcome.median(store, Workload.FILLRANDOM, Figure.WA_STORE),
                        ordered ? limit : Double.NaN));
        findings.add(plain(outcome, store, what + "WA_device", Figure.WA_DEVICE));
        findings.add(
                new Finding(
                        what + "longest write stall, ms",
                        outcome.stallMillis(store),
                        ordered ? Targets.STALL_MILLIS : Double.NaN));
        findings.add(
                new Finding(
                        what + "index and filters, B per key",
                        outcome.median(store, Workload.FILLRANDOM, Figure.INDEX),
                        ordered && small ? Targets.ORDERED_INDEX_BYTES : Double.NaN));
        findings.add(plain(outcome, store, what + "space per live byte", Figure.SPACE));
        findings.add(plain(outcome, store, what + "s to settle", Figure.SETTLE));
    }

    private static Finding plain(
            Variant.Outcome outcome, StoreKind store, String name, Figure figure) {
        return Finding.plain(name, outcome.median(store, Workload.FILLRANDOM, figure));
    }
}
