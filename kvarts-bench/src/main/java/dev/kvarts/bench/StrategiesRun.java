package dev.kvarts.bench;

import dev.kvarts.api.Compaction;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/// What each way to merge tables costs and gives.
@Command(
        name = "strategies",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Fills an ordered keyspace in random order (5 million entries by default), overwrites"
                    + " as many entries evenly chosen (--ops for fewer), then reads: the same with"
                    + " each strategy of compaction."
        })
final class StrategiesRun extends VariantsRun {
    private static final long NUM = 5_000_000;

    @Option(
            names = "--strategies",
            split = ",",
            paramLabel = "STRATEGY",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "UNIFIED,LEVELED,SIZE_TIERED,TIME_WINDOW")
    List<Compaction> strategies;

    StrategiesRun() {
        settings.num = NUM;
    }

    @Override
    List<Variant> variants() {
        return strategies.stream().map(this::variant).toList();
    }

    private Variant variant(Compaction strategy) {
        Settings own = settings.copy();
        own.compaction = strategy;
        return new Variant(
                strategy.name(),
                own,
                List.of(StoreKind.KVARTS_ORDERED),
                List.of(
                        Workload.FILLRANDOM,
                        Workload.OVERWRITE_UNIFORM,
                        Workload.READRANDOM,
                        Workload.READMISSING,
                        Workload.SEEKRANDOM,
                        Workload.READSEQ));
    }

    @Override
    String report(List<Variant.Outcome> outcomes) {
        var table = new TextTable();
        table.row(
                List.of(
                        "",
                        "fill/s",
                        "WA",
                        "overwrite/s",
                        "WA",
                        "settle s",
                        "space",
                        "data files",
                        "runs",
                        "B/key",
                        "read/s",
                        "missing/s",
                        "seek/s",
                        "seq/s",
                        "stall ms"));
        outcomes.forEach(outcome -> table.row(line(outcome)));
        return table
                + "Space, runs and reads are those after overwriting and settling; data files are"
                + " without logs.\n";
    }

    private static List<String> line(Variant.Outcome outcome) {
        StoreKind store = StoreKind.KVARTS_ORDERED;
        var cells = new ArrayList<String>();
        cells.add(outcome.variant().name());
        for (Figure figure : List.of(Figure.OPS, Figure.WA_STORE)) {
            cells.add(outcome.cell(store, Workload.FILLRANDOM, figure));
        }
        for (Figure figure :
                List.of(
                        Figure.OPS,
                        Figure.WA_STORE,
                        Figure.SETTLE,
                        Figure.SPACE,
                        Figure.DATA_SPACE,
                        Figure.RUNS,
                        Figure.INDEX)) {
            cells.add(outcome.cell(store, Workload.OVERWRITE_UNIFORM, figure));
        }
        for (Workload workload :
                List.of(
                        Workload.READRANDOM,
                        Workload.READMISSING,
                        Workload.SEEKRANDOM,
                        Workload.READSEQ)) {
            cells.add(outcome.cell(store, workload, Figure.OPS));
        }
        cells.add(Figure.STALL.format(outcome.stallMillis(store)));
        return cells;
    }
}
