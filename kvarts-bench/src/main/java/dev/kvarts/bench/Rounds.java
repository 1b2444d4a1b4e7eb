package dev.kvarts.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// Runs every store in a JVM of its own, round after round; each round begins with another store,
/// so that noise and drift of the machine hit all of them.
final class Rounds {
    private final Settings settings;
    private final Path directory;
    private final PrintStream progress;

    Rounds(Settings settings, Path directory, PrintStream progress) {
        this.settings = settings;
        this.directory = directory;
        this.progress = progress;
    }

    Results run(List<StoreKind> stores, List<Workload> workloads, int rounds) {
        Disk.createDirectories(directory);
        var measurements = new ArrayList<Measurement>();
        var skipped = new LinkedHashMap<StoreKind, String>();
        for (int round = 1; round <= rounds; round++) {
            for (int i = 0; i < stores.size(); i++) {
                StoreKind store = stores.get((i + round - 1) % stores.size());
                if (!skipped.containsKey(store)) {
                    int status = run(store, workloads, round, measurements);
                    if (status != 0) {
                        String reason =
                                "its process ended with status " + status + " in round " + round;
                        skipped.put(store, reason);
                        progress.println(
                                store.label() + ": " + reason + "; it is left out from here on");
                    }
                }
            }
        }
        return new Results(settings, Machine.of(directory), measurements, skipped);
    }

    private int run(
            StoreKind store, List<Workload> workloads, int round, List<Measurement> measurements) {
        Path own = directory.resolve(store.label());
        var arguments = new ArrayList<>(settings.arguments());
        arguments.add("--store=" + store.label());
        arguments.add(
                "--workloads="
                        + String.join(",", workloads.stream().map(Workload::label).toList()));
        arguments.add("--round=" + round);
        arguments.add("--dir=" + own);
        try {
            return ChildProcess.run(
                    ChildProcess.command(store.jvmFlags(settings), Child.class, arguments),
                    settings.limitSeconds,
                    line -> {
                        if (Measurement.isLine(line)) {
                            measurements.add(Measurement.parse(line));
                        } else {
                            progress.println(line);
                        }
                    });
        } finally {
            Disk.delete(own);
        }
    }
}
