package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.inspect.Layouts;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Codecs of ordered keyspaces: every command understands every one.
final class CodecCommandsTest {
    private static final String BY_CODEC = "by codec ";

    @TempDir private Path temporary;
    private Path database;
    private Shell shell;

    @BeforeEach
    void start() {
        database = temporary.resolve("db");
        shell = new Shell(database);
    }

    private Shell.Outcome ok(String... arguments) {
        return okWithInput("", arguments);
    }

    private Shell.Outcome okWithInput(String input, String... arguments) {
        var outcome = shell.runWithInput(input.getBytes(StandardCharsets.UTF_8), arguments);
        assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
        assertEquals("", outcome.err());
        return outcome;
    }

    private void misused(String message, String... arguments) {
        var outcome = shell.runWithInput("a\t1".getBytes(StandardCharsets.UTF_8), arguments);
        assertEquals(ExitCode.USAGE, outcome.exitCode(), outcome.err());
        assertTrue(outcome.err().contains(message), outcome.err());
    }

    @Test
    void everyCodecGivesBackWhatWasImported() throws IOException {
        var lines = new StringBuilder();
        for (int i = 0; i < 1_000; i++) { // none so large that it lies apart, in a value file
            lines.append("%04d\t%s\n".formatted(i, "value of %d ".formatted(i).repeat(i % 70)));
        }
        String all = lines.toString();
        Map<String, Long> stored = new HashMap<>();
        for (String codec : CodecConverter.NAMES) {
            okWithInput(all, "import", "DIR", codec, "-", "--ordered", "--codec", codec);
            ok("compact", "DIR", codec);
            assertArrayEquals(
                    all.getBytes(StandardCharsets.UTF_8), ok("scan", "DIR", codec).outBytes());
            var layout = ok("layout", "DIR", codec, "--json").json().get("keyspaces").get(0);
            assertEquals(codec, layout.get("codec").asText());
            stored.put(codec, layout.get("fileBytes").asLong());
        }
        assertTrue(stored.get("lz4") < stored.get("none") / 3, stored.toString());
        assertTrue(stored.get("zstd") < stored.get("none") / 3, stored.toString());
        assertEquals(3_000, ok("verify", "DIR", "--json").json().get("entries").asLong());
        String drawn = ok("layout", "DIR").out();
        assertTrue(drawn.contains("none  ordered, unified; "), drawn);
        assertTrue(drawn.contains("zstd  ordered, unified, zstd; "), drawn);
        assertEquals(Set.of("", "1", "2"), codecsOfFirstBlocks());
    }

    /// What the inspector says that the first block of each table is compressed by.
    private Set<String> codecsOfFirstBlocks() throws IOException {
        Set<String> codecs = new HashSet<>();
        try (var files = Files.list(database)) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("table-")) {
                    var units = ok("inspect", file.toString(), "--json").json().get("units");
                    String block = units.get(0).get("description").asText();
                    int at = block.indexOf(BY_CODEC);
                    codecs.add(at < 0 ? "" : block.substring(at + BY_CODEC.length()));
                }
            }
        }
        return codecs;
    }

    @Test
    void codecOfAKeyspaceIsChangedAndTheRestOfItsOptionsStays() throws IOException {
        okWithInput("a\t1", "import", "DIR", "k", "-", "--ordered");
        ok("compact", "DIR", "k", "--strategy", "leveled");
        var was = Layouts.options(database).get("k");
        okWithInput("b\t2", "import", "DIR", "k", "-", "--codec", "ZSTD");
        assertEquals(was.withCodec("zstd"), Layouts.options(database).get("k"));
        okWithInput("c\t3", "import", "DIR", "k", "-");
        assertEquals(was.withCodec("zstd"), Layouts.options(database).get("k"));
        assertEquals("a\t1\nb\t2\nc\t3\n", ok("scan", "DIR", "k").out());
    }

    @Test
    void unknownCodecIsRefusedBeforeAnythingIsMade() {
        misused(
                "no such codec: 'lha'; there are: none, lz4, zstd",
                "import",
                "DIR",
                "-",
                "--ordered",
                "--codec",
                "lha");
        assertFalse(Files.exists(database));
    }

    @Test
    void hashedKeyspacesHaveNoCodec() {
        misused("add --ordered", "import", "DIR", "-", "--codec", "lz4");
        ok("put", "DIR", "h", "a", "1");
        misused("h is hashed", "import", "DIR", "h", "-", "--codec", "lz4");
    }
}
