package dev.kvarts.bench;

import dev.kvarts.api.ReadMode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/// Reads of data that does not fit into memory: do the reads that the engine counts agree with
/// those that the device makes?
@Command(
        name = "coldreads",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Reads a database much larger than memory, with one read call per lookup, and compares"
                    + " the reads that the engine counts with those of the process and of the block"
                    + " device.",
            "First make it, then read it in a control group that limits memory, page cache included"
                    + " (needs root):",
            "",
            "  kvarts bench coldreads --prepare --num=20000000 --dir=DIR",
            "  bench/cgroup.sh 400m kvarts bench coldreads --num=20000000 --ops=200000"
                    + " --memory=128m --dir=DIR",
            "",
            "Other programs that read from the same device meanwhile are counted with it."
        })
final class ColdReadsRun extends SpecialRun {
    private static final long OPERATIONS = 200_000;

    @Option(names = "--prepare", description = "make the database and end")
    boolean prepare;

    @Override
    List<Finding> measure() {
        settings.readMode = ReadMode.POSITIONAL;
        if (prepare) {
            Disk.recreate(directory);
        }
        var findings = new ArrayList<Finding>();
        try (var store = new KvartsStore(directory, settings)) {
            if (prepare) {
                Measurement fill = run(store, Workload.FILLRANDOM, 0, false);
                findings.add(Finding.plain("insert, ops/s", fill.figure(Figure.OPS)));
                return findings;
            }
            long operations = settings.ops == 0 ? OPERATIONS : settings.ops;
            describe(findings, "hit", run(store, Workload.READRANDOM, operations, true), 1.02);
            describe(findings, "miss", run(store, Workload.READMISSING, operations, true), 0.035);
        }
        return findings;
    }

    private static void describe(
            List<Finding> findings, String what, Measurement measured, double limit) {
        Figure engine = what.equals("hit") ? Figure.READS_HIT : Figure.READS_MISS;
        double counted = measured.figure(engine);
        double device = measured.figure(Figure.DEVICE_READS);
        findings.add(Finding.plain(what + ", ops/s", measured.figure(Figure.OPS)));
        findings.add(Finding.plain(what + ", p50 us", measured.figure(Figure.P50)));
        findings.add(Finding.plain(what + ", p99.9 us", measured.figure(Figure.P999)));
        findings.add(new Finding(what + ", engine: reads per get", counted, limit));
        findings.add(
                Finding.plain(
                        what + ", process: system calls per get",
                        measured.figure(Figure.SYSCALLS)));
        findings.add(
                Finding.plain(
                        what + ", process: bytes read per get",
                        measured.figure(Figure.READ_BYTES)));
        findings.add(Finding.plain(what + ", device: reads per get", device));
        findings.add(Finding.plain(what + ", device reads per engine read", device / counted));
    }
}
