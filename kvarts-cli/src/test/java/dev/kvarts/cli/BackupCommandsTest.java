package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kvarts.Kvarts;
import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;
import dev.kvarts.api.WriteOptions;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Changes, backups and restores on the command line.
final class BackupCommandsTest {
    @TempDir private Path temporary;
    private Shell shell;
    private String backups;

    @BeforeEach
    void start() {
        shell = new Shell(temporary.resolve("db"));
        backups = temporary.resolve("backups").toString();
    }

    private Shell.Outcome ok(String... arguments) {
        var outcome = shell.run(arguments);
        assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
        assertEquals("", outcome.err());
        return outcome;
    }

    private String restored(String name, String... options) {
        String target = temporary.resolve(name).toString();
        var arguments = new ArrayList<>(List.of("restore", backups, target));
        arguments.addAll(List.of(options));
        ok(arguments.toArray(String[]::new));
        String out = new Shell(Path.of(target)).run("scan", "DIR").out();
        return String.join("\n", out.lines().sorted().toList()) + "\n";
    }

    @Test
    void whatWasWrittenIsPrintedInOrder() {
        ok("put", "DIR", "a", "0");
        var refused = shell.run("changes", "DIR");
        assertEquals(ExitCode.USAGE, refused.exitCode(), refused.err());
        ok("changes", "DIR", "--retain", "64m");
        ok("put", "DIR", "b", "1");
        ok("del", "DIR", "a");
        List<String> lines = ok("changes", "DIR").out().lines().toList();
        assertTrue(lines.get(lines.size() - 2).endsWith("\tput\tdefault\tb\t1"), lines.toString());
        assertTrue(lines.getLast().endsWith("\tdelete\tdefault\ta"), lines.toString());
        String last = lines.getLast().substring(0, lines.getLast().indexOf('\t'));
        var json = ok("changes", "DIR", "--from", last, "--json").json();
        assertEquals(Long.parseLong(last), json.get("first").asLong());
        assertEquals("delete", json.get("changes").get(0).get("kind").asText());
        var ahead = shell.run("changes", "DIR", "--from", "1000000");
        assertEquals(ExitCode.USAGE, ahead.exitCode(), ahead.err());
        ok("changes", "DIR", "--retain", "0");
        assertEquals(ExitCode.USAGE, shell.run("changes", "DIR").exitCode());
    }

    @Test
    void whatAnotherProcessWritesIsFollowed() throws Exception {
        Options options =
                Options.defaults().withChanges(new ChangeRetention(64 << 20, Duration.ZERO));
        Path directory = temporary.resolve("db");
        try (Database db = Kvarts.open(directory, options)) {
            Keyspace users = db.hashed("users");
            users.put("a".getBytes(UTF_8), "1".getBytes(UTF_8), WriteOptions.SYNC);
            Process follower =
                    JavaProcess.command(
                                    Main.class.getName(),
                                    List.of("changes", directory.toString(), "--follow"))
                            .redirectError(Redirect.INHERIT)
                            .start();
            try (BufferedReader lines = follower.inputReader(UTF_8)) {
                assertTrue(lines.readLine().endsWith("\tput\tusers\ta\t1"));
                users.delete("a".getBytes(UTF_8), WriteOptions.SYNC);
                assertTrue(lines.readLine().endsWith("\tdelete\tusers\ta"));
            } finally {
                follower.destroy();
            }
        }
    }

    @Test
    void aBackupIsListedVerifiedAndRestored() throws IOException {
        ok("put", "DIR", "a", "1");
        assertTrue(ok("backup", "DIR", backups).out().startsWith("backup 1 at sequence "));
        ok("put", "DIR", "b", "2");
        var second = ok("backup", "DIR", backups, "--json").json();
        assertEquals(2, second.get("number").asInt());
        var list = ok("backups", backups, "--verify", "--json").json();
        assertEquals(2, list.get("backups").size());
        assertTrue(list.get("ok").asBoolean());
        assertEquals("a\t1\nb\t2\n", restored("latest"));
        assertEquals("a\t1\n", restored("first", "--number", "1"));
        var full = shell.run("restore", backups, temporary.resolve("first").toString());
        assertEquals(ExitCode.USAGE, full.exitCode(), full.err());
        assertTrue(full.err().contains("directory is not empty"), full.err());
        assertTrue(ok("backups", backups, "--keep", "1").out().contains("deleted 1 backup"));
        assertFalse(Files.exists(Path.of(backups, "backup-1")));
        var gone =
                shell.run("restore", backups, temporary.resolve("x").toString(), "--number", "1");
        assertEquals(ExitCode.USAGE, gone.exitCode(), gone.err());
    }

    @Test
    void aMomentBetweenTwoBackupsIsRestored() {
        ok("put", "DIR", "a", "1");
        ok("changes", "DIR", "--retain", "64m");
        ok("backup", "DIR", backups);
        ok("put", "DIR", "b", "2");
        ok("put", "DIR", "c", "3");
        List<String> lines = ok("changes", "DIR").out().lines().toList();
        String ofB = lines.get(lines.size() - 2);
        assertTrue(ofB.endsWith("\tput\tdefault\tb\t2"), ofB);
        ok("backup", "DIR", backups);
        assertEquals("a\t1\nb\t2\n", restored("at", "--to", ofB.substring(0, ofB.indexOf('\t'))));
        assertEquals("a\t1\nb\t2\nc\t3\n", restored("later", "--to", "2999-01-01T00:00:00Z"));
    }

    @Test
    void damageIsNamed() throws IOException {
        ok("put", "DIR", "a", "1");
        ok("backup", "DIR", backups);
        Path file;
        try (var files = Files.list(Path.of(backups))) {
            file =
                    files.filter(each -> each.getFileName().toString().startsWith("run-"))
                            .findFirst()
                            .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        var outcome = shell.run("backups", backups, "--verify");
        assertEquals(ExitCode.NO, outcome.exitCode());
        assertTrue(outcome.out().contains(file.getFileName().toString()), outcome.out());
        var restore = shell.run("restore", backups, temporary.resolve("x").toString());
        assertEquals(ExitCode.STORAGE, restore.exitCode(), restore.err());
    }

    @Test
    void wrongUsageIsSaid() {
        for (String[] wrong :
                List.of(
                        new String[] {"restore", "a", "b", "--to", "yesterday"},
                        new String[] {"restore", "a", "b", "--to", "1", "--number", "1"},
                        new String[] {"backups", "a", "--keep", "0"},
                        new String[] {"changes", "DIR", "--from", "-1"})) {
            assertEquals(ExitCode.USAGE, shell.run(wrong).exitCode(), String.join(" ", wrong));
        }
        assertEquals(ExitCode.STORAGE, shell.run("backups", backups).exitCode());
        assertEquals(ExitCode.STORAGE, shell.run("backup", "DIR", backups).exitCode());
    }
}
