package dev.kvarts.bench;

import dev.kvarts.api.Compaction;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How much space an ordered keyspace takes after everything in it was overwritten.
@Command(
        name = "space",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Fills an ordered keyspace in random order (5 million entries by default), overwrites"
                    + " everything twice, each time in another random order, waits until background"
                    + " work is done and weighs the files: small values, and as many bytes of large"
                    + " ones; for each strategy, and for RocksDB with and without blob files."
        })
final class SpaceRun extends VariantsRun {
    private static final long NUM = 5_000_000;
    private static final double SPACE_LIMIT = 1.3;

    @Option(
            names = "--value-sizes",
            split = ",",
            paramLabel = "BYTES",
            description =
                    "--num counts entries of the first; of others there are as many as make the"
                            + " same number of bytes (default: ${DEFAULT-VALUE})",
            defaultValue = "100,1024")
    List<Integer> valueSizes;

    @Option(
            names = "--strategies",
            split = ",",
            paramLabel = "STRATEGY",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "UNIFIED,LEVELED,SIZE_TIERED,TIME_WINDOW")
    List<Compaction> strategies;

    @Option(
            names = "--rivals",
            split = ",",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE}); an empty name is none",
            defaultValue = "rocksdb,rocksdb-blob")
    List<String> rivals;

    SpaceRun() {
        settings.num = NUM;
    }

    @Override
    List<Variant> variants() {
        List<StoreKind> others = stores(rivals.stream().filter(name -> !name.isEmpty()).toList());
        long bytes = settings.num * (Keys.SIZE + valueSizes.getFirst());
        var variants = new ArrayList<Variant>();
        for (int valueSize : valueSizes) {
            Settings own = settings.copy();
            own.valueSize = valueSize;
            own.num = Math.max(1, bytes / (Keys.SIZE + valueSize));
            for (Compaction strategy : strategies) {
                Settings ours = own.copy();
                ours.compaction = strategy;
                variants.add(
                        variant(
                                valueSize + " B, " + strategy,
                                ours,
                                List.of(StoreKind.KVARTS_ORDERED)));
            }
            if (!others.isEmpty()) {
                variants.add(variant(valueSize + " B", own, others));
            }
        }
        return variants;
    }

    private static Variant variant(String name, Settings settings, List<StoreKind> stores) {
        return new Variant(
                name, settings, stores, List.of(Workload.FILLRANDOM, Workload.OVERWRITE_TWICE));
    }

    @Override
    String report(List<Variant.Outcome> outcomes) {
        var table = new TextTable();
        table.row(
                List.of(
                        "values, strategy",
                        "store",
                        "space after loading",
                        "after overwriting",
                        "data files",
                        "target",
                        "WA overwriting",
                        "ops/s",
                        "settle s",
                        "stall ms"));
        for (Variant.Outcome outcome : outcomes) {
            for (StoreKind store : outcome.results().stores()) {
                double space = outcome.median(store, Workload.OVERWRITE_TWICE, Figure.SPACE);
                table.row(
                        List.of(
                                outcome.variant().name(),
                                store.label(),
                                outcome.cell(store, Workload.FILLRANDOM, Figure.SPACE),
                                outcome.cell(store, Workload.OVERWRITE_TWICE, Figure.SPACE),
                                outcome.cell(store, Workload.OVERWRITE_TWICE, Figure.DATA_SPACE),
                                store.isKvarts() ? verdict(space) : "",
                                outcome.cell(store, Workload.OVERWRITE_TWICE, Figure.WA_STORE),
                                outcome.cell(store, Workload.OVERWRITE_TWICE, Figure.OPS),
                                outcome.cell(store, Workload.OVERWRITE_TWICE, Figure.SETTLE),
                                Figure.STALL.format(outcome.stallMillis(store))));
            }
        }
        return table
                + "Bytes of files per byte of live key and value; data files are without logs.\n";
    }

    private static String verdict(double space) {
        return String.format(
                Locale.ROOT, "<= %.1f %s", SPACE_LIMIT, space <= SPACE_LIMIT ? "met" : "MISSED");
    }
}
