package dev.kvarts.cli;

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

/// Damage is found, said and never printed as data.
final class DamageTest {
    @TempDir private Path temporary;
    private Shell shell;
    private Path database;

    @BeforeEach
    void fill() {
        database = temporary.resolve("db");
        shell = new Shell(database);
        var lines = new StringBuilder();
        for (int i = 0; i < 2_000; i++) {
            lines.append("key-").append(i).append("\tvalue of ").append(i).append('\n');
        }
        byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
        assertEquals(0, shell.runWithInput(bytes, "import", "DIR", "-").exitCode());
    }

    private String flipAByteOf(String prefix) throws IOException {
        Path file;
        try (var files = Files.list(database)) {
            file =
                    files.filter(each -> each.getFileName().toString().startsWith(prefix))
                            .sorted()
                            .findFirst()
                            .orElseThrow();
        }
        byte[] content = Files.readAllBytes(file);
        content[content.length / 3] ^= 0x10;
        Files.write(file, content);
        return file.getFileName().toString();
    }

    @Test
    void soundDatabaseVerifies() {
        var outcome = shell.run("verify", "DIR");
        assertEquals(ExitCode.OK, outcome.exitCode(), outcome.out() + outcome.err());
        assertTrue(outcome.out().startsWith("ok  read "), outcome.out());
        var json = shell.run("verify", "DIR", "--json").json();
        assertTrue(json.get("ok").asBoolean());
        assertTrue(json.get("problems").isEmpty());
        assertTrue(json.get("entries").asLong() >= 2_000);
    }

    @Test
    void damagedRunIsNamedAndItsBytesAreNotServed() throws IOException {
        String file = flipAByteOf("run-");
        var outcome = shell.run("verify", "DIR");
        assertEquals(ExitCode.NO, outcome.exitCode(), outcome.err());
        assertTrue(outcome.out().contains(file), outcome.out());
        assertTrue(outcome.out().contains("damaged  1 problem"), outcome.out());
        var json = shell.run("verify", "DIR", "--json").json();
        assertFalse(json.get("ok").asBoolean());
        assertEquals(file, json.get("problems").get(0).get("file").asText());
        var scan = shell.run("scan", "DIR");
        assertEquals(ExitCode.STORAGE, scan.exitCode());
        assertTrue(scan.err().startsWith("kvarts scan: "), scan.err());
        assertTrue(scan.err().contains("file=" + file), scan.err());
        assertEquals(1, scan.err().lines().count(), scan.err());
        assertTrue(scan.out().lines().allMatch(line -> line.matches("key-(\\d+)\tvalue of \\1")));
    }

    @Test
    void databaseThatCannotBeOpenedIsReportedByVerify() throws IOException {
        String file = flipAByteOf("manifest");
        assertEquals(ExitCode.STORAGE, shell.run("get", "DIR", "key-1").exitCode());
        var outcome = shell.run("verify", "DIR", "--json");
        assertEquals(ExitCode.NO, outcome.exitCode(), outcome.err());
        assertEquals(file, outcome.json().get("problems").get(0).get("file").asText());
    }

    @Test
    void inspectShowsEveryFileAndItsDamage() throws IOException {
        try (var files = Files.list(database)) {
            for (Path file : files.toList()) {
                var outcome = shell.run("inspect", file.toString(), "--units", "2");
                assertEquals(ExitCode.OK, outcome.exitCode(), file + outcome.err());
                assertTrue(outcome.out().contains("offset"), outcome.out());
                assertTrue(outcome.out().endsWith("ok  all checksums fit\n"), outcome.out());
            }
        }
        String file = flipAByteOf("run-");
        var outcome = shell.run("inspect", "DIR/" + file);
        assertEquals(ExitCode.NO, outcome.exitCode());
        assertTrue(outcome.out().contains("\ndamaged at offset "), outcome.out());
        var json = shell.run("inspect", "DIR/" + file, "--json").json();
        assertEquals("run", json.get("kind").asText());
        assertEquals(1, json.get("problems").size());
        String help = shell.run("inspect", "--help").out();
        for (var field : json.properties()) {
            assertTrue(help.contains(field.getKey()), field.getKey());
        }
    }

    @Test
    void inspectRefusesFilesThatAreNotOurs() throws IOException {
        Path file = Files.writeString(temporary.resolve("poem"), "roses are red");
        assertEquals(ExitCode.USAGE, shell.run("inspect", file.toString()).exitCode());
        assertEquals(ExitCode.USAGE, shell.run("inspect", "DIR").exitCode());
        assertEquals(ExitCode.STORAGE, shell.run("inspect", "DIR/nowhere").exitCode());
    }
}
