package dev.kvarts.bench;

import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.MemoryReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/// Many entries in a hashed keyspace: what finding a key costs in memory and reads, and what
/// writing costs in writes.
@Command(
        name = "large",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Fills a hashed keyspace of Kvarts (50 million entries by default), reads, and"
                    + " overwrites it by zipf with a memory store of a hundredth of the data until"
                    + " reclaiming is in balance.",
            "It needs some 15 GB of disk and runs for many minutes; with --num=2000000 it is a"
                    + " quick check."
        })
final class LargeRun extends SpecialRun {
    private static final long NUM = 50_000_000;
    private static final long READS_MAX = 2_000_000;
    private static final long MEMORY_STORE_MIN = 1 << 20;

    @Option(
            names = "--overwrites",
            paramLabel = "N",
            description =
                    "overwrites that are counted, after half as many that are not; 0: as many as"
                            + " entries")
    long overwrites = 0;

    LargeRun() {
        settings.num = NUM;
    }

    @Override
    List<Finding> measure() {
        Disk.recreate(directory);
        if (settings.memoryStoreBytes == 0) {
            settings.memoryStoreBytes =
                    Math.clamp(dataBytes() / 100, MEMORY_STORE_MIN, settings.memoryBytes / 2);
        }
        long counted = overwrites == 0 ? settings.num : overwrites;
        long reads = Math.min(settings.num, READS_MAX);
        var findings = new ArrayList<Finding>();
        try (var store = new KvartsStore(directory, settings)) {
            Measurement fill = run(store, Workload.FILLRANDOM, 0, false);
            findings.add(Finding.plain("entries", (double) settings.num));
            findings.add(Finding.plain("memory store, MiB", settings.memoryStoreBytes / 0x1p20));
            findings.add(Finding.plain("insert, ops/s", fill.figure(Figure.OPS)));
            findings.add(new Finding("insert, WA_store", fill.figure(Figure.WA_STORE), 1.05));
            findings.add(Finding.plain("insert, WA_device", fill.figure(Figure.WA_DEVICE)));
            findings.add(
                    new Finding("index, bytes of memory per key", fill.figure(Figure.INDEX), 2.5));
            findings.add(Finding.plain("space per byte of data", fill.figure(Figure.SPACE)));
            Measurement hits = run(store, Workload.READRANDOM, reads, true);
            findings.add(Finding.plain("hit, ops/s", hits.figure(Figure.OPS)));
            findings.add(Finding.plain("hit, p99.9 us", hits.figure(Figure.P999)));
            findings.add(new Finding("hit, reads per get", hits.figure(Figure.READS_HIT), 1.02));
            Measurement misses = run(store, Workload.READMISSING, reads, true);
            findings.add(Finding.plain("miss, ops/s", misses.figure(Figure.OPS)));
            findings.add(
                    new Finding("miss, reads per get", misses.figure(Figure.READS_MISS), 0.035));
            run(store, Workload.OVERWRITE, counted / 2, true);
            Measurement overwrite = run(store, Workload.OVERWRITE, counted, true);
            findings.add(
                    Finding.plain("overwrite " + how() + ", ops/s", overwrite.figure(Figure.OPS)));
            findings.add(
                    new Finding(
                            "overwrite " + how() + ", WA_store",
                            overwrite.figure(Figure.WA_STORE),
                            1.6));
            findings.add(
                    Finding.plain(
                            "overwrite " + how() + ", WA_device",
                            overwrite.figure(Figure.WA_DEVICE)));
            KeyspaceStats stats = store.stats();
            findings.add(
                    Finding.plain(
                            "utilisation afterwards, %",
                            100.0 * stats.liveBytes() / stats.storedBytes()));
            findings.add(
                    new Finding(
                            "index afterwards, bytes per key",
                            overwrite.figure(Figure.INDEX),
                            3.0));
            findings.add(Finding.plain("runs afterwards", stats.runs()));
            MemoryReport memory = store.database().memory();
            memory.items()
                    .forEach(
                            (item, bytes) ->
                                    findings.add(
                                            Finding.plain(
                                                    "memory: " + item + ", MiB", bytes / 0x1p20)));
            findings.add(
                    new Finding(
                            "memory used, MiB",
                            memory.usedBytes() / 0x1p20,
                            memory.limitBytes() / 0x1p20));
        }
        Disk.delete(directory);
        return findings;
    }

    private String how() {
        return settings.overwriteKeys == Settings.OverwriteKeys.ZIPF
                ? "zipf " + settings.theta
                : "uniform";
    }
}
