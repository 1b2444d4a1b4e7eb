package dev.kvarts.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What snapshots cost those who write.
@Command(
        name = "snapshots",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Overwrites the entries of a keyspace (2 million by default), by zipf and evenly,"
                + " hashed and ordered: with no snapshot; with one that is open from before until"
                + " all has settled; beside a thread that reads a few keys at a time; and beside"
                + " the same thread opening a snapshot for each few. The phases take turns in one"
                + " process, on one database; each is compared with its counterpart of the same"
                + " round.",
            "A snapshot that does not show what was there when it was opened ends the run."
        })
final class SnapshotsRun extends SpecialRun {
    private static final long NUM = 2_000_000;
    private static final long MEMORY_STORE_BYTES = 64 << 20;
    private static final double LOST_MAX = 0.05;

    @Option(
            names = "--stores",
            split = ",",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "kvarts,kvarts-ordered")
    List<String> stores;

    @Option(
            names = "--workloads",
            split = ",",
            paramLabel = "NAME",
            description = "workloads that overwrite (default: ${DEFAULT-VALUE})",
            defaultValue = "overwrite,overwrite-uniform")
    List<String> workloads;

    @Option(
            names = "--rounds",
            description =
                    "rounds of all phases, after one that is not counted (default:"
                            + " ${DEFAULT-VALUE})")
    int rounds = 5;

    @Option(
            names = "--snapshot-rate",
            paramLabel = "N",
            description =
                    "times per second that keys are read beside the writer, in a snapshot or"
                            + " without; 0: as often as it goes (default: ${DEFAULT-VALUE})")
    long snapshotRate = 10_000;

    SnapshotsRun() {
        settings.num = NUM;
        settings.memoryStoreBytes = MEMORY_STORE_BYTES;
    }

    @Override
    List<Finding> measure() {
        if (rounds < 1 || snapshotRate < 0) {
            throw new IllegalArgumentException(
                    "option out of range: --rounds=" + rounds + " --snapshot-rate=" + snapshotRate);
        }
        var findings = new ArrayList<Finding>();
        for (String store : stores) {
            StoreKind kind = StoreKind.of(store).requireKvarts();
            for (String workload : workloads) {
                describe(findings, kind, Workload.of(workload));
            }
        }
        return findings;
    }

    private void describe(List<Finding> findings, StoreKind kind, Workload workload) {
        List<Phased> phases = phases(kind, workload);
        String none = SnapshotPhase.NONE.label();
        String reads = SnapshotPhase.READS.label();
        String single = SnapshotPhase.LONG.label();
        String many = SnapshotPhase.SHORT.label();
        String what = kind.label() + " " + workload.label() + ": ";
        findings.add(plain(what + "no snapshot, ops/s", phases, none, Figure.OPS));
        findings.add(plain("  longest stall, ms", phases, none, Figure.STALL));
        findings.add(plain("  space per byte of data", phases, none, Figure.SPACE));
        findings.addAll(
                Phased.findings(
                        what + "one long snapshot, share lost",
                        Phased.lost(phases, single, none),
                        LOST_MAX));
        findings.add(plain("  longest stall, ms", phases, single, Figure.STALL));
        findings.add(plain("  space per byte of data", phases, single, Figure.SPACE));
        findings.add(plain("  views kept by it in the end", phases, single, Figure.VIEWS));
        findings.addAll(
                Phased.findings(
                        what + "short snapshots, share lost",
                        Phased.lost(phases, many, reads),
                        LOST_MAX));
        findings.add(plain("  longest stall, ms", phases, many, Figure.STALL));
        findings.add(plain("  snapshots per second", phases, many, Figure.TURNS));
        findings.add(plain("  the same reads without, per second", phases, reads, Figure.TURNS));
        findings.add(plain("  ops/s beside these", phases, reads, Figure.OPS));
    }

    private static Finding plain(String name, List<Phased> phases, String phase, Figure figure) {
        Spread spread = Phased.spread(phases, phase, figure);
        return Finding.plain(name, figure == Figure.STALL ? spread.max() : spread.median());
    }

    private List<Phased> phases(StoreKind kind, Workload workload) {
        Path own = directory.resolve(kind.label());
        var arguments = new ArrayList<>(settings.arguments());
        arguments.add("--store=" + kind.label());
        arguments.add("--workload=" + workload.label());
        arguments.add("--rounds=" + rounds);
        arguments.add("--snapshot-rate=" + snapshotRate);
        arguments.add("--dir=" + own);
        return phases(kind, SnapshotsChild.class, arguments, own);
    }
}
