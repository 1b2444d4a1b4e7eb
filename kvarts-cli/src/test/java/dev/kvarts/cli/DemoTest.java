package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

/// The demo on one small module, with one kill.
final class DemoTest {
    @TempDir private Path temporary;

    @Test
    void nothingAcknowledgedIsLost() {
        Path place = temporary.resolve("db");
        var shell = new Shell(place);
        var outcome =
                shell.run(
                        "demo",
                        "--module",
                        "java.logging",
                        "--rounds",
                        "1",
                        "--dir",
                        "DIR",
                        "--json");
        assertEquals(ExitCode.OK, outcome.exitCode(), outcome.out() + outcome.err());
        var json = outcome.json();
        assertTrue(json.get("ok").asBoolean());
        assertEquals(0, json.get("lostBatches").asLong());
        assertTrue(json.get("acknowledgedBatches").asLong() > 0);
        assertTrue(json.get("entries").asLong() > 10);
        assertTrue(json.get("reversePerSecond").asLong() > 0);
        String help = shell.run("demo", "--help").out();
        for (var field : json.properties()) {
            assertTrue(help.contains(field.getKey()), field.getKey());
        }
        for (var field : json.get("ordered").properties()) {
            assertTrue(help.contains(field.getKey()), field.getKey());
        }
        var counted = shell.run("count", "DIR", "paths", "--prefix", "java.logging/").json();
        assertEquals(json.get("entries").asLong(), counted.asLong());
        assertEquals(ExitCode.OK, shell.run("verify", "DIR").exitCode());
        assertEquals(
                ExitCode.STORAGE,
                shell.run("demo", "--dir", "DIR").exitCode(),
                "a directory that is not empty");
        assertTrue(Files.isDirectory(place));
    }

    @Test
    void unknownModuleIsWrongUsage() {
        var outcome = new Shell(temporary).run("demo", "--module", "no.such.module");
        assertEquals(ExitCode.USAGE, outcome.exitCode());
        assertTrue(outcome.err().contains("no module no.such.module"), outcome.err());
    }
}
