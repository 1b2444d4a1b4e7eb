package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Every store in a JVM of its own, as a run does it, through every workload. [Worker] checks each
/// answer, and after each workload that writes a walk each way counts what is there: a lost or a
/// wrong value ends the child.
class RivalTest {
    private static final long LIMIT_SECONDS = 120;
    private static final int NUM = 1000;
    private static final List<Workload> WORKLOADS =
            List.of(
                    Workload.FILLSEQ,
                    Workload.FILLRANDOM,
                    Workload.READRANDOM,
                    Workload.READMISSING,
                    Workload.READHOT,
                    Workload.SEEKRANDOM,
                    Workload.READSEQ,
                    Workload.READREVERSE,
                    Workload.READWHILEWRITING,
                    Workload.UPDATERANDOM,
                    Workload.OVERWRITE,
                    Workload.OVERWRITE_UNIFORM,
                    Workload.OVERWRITE_TWICE,
                    Workload.TRANSACTIONS,
                    Workload.TRANSACTIONS_HOT,
                    Workload.YCSB_A,
                    Workload.YCSB_B,
                    Workload.YCSB_C,
                    Workload.YCSB_F,
                    Workload.YCSB_D,
                    Workload.YCSB_E,
                    Workload.DELETERANDOM,
                    Workload.DELETERANGE,
                    Workload.FILLSYNC);

    @TempDir Path directory;

    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();
    private final Settings settings = new Settings();

    private Results run(StoreKind store, List<Workload> workloads) {
        settings.num = NUM;
        settings.warmupMillis = 0;
        settings.memoryBytes = 16 << 20;
        settings.limitSeconds = LIMIT_SECONDS;
        settings.deviceProbeMillis = 1;
        settings.verify = true;
        Results results =
                new Rounds(
                                settings,
                                directory,
                                new PrintStream(progress, true, StandardCharsets.UTF_8))
                        .run(List.of(store), workloads, 1);
        assertTrue(results.skipped().isEmpty(), () -> results.skipped() + "\n" + progress);
        return results;
    }

    @ParameterizedTest
    @EnumSource
    void entriesGoInAndComeOutInEveryWorkload(StoreKind store) {
        List<Workload> possible = WORKLOADS.stream().filter(store::can).toList();
        Results results = run(store, WORKLOADS);
        assertEquals(possible, results.workloads());
        assertEquals(1, results.spread(store, Workload.READRANDOM, Figure.FOUND).median());
        assertEquals(0, results.spread(store, Workload.READMISSING, Figure.FOUND).median());
        assertTrue(results.spread(store, Workload.FILLRANDOM, Figure.OPS).median() > 0);
        assertTrue(results.spread(store, Workload.FILLRANDOM, Figure.STALL).known());
        for (Workload workload : possible) {
            if (workload.writes()) {
                double left = results.spread(store, workload, Figure.LEFT).median();
                if (workload.adds()) {
                    assertTrue(left > NUM && left < NUM * 1.2, workload.label() + " " + left);
                } else {
                    assertEquals(entriesAfter(workload), left, workload.label());
                }
            }
        }
        assertTrue(Files.notExists(directory.resolve(store.label())), "the database is deleted");
    }

    @ParameterizedTest
    @EnumSource(
            names = {"KVARTS", "MVSTORE"},
            mode = EnumSource.Mode.EXCLUDE)
    void oneCursorServesManySeeks(StoreKind store) {
        settings.seekCursor = Settings.SeekCursor.KEPT;
        Results results = run(store, List.of(Workload.SEEKRANDOM));
        assertEquals(1, results.spread(store, Workload.SEEKRANDOM, Figure.FOUND).median());
    }

    /// Makes the same draws as the one thread of a workload that deletes.
    private double entriesAfter(Workload workload) {
        if (workload == Workload.FILLSYNC) {
            return settings.operations(workload);
        }
        var present = new BitSet();
        present.set(0, NUM);
        int range = workload.action == Workload.Action.DELETE_RANGE ? Worker.DELETED_RANGE : 1;
        if (!workload.keepsAll()) {
            var chooser =
                    new KeyChooser(
                            settings.choice(workload),
                            NUM,
                            new Permutation(NUM, settings.seed),
                            new Zipf(NUM, settings.theta),
                            new AtomicLong(NUM),
                            SplitMix.mix(settings.seed + WorkloadRun.salt(workload)),
                            0,
                            1);
            for (long i = 0; i < settings.operations(workload); i++) {
                int number = (int) chooser.next();
                present.clear(number, number + range);
            }
        }
        return present.cardinality();
    }
}
