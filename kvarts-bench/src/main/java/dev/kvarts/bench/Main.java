package dev.kvarts.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/// The command `kvarts bench`.
@Command(
        name = "kvarts bench",
        subcommands = {
            LargeRun.class,
            ColdReadsRun.class,
            ReopenRun.class,
            LoadRun.class,
            SpaceRun.class,
            StrategiesRun.class,
            WisckeyRun.class,
            TransactionsRun.class,
            SyncRun.class,
            SnapshotsRun.class,
            TtlRun.class,
            LoopsRun.class
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures Kvarts and its rivals with the workloads of db_bench and YCSB. The table"
                        + " goes to standard output, progress to standard error.")
public final class Main implements Callable<Integer> {
    private static final String HASHED_WORKLOADS = "fillrandom,readrandom,readmissing,overwrite";
    private static final String ORDERED_WORKLOADS =
            "fillseq,fillrandom,readrandom,readmissing,readhot,seekrandom,readseq,readreverse,"
                    + "readwhilewriting,overwrite,overwrite-uniform";
    private static final String RIVALS = ",rocksdb,rocksdbffm,lmdb,mvstore";

    @Mixin private final Settings settings = new Settings();

    @Option(
            names = "--stores",
            split = ",",
            paramLabel = "NAME",
            description =
                    "kvarts, kvarts-ordered, rocksdb, rocksdb-blob, rocksdb-optimistic, rocksdbffm,"
                            + " lmdb, mvstore (default: kvarts or kvarts-ordered with rocksdb,"
                            + " rocksdbffm, lmdb and mvstore)")
    private List<String> stores;

    @Option(
            names = "--ordered",
            description =
                    "an ordered keyspace, and workloads that need order, unless --stores and"
                            + " --workloads say otherwise")
    private boolean ordered;

    @Option(
            names = "--workloads",
            split = ",",
            paramLabel = "NAME",
            description =
                    "in this order, on one database; see --list (default: "
                            + HASHED_WORKLOADS
                            + "; with --ordered: "
                            + ORDERED_WORKLOADS
                            + ")")
    private List<String> workloads;

    @Option(
            names = "--rounds",
            description = "rounds, interleaved; the median counts (default: ${DEFAULT-VALUE})")
    private int rounds = 3;

    @Option(
            names = "--dir",
            paramLabel = "PATH",
            description = "where databases are made and deleted again (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of("bench-data");

    @Option(names = "--json", paramLabel = "FILE", description = "write everything measured there")
    private Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "write a page with plots there")
    private Path html;

    @Option(names = "--list", description = "list stores, workloads and figures, and end")
    private boolean list;

    private final PrintStream out;
    private final PrintStream progress;

    private Main(PrintStream out, PrintStream progress) {
        this.out = out;
        this.progress = progress;
    }

    /// For the launcher of the JVM.
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /// Runs the command; returns its exit status.
    public static int run(String[] arguments) {
        return commandLine(System.out, System.err).execute(arguments);
    }

    static CommandLine commandLine(PrintStream out, PrintStream progress) {
        return new CommandLine(new Main(out, progress))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(
                        (failure, command, _) -> {
                            if (failure instanceof IllegalArgumentException) {
                                command.getErr().println(failure.getMessage());
                                return CommandLine.ExitCode.USAGE;
                            }
                            throw failure;
                        });
    }

    PrintStream out() {
        return out;
    }

    PrintStream progress() {
        return progress;
    }

    @Override
    public Integer call() throws IOException {
        if (list) {
            list();
            return CommandLine.ExitCode.OK;
        }
        settings.check();
        List<StoreKind> kinds = kinds();
        List<Workload> work = workloads();
        if (rounds < 1) {
            throw new IllegalArgumentException(
                    "option out of range: --rounds=" + rounds + " must be at least 1");
        }
        Results results =
                new Rounds(settings, directory.toAbsolutePath(), progress).run(kinds, work, rounds);
        out.print(TableReport.of(results));
        if (json != null) {
            Files.writeString(json, JsonReport.of(results));
        }
        if (html != null) {
            Files.writeString(html, HtmlReport.of(results));
        }
        return results.skipped().isEmpty()
                ? CommandLine.ExitCode.OK
                : CommandLine.ExitCode.SOFTWARE;
    }

    private List<StoreKind> kinds() {
        StoreKind ours = ordered ? StoreKind.KVARTS_ORDERED : StoreKind.KVARTS;
        List<String> labels =
                stores != null ? stores : List.of((ours.label() + RIVALS).split(",", -1));
        return labels.stream().map(StoreKind::of).toList();
    }

    private List<Workload> workloads() {
        List<String> labels =
                workloads != null
                        ? workloads
                        : List.of((ordered ? ORDERED_WORKLOADS : HASHED_WORKLOADS).split(",", -1));
        return labels.stream().map(Workload::of).toList();
    }

    private void list() {
        out.println("Stores:");
        for (StoreKind kind : StoreKind.values()) {
            out.printf("  %-17s %s%n", kind.label(), kind.description);
        }
        out.println("Workloads:");
        for (Workload workload : Workload.values()) {
            out.printf("  %-17s %s%n", workload.label(), workload.description);
        }
        out.println("Figures:");
        for (Figure figure : Figure.values()) {
            out.printf("  %-10s %s%n", figure.title, figure.description);
        }
    }
}
