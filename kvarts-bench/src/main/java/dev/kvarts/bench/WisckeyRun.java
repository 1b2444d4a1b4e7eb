package dev.kvarts.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The table of the WiscKey paper (Lu et al., FAST 2016, figures 7 to 10): how loading, lookups and
/// range queries depend on the size of values, at the same number of bytes.
@Command(
        name = "wisckey",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Loads the same number of bytes in random order as values of 64 B to 256 KiB, looks up"
                + " random keys and reads random ranges: an ordered keyspace of Kvarts, RocksDB,"
                + " and RocksDB with blob files. MB/s are of keys and values before compression."
        })
final class WisckeyRun extends VariantsRun {
    private static final double MEGABYTE = 1e6;
    private static final int SHARE_READ_BY_RANGES = 4;

    @Option(
            names = "--total",
            paramLabel = "SIZE",
            converter = Settings.Size.class,
            description = "bytes of all keys and values (default: 1g)")
    long totalBytes = 1L << 30;

    @Option(
            names = "--value-sizes",
            split = ",",
            paramLabel = "BYTES",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "64,256,1024,4096,16384,65536,262144")
    List<Integer> valueSizes;

    @Option(
            names = "--lookups",
            paramLabel = "N",
            description = "at most so many lookups of random keys (default: ${DEFAULT-VALUE})")
    long lookups = 100_000;

    @Option(
            names = "--range",
            paramLabel = "SIZE",
            converter = Settings.Size.class,
            description =
                    "bytes of one range; as many ranges are read as make a quarter of all bytes"
                            + " (default: 1m)")
    long rangeBytes = 1L << 20;

    @Option(
            names = "--stores",
            split = ",",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "kvarts-ordered,rocksdb,rocksdb-blob")
    List<String> stores;

    @Override
    List<Variant> variants() {
        if (totalBytes < 1 << 16 || rangeBytes < 1) {
            throw new IllegalArgumentException(
                    "option out of range: --total=" + totalBytes + " --range=" + rangeBytes);
        }
        return valueSizes.stream().map(this::variant).toList();
    }

    private Variant variant(int valueSize) {
        Settings own = settings.copy();
        own.valueSize = valueSize;
        int entryBytes = Keys.SIZE + valueSize;
        own.num = Math.max(1, totalBytes / entryBytes);
        own.ops = Math.min(own.num, lookups);
        own.seekNexts = (int) Math.max(0, rangeBytes / entryBytes - 1);
        own.seeks = Math.max(1, totalBytes / SHARE_READ_BY_RANGES / rangeBytes);
        return new Variant(
                valueSize + " B",
                own,
                stores(stores),
                List.of(Workload.FILLRANDOM, Workload.READRANDOM, Workload.SEEKRANDOM));
    }

    @Override
    String report(List<Variant.Outcome> outcomes) {
        var table = new TextTable();
        table.row(
                List.of(
                        "values",
                        "store",
                        "load MB/s",
                        "lookup MB/s",
                        "range MB/s",
                        "WA store",
                        "WA dev",
                        "space",
                        "settle s",
                        "stall ms"));
        for (Variant.Outcome outcome : outcomes) {
            for (StoreKind store : outcome.results().stores()) {
                table.row(line(outcome, store));
            }
            for (StoreKind store : outcome.results().ours()) {
                outcome.results()
                        .rivals()
                        .forEach(rival -> table.row(ratios(outcome, store, rival)));
            }
        }
        return table.toString();
    }

    private static List<String> line(Variant.Outcome outcome, StoreKind store) {
        var cells = new ArrayList<String>();
        cells.add(outcome.variant().name());
        cells.add(store.label());
        cells.add(megabytes(outcome, store, Workload.FILLRANDOM, Figure.OPS));
        cells.add(megabytes(outcome, store, Workload.READRANDOM, Figure.OPS));
        cells.add(megabytes(outcome, store, Workload.SEEKRANDOM, Figure.ENTRIES));
        for (Figure figure :
                List.of(
                        Figure.WA_STORE,
                        Figure.WA_DEVICE,
                        Figure.SPACE,
                        Figure.SETTLE,
                        Figure.STALL)) {
            cells.add(outcome.cell(store, Workload.FILLRANDOM, figure));
        }
        return cells;
    }

    private static String megabytes(
            Variant.Outcome outcome, StoreKind store, Workload workload, Figure figure) {
        double perSecond = outcome.median(store, workload, figure);
        return Double.isNaN(perSecond)
                ? ""
                : String.format(
                        Locale.ROOT,
                        "%,.1f",
                        perSecond * outcome.variant().entryBytes() / MEGABYTE);
    }

    private static List<String> ratios(Variant.Outcome outcome, StoreKind store, StoreKind rival) {
        Results results = outcome.results();
        return List.of(
                outcome.variant().name(),
                store.label() + " / " + rival.label(),
                TableReport.ratio(results.ratio(store, rival, Workload.FILLRANDOM)),
                TableReport.ratio(results.ratio(store, rival, Workload.READRANDOM)),
                TableReport.ratio(
                        results.ratio(store, rival, Workload.SEEKRANDOM, Figure.ENTRIES)));
    }
}
