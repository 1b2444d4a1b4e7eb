package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// `put`, `get`, `del`, `scan`, `count` on one small database.
final class EntryCommandsTest {
    @TempDir private Path temporary;
    private Shell shell;

    @BeforeEach
    void start() {
        shell = new Shell(temporary.resolve("db"));
    }

    private Shell.Outcome ok(String... arguments) {
        var outcome = shell.run(arguments);
        assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
        assertEquals("", outcome.err());
        return outcome;
    }

    @Test
    void whatWasPutIsGot() {
        assertEquals("", ok("put", "DIR", "user:1", "Ada Å").out());
        assertEquals("Ada Å\n", ok("get", "DIR", "user:1").out());
    }

    @Test
    void keyspaceIsAnArgumentOrAnOption() {
        ok("put", "DIR", "users", "1", "Ada");
        ok("put", "DIR", "-k", "pets", "1", "Rex");
        assertEquals("Ada\n", ok("get", "DIR", "-k", "users", "1").out());
        assertEquals("Rex\n", ok("get", "DIR", "pets", "1").out());
    }

    @Test
    void onlyKeyspaceNeedsNoName() {
        ok("put", "DIR", "users", "1", "Ada");
        assertEquals("1\n", ok("count", "DIR").out());
        ok("put", "DIR", "pets", "1", "Rex");
        var outcome = shell.run("count", "DIR");
        assertEquals(ExitCode.USAGE, outcome.exitCode());
        assertEquals("kvarts count: say which keyspace; there are: pets, users\n", outcome.err());
    }

    @Test
    void missingKeyIsExitCodeOne() {
        ok("put", "DIR", "a", "1");
        var outcome = shell.run("get", "DIR", "b");
        assertEquals(ExitCode.NO, outcome.exitCode());
        assertEquals("", outcome.out());
        assertEquals("kvarts get: no such key: b in keyspace default\n", outcome.err());
        assertEquals(ExitCode.NO, shell.run("del", "DIR", "b").exitCode());
        ok("del", "DIR", "b", "--ignore-missing");
    }

    @Test
    void missingKeyspaceIsExitCodeOne() {
        ok("put", "DIR", "a", "1");
        var outcome = shell.run("get", "DIR", "nowhere", "a");
        assertEquals(ExitCode.NO, outcome.exitCode());
        assertEquals("kvarts get: no such keyspace: nowhere; there are: default\n", outcome.err());
    }

    @Test
    void missingDatabaseIsExitCodeThreeAndIsNotCreated() {
        for (String command : new String[] {"get", "del"}) {
            var outcome = shell.run(command, "DIR", "a");
            assertEquals(ExitCode.STORAGE, outcome.exitCode());
            assertTrue(outcome.err().startsWith("kvarts " + command + ": no such database: "));
        }
        assertTrue(Files.notExists(temporary.resolve("db")));
    }

    @Test
    void databaseInUseIsExitCodeThreeAndNamesTheProcess() {
        try (var session =
                Session.open(temporary.resolve("db"), dev.kvarts.api.Options.defaults())) {
            session.database().hashed("default");
            var outcome = shell.run("get", "DIR", "a");
            assertEquals(ExitCode.STORAGE, outcome.exitCode());
            assertTrue(
                    outcome.err().contains("pid=" + ProcessHandle.current().pid()), outcome.err());
            assertEquals(1, outcome.err().lines().count(), outcome.err());
        }
    }

