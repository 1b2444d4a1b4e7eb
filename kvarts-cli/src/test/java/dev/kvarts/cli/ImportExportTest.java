package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// `import` and `export` are each other's inverse, and neither leaves its directory.
final class ImportExportTest {
    @TempDir private Path temporary;
    private Shell shell;
    private Path tree;

    @BeforeEach
    void start() throws IOException {
        shell = new Shell(temporary.resolve("db"));
        tree = Files.createDirectory(temporary.resolve("tree"));
    }

    private Shell.Outcome ok(String... arguments) {
        var outcome = shell.run(arguments);
        assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
        return outcome;
    }

    private void put(String key, String value) {
        byte[] content = value.getBytes(StandardCharsets.UTF_8);
        assertEquals(0, shell.runWithInput(content, "put", "DIR", "--", key, "-").exitCode());
    }

    private static Map<String, String> contents(Path root) throws IOException {
        var contents = new TreeMap<String, String>();
        try (var files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(
                        root.relativize(file).toString(),
                        Notation.HEX.format(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    private void plantTree() throws IOException {
        var random = new SplittableRandom(1);
        for (int i = 0; i < 30; i++) {
            Path file = tree.resolve("d" + i % 3 + "/e/" + "file " + i + ".bin");
            Files.createDirectories(file.getParent());
            byte[] content = new byte[i * i * 37];
            random.nextBytes(content);
            Files.write(file, content);
        }
        byte[] large = new byte[(17 << 20) + 3]; // read through a mapping
        random.nextBytes(large);
        Files.write(tree.resolve("large"), large);
        Files.write(tree.resolve("größe.txt"), "ü".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void directoryTreeComesBackByteForByte() throws IOException {
        plantTree();
        String imported = ok("import", "DIR", "files", tree.toString()).out();
        assertTrue(imported.startsWith("imported 32 entries, "), imported);
        Path copy = temporary.resolve("copy");
        ok("export", "DIR", "files", copy.toString());
        assertEquals(contents(tree), contents(copy));
    }

    @Test
    void jsonLinesComeBackByteForByte() throws IOException {
        plantTree();
        ok("import", "DIR", tree.toString());
        Path lines = temporary.resolve("all.jsonl");
        ok("export", "DIR", lines.toString());
        Shell other = new Shell(temporary.resolve("other"));
        assertEquals(0, other.run("import", "DIR", lines.toString()).exitCode());
        Path copy = temporary.resolve("copy");
        assertEquals(0, other.run("export", "DIR", copy.toString()).exitCode());
        assertEquals(contents(tree), contents(copy));
    }

    @Test
    void tsvComesBackByteForByte() throws IOException {
        plantTree();
        ok("import", "DIR", tree.toString());
        byte[] lines = ok("export", "DIR", "-", "--format", "tsv").outBytes();
        Shell other = new Shell(temporary.resolve("other"));
        assertEquals(0, other.runWithInput(lines, "import", "DIR", "-", "--escaped").exitCode());
        Path copy = temporary.resolve("copy");
        assertEquals(0, other.run("export", "DIR", copy.toString()).exitCode());
        assertEquals(contents(tree), contents(copy));
    }

    @Test
    void linksAreLeftOutAndCounted() throws IOException {
        Files.writeString(tree.resolve("file"), "x");
        Files.createSymbolicLink(tree.resolve("link"), temporary);
        var outcome = ok("import", "DIR", tree.toString(), "--json");
        assertEquals(1, outcome.json().get("entries").asInt());
        assertEquals(1, outcome.json().get("leftOut").asInt());
    }

    @Test
    void databaseInsideTheTreeDoesNotImportItself() throws IOException {
        Files.writeString(tree.resolve("file"), "x");
        var inside = new Shell(tree.resolve("db"));
        var outcome = inside.run("import", "DIR", tree.toString(), "--json");
        assertEquals(1, outcome.json().get("entries").asInt(), outcome.err());
    }

    @Test
    void exportRefusesKeysThatLeadOut() throws IOException {
        put("fine/name", "ok");
        put("../escape", "bad");
        put("a/../../escape", "bad");
        put(temporary + "/absolute", "bad");
        put("a//b", "bad");
        put("a/./b", "bad");
        put("nul\0", "bad");
        put("back\\slash", "bad");
        Path copy = temporary.resolve("copy");
        var outcome = shell.run("export", "DIR", copy.toString());
        assertEquals(ExitCode.NO, outcome.exitCode());
        assertEquals(
                Map.of("fine/name", Notation.HEX.format(new byte[] {'o', 'k'})), contents(copy));
        assertEquals(7, outcome.err().lines().count(), outcome.err());
        assertFalse(Files.exists(temporary.resolve("escape")));
        assertFalse(Files.exists(temporary.resolve("absolute")));
    }

    @Test
    void exportReportsNamesThatCollide() throws IOException {
        put("a", "1");
        put("a/b", "2");
        Path copy = temporary.resolve("copy");
        var outcome = shell.run("export", "DIR", copy.toString(), "--json");
        assertEquals(ExitCode.NO, outcome.exitCode());
        assertEquals(1, outcome.json().get("entries").asInt());
        assertEquals(1, outcome.json().get("refusedCount").asInt());
        assertEquals(1, contents(copy).size());
    }

    @Test
    void exportOverwritesNothing() throws IOException {
        put("a", "1");
        Files.writeString(tree.resolve("mine"), "x");
        var outcome = shell.run("export", "DIR", tree.toString());
        assertEquals(ExitCode.STORAGE, outcome.exitCode());
        assertEquals("kvarts export: directory is not empty: " + tree + "\n", outcome.err());
        Path file = Files.writeString(temporary.resolve("out.jsonl"), "mine");
        assertEquals(ExitCode.STORAGE, shell.run("export", "DIR", file.toString()).exitCode());
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void csvRowsBecomeJsonObjects() throws IOException {
        Path csv = temporary.resolve("users.csv");
        Files.writeString(
                csv,
                "\uFEFFid,name,note\r\n"
                        + "1,\"Lovelace, \"\"Ada\"\"\",\"two\nlines\"\r\n"
                        + "2,Größe,\r\n");
        ok("import", "DIR", "users", csv.toString());
        assertEquals(
                "{\"id\":\"1\",\"name\":\"Lovelace, \\\"Ada\\\"\",\"note\":\"two\\nlines\"}\n",
                ok("get", "DIR", "1").out());
        ok("import", "DIR", "names", csv.toString(), "--key-column", "name", "--value-column", "1");
        assertEquals("1\n", ok("get", "DIR", "names", "Lovelace, \"Ada\"").out());
        assertEquals("2\n", ok("get", "DIR", "names", "Größe").out());
    }

    @Test
    void csvWithoutAHeaderHasNumberedColumns() throws IOException {
        Path tsv = temporary.resolve("pairs.tsv");
        Files.writeString(tsv, "one\t1\ntwo\t2\n");
        ok("import", "DIR", tsv.toString(), "--no-header", "--key-column", "2");
        assertEquals("[\"one\",\"1\"]\n", ok("get", "DIR", "1").out());
        var outcome =
                shell.run("import", "DIR", tsv.toString(), "--no-header", "--key-column", "x");
        assertEquals(ExitCode.USAGE, outcome.exitCode());
        assertEquals("kvarts import: without a header a column is a number: x\n", outcome.err());
    }

    @Test
    void csvErrorsNameTheLine() throws IOException {
        Path csv = Files.writeString(temporary.resolve("bad.csv"), "id,name\n1,a\n2\n,c\n");
        assertEquals(
                "kvarts import: line 3: no column 2, the row has 1\n",
                shell.run("import", "DIR", csv.toString(), "--value-column", "name").err());
        assertEquals(
                "kvarts import: line 4: the key is empty\n",
                shell.run("import", "DIR", csv.toString()).err());
        assertEquals(
                "kvarts import: no such column: nom; there are: id, name\n",
                shell.run("import", "DIR", csv.toString(), "--key-column", "nom").err());
    }

    @Test
    void linesAreKeyTabValueOrNumbered() {
        byte[] lines = "a\t1\tx\nb\t\nc\t3".getBytes(StandardCharsets.UTF_8);
        assertEquals(0, shell.runWithInput(lines, "import", "DIR", "-").exitCode());
        assertEquals("1\tx\n", ok("get", "DIR", "a").out());
        assertEquals("\n", ok("get", "DIR", "b").out());
        assertEquals("3\n", ok("get", "DIR", "c").out());
        assertEquals(
                0,
                shell.runWithInput(lines, "import", "DIR", "n", "-", "--line-numbers").exitCode());
        assertEquals("c\t3\n", ok("get", "DIR", "n", "3").out());
        var outcome =
                shell.runWithInput("no tab".getBytes(StandardCharsets.UTF_8), "import", "DIR", "-");
        assertEquals(ExitCode.USAGE, outcome.exitCode());
        assertEquals("kvarts import: line 1: no tab between key and value\n", outcome.err());
    }

    @Test
    void brokenJsonIsNamedByLine() {
        byte[] lines =
                "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":".getBytes(StandardCharsets.UTF_8);
        var outcome = shell.runWithInput(lines, "import", "DIR", "-", "--format", "jsonl");
        assertEquals(ExitCode.USAGE, outcome.exitCode());
        assertTrue(outcome.err().startsWith("kvarts import: not JSON: line 2 "), outcome.err());
        byte[] keyless = "{\"value\":\"1\"}".getBytes(StandardCharsets.UTF_8);
        assertEquals(
                "kvarts import: object 1: no key\n",
                shell.runWithInput(keyless, "import", "DIR", "-", "--format", "jsonl").err());
    }

    @Test
    void classFilesOfAModuleAreImported() throws IOException {
        ok("import", "DIR", "jdk", "jrt:/java.logging");
        String name = "java.logging/java/util/logging/Logger.class";
        byte[] original = Files.readAllBytes(JdkImage.modules().resolve(name));
        assertArrayEquals(original, ok("get", "DIR", name, "--raw").outBytes());
    }

    @Test
    void missingSourceIsExitCodeThree() {
        var outcome = shell.run("import", "DIR", temporary.resolve("nowhere").toString());
        assertEquals(ExitCode.STORAGE, outcome.exitCode());
        assertTrue(outcome.err().startsWith("kvarts import: no such file or directory: "));
        assertFalse(Files.exists(temporary.resolve("db")));
    }
}
