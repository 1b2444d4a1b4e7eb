package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.ArrayList;
import java.util.List;

/// The runs that compare settings, small: what they measure is theirs to judge at size, here every
/// variant must come to its end and have its line.
class VariantsRunTest {
    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    private int execute(String... arguments) {
        return Main.commandLine(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(progress, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(progress, true, StandardCharsets.UTF_8))
                .execute(arguments);
    }

    private List<String> run(String name, String... arguments) {
        var all = new ArrayList<>(List.of(name, "--warmup=0", "--memory=16m"));
        all.add("--limit=120");
        all.add("--dir=" + directory.resolve("data"));
        all.addAll(List.of(arguments));
        int status = execute(all.toArray(String[]::new));
        String text = out.toString(StandardCharsets.UTF_8);
        assertEquals(0, status, () -> text + "\n" + progress);
        return text.lines().toList();
    }

    @Test
    void wisckeyHasALineForEachStoreAndSizeAndOneForEachRatio() throws IOException {
        Path json = directory.resolve("wisckey.json");
        List<String> lines =
                run(
                        "wisckey",
                        "--total=200k",
                        "--range=8k",
                        "--value-sizes=100,2048",
                        "--json=" + json);
        assertEquals(1 + 2 * (3 + 2), lines.size(), lines.toString());
        assertTrue(lines.get(3).startsWith("100 B") && lines.get(3).contains("rocksdb-blob"));
        assertTrue(lines.getLast().contains("kvarts-ordered / rocksdb-blob"), lines.toString());
        assertTrue(Files.readString(json).contains("\"2048 B\""));
    }

    @Test
    void spaceWeighsEachStrategyAndTheRivals() {
        List<String> lines = run("space", "--num=500", "--strategies=UNIFIED", "--rivals=rocksdb");
        assertEquals(1 + 2 * 2 + 1, lines.size(), lines.toString());
        assertTrue(lines.get(1).matches("100 B, UNIFIED +kvarts-ordered .*"), lines.toString());
        assertTrue(lines.get(1).contains("<= 1.3"), lines.toString());
        assertTrue(lines.get(4).contains("rocksdb"), lines.toString());
    }

    @Test
    void strategiesHaveALineEach() {
        List<String> lines = run("strategies", "--num=500", "--strategies=LEVELED,SIZE_TIERED");
        assertEquals(4, lines.size(), lines.toString());
        assertTrue(lines.get(1).startsWith("LEVELED"), lines.toString());
        assertTrue(lines.get(2).startsWith("SIZE_TIERED"), lines.toString());
    }

    @Test
    void loadJudgesBothSizes() {
        List<String> lines = run("load", "--scale=0.0001", "--stores=kvarts-ordered");
        String text = String.join("\n", lines);
        assertTrue(text.contains("1,000 x 100 B, kvarts-ordered: WA_store"), text);
        assertTrue(text.contains("200 x 1024 B, kvarts-ordered: longest write stall"), text);
        assertTrue(text.contains("<= 1.600"), text);
    }

    @Test
    void transactionsHaveALineForEachStoreAndContention() throws IOException {
        Path json = directory.resolve("transactions.json");
        List<String> lines =
                run("transactions", "--num=500", "--ops=500", "--rounds=1", "--json=" + json);
        assertEquals(1 + 9 + 1 + 1 + 6, lines.size(), lines.toString());
        assertTrue(lines.get(1).matches("1 thread +transactions +kvarts .*"), lines.get(1));
        assertTrue(
                lines.get(9).matches("4 threads +transactions-hot +rocksdb-optimistic .*"),
                lines.get(9));
        assertTrue(lines.getLast().matches(".* rocksdb-optimistic .*x (met|MISSED) 2x"));
        assertTrue(Files.readString(json).contains("\"aborted_per_commit\""));
    }

    @Test
    void syncingIsComparedWithTheDeviceAndWithRocksDb() {
        List<String> lines = run("sync", "--num=100", "--ops=64", "--device-probe=5", "--rounds=1");
        String text = String.join("\n", lines);
        assertEquals(1 + 6 + 1 + 1 + 4 + 1 + 1 + 2, lines.size(), text);
        assertTrue(lines.get(4).matches("8 threads +overwrite-sync +kvarts .*%.*"), text);
        assertTrue(lines.get(12).matches(".*rocksdb.*x (met|MISSED) 1\\.2x"), text);
        assertTrue(lines.getLast().contains(">= 0.6000"), text);
    }

    @Test
    void aTotalThatIsTooSmallIsAUsageError() {
        assertEquals(2, execute("wisckey", "--total=1k"));
        assertTrue(progress.toString(StandardCharsets.UTF_8).contains("--total=1024"));
    }
}
