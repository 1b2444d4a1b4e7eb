package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The runs that measure Kvarts alone, small: what they count is theirs to judge at size, here they
/// must come to their end.
class SpecialRunTest {
    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private String run(String... arguments) {
        var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        int status = Main.commandLine(stream, stream).execute(arguments);
        String text = out.toString(StandardCharsets.UTF_8);
        assertEquals(0, status, text);
        return text;
    }

    @Test
    void largeCountsReadsAndWrites() throws IOException {
        Path json = directory.resolve("large.json");
        String text =
                run("large", "--num=20000", "--dir=" + directory.resolve("data"), "--json=" + json);
        assertTrue(text.contains("hit, reads per get"), text);
        assertTrue(text.contains("overwrite zipf 0.99, WA_store"), text);
        assertTrue(Files.readString(json).contains("\"limit\": 1.05"));
        assertFalse(Files.exists(directory.resolve("data")), "the database is deleted");
    }

    @Test
    void coldReadsReadWhatWasPrepared() {
        String data = "--dir=" + directory.resolve("data");
        run("coldreads", "--prepare", "--num=5000", data);
        String text = run("coldreads", "--num=5000", "--ops=1000", data);
        assertTrue(text.contains("hit, engine: reads per get"), text);
    }

    @Test
    void reopenAnswersAfterCloseAndAfterKill() {
        String text =
                run(
                        "reopen",
                        "--num=5000",
                        "--repeat=1",
                        "--memory=32m",
                        "--dir=" + directory.resolve("data"));
        assertTrue(text.contains("after kill -9, s to the first answer"), text);
    }

    @Test
    void snapshotsCompareEachPhaseWithItsCounterpart() {
        String text =
                run(
                        "snapshots",
                        "--num=3000",
                        "--memory=32m",
                        "--memory-store=128k",
                        "--rounds=1",
                        "--stores=kvarts,kvarts-ordered",
                        "--workloads=overwrite-uniform",
                        "--dir=" + directory.resolve("data"));
        assertTrue(text.contains("kvarts overwrite-uniform: one long snapshot, share lost"), text);
        assertTrue(text.contains("kvarts-ordered overwrite-uniform: short snapshots"), text);
        assertTrue(text.matches("(?s).*views kept by it in the end +1\\.000.*"), text);
        assertEquals(8, text.lines().filter(line -> line.startsWith("round 1")).count(), text);
    }

    @Test
    void entriesThatExpireAreReadOutOfMemoryAndOutOfFiles() {
        String text =
                run(
                        "ttl",
                        "--num=2000",
                        "--memory=64m",
                        "--memory-store=16m",
                        "--warmup=0",
                        "--rounds=2",
                        "--repeat=1",
                        "--dir=" + directory.resolve("data"));
        for (String store : List.of("kvarts", "kvarts-ordered")) {
            for (String place : List.of("memory", "files")) {
                String line = store + " out of " + place + ": time that expiry adds, share";
                assertTrue(text.contains(line), text);
            }
        }
        assertEquals(2, text.lines().filter(line -> line.startsWith("round 2")).count() / 4, text);
    }

    @Test
    void entriesThatAreNotInMemoryAnyMoreEndTheRun() {
        var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        int status =
                Main.commandLine(stream, stream)
                        .setErr(new PrintWriter(out, true, StandardCharsets.UTF_8))
                        .execute(
                                "ttl",
                                "--num=20000",
                                "--memory=64m",
                                "--memory-store=64k",
                                "--warmup=0",
                                "--rounds=1",
                                "--repeat=1",
                                "--stores=kvarts",
                                "--dir=" + directory.resolve("data"));
        assertEquals(1, status, out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aFloorThatIsNotReachedIsMissed() {
        String text =
                Finding.table(
                        List.of(
                                Finding.atLeast("one", 0.6, 0.6),
                                Finding.atLeast("two", 0.59, 0.6)));
        List<String> lines = text.lines().toList();
        assertTrue(lines.get(1).endsWith(">= 0.6000  met"), text);
        assertTrue(lines.get(2).endsWith(">= 0.6000  MISSED"), text);
    }

    @Test
    void answersSurviveTheWayToTheParent() {
        var answer = new ReopenChild.Answer(0.25, 0.000125, 0.2, 12345);
        assertEquals(answer, ReopenChild.Answer.parse(answer.toLine()));
    }

    @Test
    void aFindingAboveItsLimitIsMissed() {
        String text =
                Finding.table(
                        List.of(
                                new Finding("one", 1.02, 1.02),
                                new Finding("two", 1.03, 1.02),
                                Finding.plain("three", 5_000_000)));
        List<String> lines = text.lines().toList();
        assertTrue(lines.get(1).endsWith("met"), text);
        assertTrue(lines.get(2).endsWith("MISSED"), text);
        assertTrue(lines.get(3).endsWith("5,000,000"), text);
    }
}
