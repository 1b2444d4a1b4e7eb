package dev.kvarts.bench;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// What the runs that measure Kvarts alone have in common: settings, a directory, a list of
/// findings as text and JSON.
abstract class SpecialRun implements Callable<Integer> {
    @Mixin Settings settings = new Settings();

    @Option(
            names = "--dir",
            paramLabel = "PATH",
            description = "where the database is (default: ${DEFAULT-VALUE})")
    Path directory = Path.of("bench-data", "special");

    @Option(names = "--json", paramLabel = "FILE", description = "write the findings there")
    Path json;

    @ParentCommand Main parent;

    abstract List<Finding> measure();

    @Override
    public final Integer call() throws IOException {
        settings.check();
        directory = directory.toAbsolutePath();
        Disk.createDirectories(directory);
        List<Finding> findings = measure();
        out().print(Finding.table(findings));
        if (json != null) {
            Files.writeString(json, Finding.json(settings, Machine.of(directory), findings));
        }
        return 0;
    }

    final PrintStream out() {
        return parent.out();
    }

    final PrintStream progress() {
        return parent.progress();
    }

    /// Runs a child process that measures phases, and tells of each. Its directory is deleted.
    final List<Phased> phases(
            StoreKind kind, Class<?> child, List<String> arguments, Path childDirectory) {
        var phases = new ArrayList<Phased>();
        try {
            int status =
                    ChildProcess.run(
                            ChildProcess.command(kind.jvmFlags(settings), child, arguments),
                            settings.limitSeconds,
                            line -> {
                                if (Phased.isLine(line)) {
                                    phases.add(Phased.parse(line));
                                    tell(phases.getLast());
                                } else {
                                    progress().println(line);
                                }
                            });
            if (status != 0) {
                throw new IllegalStateException(
                        kind.label() + ": its process ended with status " + status);
            }
        } finally {
            Disk.delete(childDirectory);
        }
        return phases;
    }

    private void tell(Phased phased) {
        Measurement measured = phased.measurement();
        progress()
                .printf(
                        "round %d  %-14s %-17s %-16s %12s ops/s%n",
                        measured.round(),
                        measured.store().label(),
                        measured.workload().label(),
                        phased.phase(),
                        Figure.OPS.format(measured.figure(Figure.OPS)));
    }

    /// Bytes of all keys and values.
    final long dataBytes() {
        return settings.num * (Keys.SIZE + settings.valueSize);
    }

    final Measurement run(Store store, Workload workload, long operations, boolean allPresent) {
        Settings copy = settings.copy();
        copy.ops = operations;
        Measurement measured =
                new WorkloadRun(StoreKind.KVARTS, store, directory, copy)
                        .run(workload, 1, allPresent);
        progress()
                .printf(
                        "%-12s %s ops/s%n",
                        workload.label(), Figure.OPS.format(measured.figure(Figure.OPS)));
        return measured;
    }
}