    @Test
    void emptyKeyIsExitCodeTwoAndNamesTheLimit() {
        var outcome = shell.run("put", "DIR", "", "1");
        assertEquals(ExitCode.USAGE, outcome.exitCode());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().contains("min=1") || outcome.err().contains("1.."), outcome.err());
    }

    @Test
    void deletedKeyIsGone() {
        ok("put", "DIR", "a", "1");
        ok("del", "DIR", "a");
        assertEquals(ExitCode.NO, shell.run("get", "DIR", "a").exitCode());
        assertEquals("0\n", ok("count", "DIR").out());
    }

    @Test
    void valueFromStandardInputIsTakenByteForByte() {
        byte[] value = {0, 10, 13, 9, (byte) 0xFF, (byte) 0xC3, 92};
        assertEquals(0, shell.runWithInput(value, "put", "DIR", "bin", "-").exitCode());
        assertArrayEquals(value, ok("get", "DIR", "bin", "--raw").outBytes());
        assertEquals("000a0d09ffc35c\n", ok("get", "DIR", "bin", "--hex", "--text-keys").out());
        assertEquals(
                "AAoNCf/DXA==",
                ok("get", "DIR", "bin", "--json").json().get("valueBase64").asText());
        assertEquals("bin\t\\x00\\n\\r\\t\\xff\\xc3\\\\\n", ok("scan", "DIR").out());
    }

    @Test
    void hexAndBase64MeanBytes() {
        ok("put", "DIR", "--hex", "00ff", "2a");
        assertEquals("2a\n", ok("get", "DIR", "00ff", "--hex").out());
        assertEquals("Kg==\n", ok("get", "DIR", "AP8=", "--base64").out());
        var wrong = shell.run("get", "DIR", "xyz", "--hex");
        assertEquals(ExitCode.USAGE, wrong.exitCode());
        assertEquals("kvarts get: not hexadecimal: 'xyz'\n", wrong.err());
    }

    @Test
    void getPrintsJson() {
        ok("put", "DIR", "users", "1", "Ada");
        var json = ok("get", "DIR", "1", "--json").json();
        assertEquals("users", json.get("keyspace").asText());
        assertEquals("1", json.get("key").asText());
        assertTrue(json.get("found").asBoolean());
        assertEquals(3, json.get("size").asInt());
        assertEquals("Ada", json.get("value").asText());
        var missing = shell.run("get", "DIR", "2", "--json");
        assertEquals(ExitCode.NO, missing.exitCode());
        assertEquals("", missing.err());
        assertEquals(false, missing.json().get("found").asBoolean());
    }

    @Test
    void scanFiltersAndLimits() {
        for (int i = 0; i < 20; i++) {
            ok("put", "DIR", (i % 2 == 0 ? "even:" : "odd:") + i, "v" + i);
        }
        assertEquals(20, ok("scan", "DIR").out().lines().count());
        assertEquals(3, ok("scan", "DIR", "--limit", "3").out().lines().count());
        assertEquals(0, ok("scan", "DIR", "--limit", "0").out().lines().count());
        var even = ok("scan", "DIR", "--prefix", "even:", "--keys-only").out().lines().toList();
        assertEquals(10, even.size());
        assertTrue(even.stream().allMatch(line -> line.matches("even:\\d+")), even.toString());
        assertEquals("10\n", ok("count", "DIR", "--prefix", "odd:").out());
    }

    @Test
    void scanPrintsOneJsonObjectPerLine() throws Exception {
        ok("put", "DIR", "a", "1\n2");
        ok("put", "DIR", "b", "");
        var keys = new TreeSet<String>();
        for (String line : ok("scan", "DIR", "--json").out().lines().toList()) {
            var json = new ObjectMapper().readTree(line);
            keys.add(json.get("key").asText() + "=" + json.get("value").asText());
        }
        assertEquals("[a=1\n2, b=]", keys.toString());
    }

    @Test
    void longValuesAreCutOnRequest() {
        ok("put", "DIR", "a", "0123456789");
        assertEquals("a\t0123 ... (10 B)\n", ok("scan", "DIR", "--value-size", "4").out());
    }

    @Test
    void countPrintsJson() {
        ok("put", "DIR", "ab", "123");
        var json = ok("count", "DIR", "--json").json();
        assertEquals("default", json.get("keyspace").asText());
        assertEquals(1, json.get("entries").asLong());
        assertTrue(json.get("exact").asBoolean());
        assertEquals(2, json.get("keyBytes").asLong());
        assertEquals(3, json.get("valueBytes").asLong());
        assertEquals(
                false, ok("count", "DIR", "--json", "--estimate").json().get("exact").asBoolean());
    }

    @Test
    void everyFieldOfJsonIsInTheHelp() {
        ok("put", "DIR", "a", "1");
        for (String command : new String[] {"get", "scan", "count", "stats", "verify"}) {
            String[] arguments =
                    command.equals("get")
                            ? new String[] {"get", "DIR", "a", "--json"}
                            : new String[] {command, "DIR", "--json"};
            String help = ok(command, "--help").out().replaceAll("\\s+", " ");
            var fields =
                    ok(arguments).json().properties().stream()
                            .map(field -> field.getKey())
                            .collect(Collectors.toList());
            for (String field : fields) {
                assertTrue(help.contains(field), command + " " + field);
            }
        }
    }

    @Test
    void statsListKeyspacesAndMemory() {
        ok("put", "DIR", "users", "1", "Ada");
        var json = ok("stats", "DIR", "--json").json();
        assertEquals("users", json.get("keyspaces").get(0).get("name").asText());
        assertEquals(1, json.get("keyspaces").get(0).get("entries").asLong());
        assertTrue(json.get("memory").get("limitBytes").asLong() > 0);
        String table = ok("stats", "DIR").out();
        assertTrue(table.contains("keyspace  entries"), table);
        String help = ok("stats", "--help").out();
        for (var field : json.get("keyspaces").get(0).properties()) {
            assertTrue(help.contains(field.getKey()), field.getKey());
        }
    }

    @Test
    void valueWithATabSurvivesScanAndImport() {
        String value = "a\tb\nc\\d";
        assertEquals(
                0,
                shell.runWithInput(value.getBytes(StandardCharsets.UTF_8), "put", "DIR", "k", "-")
                        .exitCode());
        byte[] scanned = ok("scan", "DIR").outBytes();
        var copy = new Shell(temporary.resolve("copy"));
        assertEquals(0, copy.runWithInput(scanned, "import", "DIR", "-", "--escaped").exitCode());
        assertEquals(value, copy.run("get", "DIR", "k", "--raw").out());
    }
}
