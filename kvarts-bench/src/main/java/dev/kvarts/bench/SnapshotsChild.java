package dev.kvarts.bench;

import dev.kvarts.api.Snapshot;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.Callable;

/// A process that overwrites the entries of one keyspace, phase after phase, each phase in other
/// company of snapshots, and prints a line for each. Every phase overwrites the same entries in the
/// same order; the first round is not counted.
@Command(
        name = "snapshots-child",
        hidden = true,
        description = "overwrites beside snapshots, for a parent process")
final class SnapshotsChild implements Callable<Integer> {
    private static final int SAMPLES = 1_000;

    @Mixin private final Settings settings = new Settings();

    @Option(names = "--store", required = true)
    private String store;

    @Option(names = "--workload", required = true)
    private String workload;

    @Option(names = "--rounds", required = true)
    private int rounds;

    @Option(names = "--snapshot-rate", required = true)
    private long snapshotRate;

    @Option(names = "--dir", required = true)
    private Path directory;

    /// For the launcher of the JVM.
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new SnapshotsChild()).execute(arguments));
    }

    @Override
    public Integer call() {
        StoreKind kind = StoreKind.of(store);
        Workload overwrite = Workload.of(workload);
        Disk.recreate(directory);
        try (KvartsData data = kind.openKvarts(directory, settings)) {
            var run = new WorkloadRun(kind, data, directory, settings);
            run.run(Workload.FILLRANDOM, 0, false);
            SnapshotPhase[] phases = SnapshotPhase.values();
            for (int round = 0; round <= rounds; round++) {
                for (int i = 0; i < phases.length; i++) {
                    SnapshotPhase phase = phases[(i + round) % phases.length];
                    data.database().compact(); // none has work left to it by the one before
                    data.rest();
                    Measurement measured = run(phase, data, run, overwrite, round);
                    if (round > 0) {
                        System.out.println(new Phased(phase.label(), measured).toLine());
                        System.out.flush();
                    }
                }
            }
        } finally {
            Disk.delete(directory);
        }
        return 0;
    }

    private Measurement run(
            SnapshotPhase phase, KvartsData data, WorkloadRun run, Workload work, int round) {
        return switch (phase) {
            case NONE -> run.run(work, round, true);
            case LONG -> besideOneSnapshot(data, run, work, round);
            case READS -> besideReader(data, run, work, round, false);
            case SHORT -> besideReader(data, run, work, round, true);
        };
    }

    /// The snapshot must show in the end what was there in the beginning.
    private Measurement besideOneSnapshot(
            KvartsData data, WorkloadRun run, Workload work, int round) {
        List<byte[]> keys = sampleKeys();
        try (Snapshot snapshot = data.database().snapshot()) {
            List<byte[]> before = data.keyspace().getAll(keys);
            Measurement measured = run.run(work, round, true);
            int views = data.database().stats().keptViews();
            List<byte[]> seen = snapshot.getAll(data.keyspace(), keys);
            for (int i = 0; i < keys.size(); i++) {
                if (!Arrays.equals(before.get(i), seen.get(i))) {
                    throw new IllegalStateException(
                            "a snapshot shows what was written after it: number="
                                    + Keys.number(keys.get(i)));
                }
            }
            return with(measured, Figure.VIEWS, views);
        }
    }

    private List<byte[]> sampleKeys() {
        var random = new SplitMix(settings.seed);
        var keys = new ArrayList<byte[]>();
        for (int i = 0; i < SAMPLES; i++) {
            byte[] key = Keys.create();
            Keys.present(key, random.below(settings.num));
            keys.add(key);
        }
        return keys;
    }

    private Measurement besideReader(
            KvartsData data, WorkloadRun run, Workload work, int round, boolean snapshots) {
        var reader = new SnapshotReader(data, settings, snapshotRate, snapshots);
        reader.start();
        Measurement measured;
        double perSecond;
        try {
            measured = run.run(work, round, true);
        } finally {
            perSecond = reader.end();
        }
        return with(measured, Figure.TURNS, perSecond);
    }

    private static Measurement with(Measurement measured, Figure figure, double value) {
        var figures = new EnumMap<>(measured.figures());
        figures.put(figure, value);
        return new Measurement(measured.store(), measured.workload(), measured.round(), figures);
    }
}
