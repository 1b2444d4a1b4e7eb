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
import java.util.List;

/// Every store in a JVM of its own, as a run does it. [Worker] checks each answer: a lost or a
/// wrong value ends the child.
class RivalTest {
    private static final long LIMIT_SECONDS = 120;
    private static final List<Workload> WORKLOADS =
            List.of(
                    Workload.FILLRANDOM,
                    Workload.READRANDOM,
                    Workload.READMISSING,
                    Workload.READSEQ,
                    Workload.UPDATERANDOM,
                    Workload.DELETERANDOM);

    @TempDir Path directory;

    @ParameterizedTest
    @EnumSource
    void aThousandEntriesGoInAndComeOut(StoreKind store) {
        var settings = new Settings();
        settings.num = 1000;
        settings.warmupMillis = 0;
        settings.memoryBytes = 16 << 20;
        settings.limitSeconds = LIMIT_SECONDS;
        var progress = new ByteArrayOutputStream();
        Results results =
                new Rounds(
                                settings,
                                directory,
                                new PrintStream(progress, true, StandardCharsets.UTF_8))
                        .run(List.of(store), WORKLOADS, 1);
        assertTrue(results.skipped().isEmpty(), () -> results.skipped() + "\n" + progress);
        assertEquals(WORKLOADS, results.workloads());
        assertEquals(1, results.spread(store, Workload.READRANDOM, Figure.FOUND).median());
        assertEquals(0, results.spread(store, Workload.READMISSING, Figure.FOUND).median());
        assertTrue(results.spread(store, Workload.FILLRANDOM, Figure.OPS).median() > 0);
        assertTrue(Files.notExists(directory.resolve(store.label())), "the database is deleted");
    }
}
