package dev.kvarts.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// A process that measures one store through all workloads of a round and prints a line for each.
@Command(name = "child", hidden = true, description = "measures one store, for a parent process")
final class Child implements java.util.concurrent.Callable<Integer> {
    private static final long SCRATCH_ENTRIES = 100_000;
    private static final long SCRATCH_BYTES = 128 << 20;

    @Mixin private final Settings settings = new Settings();

    @Option(names = "--store", required = true)
    private String store;

    @Option(names = "--workloads", required = true, split = ",")
    private List<String> workloads;

    @Option(names = "--round", required = true)
    private int round;

    @Option(names = "--dir", required = true)
    private Path directory;

    /// For the launcher of the JVM.
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Child()).execute(arguments));
    }

    @Override
    public Integer call() {
        StoreKind kind = StoreKind.of(store);
        warmUp(kind);
        Store open = null;
        boolean allPresent = false;
        try {
            for (String label : workloads) {
                Workload workload = Workload.of(label);
                if (!kind.can(workload)) {
                    continue;
                }
                if (workload.fills() || !allPresent) {
                    if (open != null) {
                        open.close();
                        open = null;
                    }
                    Disk.recreate(directory);
                    open = kind.open(directory, settings);
                }
                var run = new WorkloadRun(kind, open, directory, settings);
                if (!workload.fills() && !allPresent) {
                    run.run(Workload.FILLRANDOM, round, false);
                    allPresent = true;
                }
                if (workload.readPercent > 0) {
                    run.warmUp(workload);
                }
                Measurement measured = run.run(workload, round, allPresent);
                allPresent = workload.fills() ? workload != Workload.FILLSYNC : workload.keepsAll();
                report(measured, System.out, System.err);
            }
        } finally {
            if (open != null) {
                open.close();
            }
            Disk.delete(directory);
        }
        return 0;
    }

    /// Writes and reads a store that is thrown away, so that the first workload meets compiled
    /// code.
    private void warmUp(StoreKind kind) {
        if (settings.warmupMillis == 0) {
            return;
        }
        Settings small = settings.copy();
        long fitting = SCRATCH_BYTES / (Keys.SIZE + settings.valueSize);
        small.num = Math.min(settings.num, Math.min(SCRATCH_ENTRIES, fitting));
        small.ops = 0;
        small.seeks = Math.max(1, SCRATCH_ENTRIES / (small.seekNexts + 1));
        Path scratch = directory.resolveSibling(directory.getFileName() + "-scratch");
        Disk.recreate(scratch);
        try (Store store = kind.open(scratch, small)) {
            var run = new WorkloadRun(kind, store, scratch, small);
            run.run(Workload.FILLRANDOM, round, false);
            run.run(Workload.READRANDOM, round, true);
            run.run(Workload.OVERWRITE, round, true);
            for (Workload workload :
                    List.of(
                            Workload.SEEKRANDOM,
                            Workload.READSEQ,
                            Workload.READREVERSE,
                            Workload.TRANSACTIONS,
                            Workload.TRANSACTIONS_HOT)) {
                if (workloads.contains(workload.label()) && kind.can(workload)) {
                    run.run(workload, round, true);
                }
            }
        } finally {
            Disk.delete(scratch);
        }
    }

    private static void report(Measurement measured, PrintStream lines, PrintStream progress) {
        lines.println(measured.toLine());
        lines.flush();
        progress.println(
                String.format(
                        Locale.ROOT,
                        "round %d  %-10s %-16s %12s ops/s   p99.9 %s us",
                        measured.round(),
                        measured.store().label(),
                        measured.workload().label(),
                        Figure.OPS.format(measured.figure(Figure.OPS)),
                        Figure.P999.format(measured.figure(Figure.P999))));
    }
}
