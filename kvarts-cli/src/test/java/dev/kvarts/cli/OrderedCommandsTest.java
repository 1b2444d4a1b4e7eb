package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Options;
import dev.kvarts.inspect.Layouts;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// What an order of keys adds to the commands, and what they say where there is none.
final class OrderedCommandsTest {
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

    /// Fills the ordered keyspace `k` with the keys `000` .. `099`, in any order.
    private void fill() {
        long seed = new Random().nextLong();
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            numbers.add(i);
        }
        Collections.shuffle(numbers, new Random(seed));
        var lines = new StringBuilder();
        numbers.forEach(i -> lines.append("%03d\tvalue of %d\n".formatted(i, i)));
        byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
        var outcome = shell.runWithInput(bytes, "import", "DIR", "k", "-", "--ordered");
        assertEquals(ExitCode.OK, outcome.exitCode(), "seed=" + seed + " " + outcome.err());
    }

    private String keys(String... options) {
        var arguments = new ArrayList<>(List.of("scan", "DIR", "k", "--keys-only"));
        arguments.addAll(List.of(options));
        return String.join(" ", ok(arguments.toArray(String[]::new)).out().lines().toList());
    }

    @Test
    void scanGoesInTheOrderOfTheKeysBothWays() {
        fill();
        List<String> up = ok("scan", "DIR", "k").out().lines().toList();
        assertEquals(100, up.size());
        assertEquals("000\tvalue of 0", up.getFirst());
        assertEquals(up.stream().sorted().toList(), up);
        assertEquals(up.reversed(), ok("scan", "DIR", "k", "--reverse").out().lines().toList());
    }

    @Test
    void boundsAreClosedBelowAndOpenAbove() {
        fill();
        assertEquals("010 011 012", keys("--from", "010", "--to", "013"));
        assertEquals("012 011 010", keys("--from", "010", "--to", "013", "--reverse"));
        assertEquals("098 099", keys("--from", "0975"));
        assertEquals("000 001", keys("--to", "002"));
        assertEquals("099 098", keys("--reverse", "--limit", "2"));
        assertEquals("", keys("--from", "5", "--to", "4"));
        assertEquals("", keys("--from", "050", "--to", "050"));
    }

    @Test
    void prefixAndBoundsBothHold() {
        fill();
        assertEquals(
                "040 041 042 043 044 045 046 047 048 049", keys("--prefix", "04", "--from", "02"));
        assertEquals("047 048 049", keys("--prefix", "04", "--from", "047", "--to", "06"));
        assertEquals("042 041 040", keys("--prefix", "04", "--to", "043", "--reverse"));
        assertEquals("", keys("--prefix", "04", "--from", "06"));
    }

    @Test
    void prefixOfHighestBytesHasNoEnd() {
        for (String key : new String[] {"fe", "ff", "ff00", "ffff"}) {
            ok("put", "DIR", "k", "--hex", key, "00", "--ordered");
        }
        assertEquals("ff ff00 ffff", keys("--hex", "--prefix", "ff"));
        assertEquals("ffff", keys("--hex", "--prefix", "ffff"));
    }

    @Test
    void countsAndExportsRanges() {
        fill();
        assertEquals("100\n", ok("count", "DIR", "k").out());
        assertEquals("25\n", ok("count", "DIR", "k", "--from", "050", "--to", "075").out());
        assertEquals("10\n", ok("count", "DIR", "k", "--prefix", "03").out());
        String exported = ok("export", "DIR", "k", "-", "--format", "tsv", "--from", "098").out();
        assertEquals("098\tvalue of 98\n099\tvalue of 99\n", exported);
    }

    @Test
    void existingKeyspaceIsOpenedInItsOwnShape() {
        ok("put", "DIR", "k", "b", "1", "--ordered");
        ok("put", "DIR", "k", "a", "2");
        assertEquals("a b", keys());
        assertEquals("2\n", ok("get", "DIR", "k", "a").out());
        ok("del", "DIR", "k", "a");
        assertEquals("b", keys());
        assertEquals(1, ok("stats", "DIR", "--json").json().get("keyspaces").size());
        ok("verify", "DIR");
    }

    @Test
    void hashedKeyspaceStaysHashedAndHasNoRanges() {
        ok("put", "DIR", "h", "a", "1");
        for (String[] arguments :
                new String[][] {
                    {"put", "DIR", "h", "b", "2", "--ordered"},
                    {"scan", "DIR", "h", "--from", "a"},
                    {"scan", "DIR", "h", "--to", "a"},
                    {"scan", "DIR", "h", "--reverse"},
                    {"count", "DIR", "h", "--from", "a"},
                    {"compact", "DIR", "h"},
                    {"del", "DIR", "h", "--prefix", "a"},
                }) {
            var outcome = shell.run(arguments);
            assertEquals(ExitCode.USAGE, outcome.exitCode(), outcome.err());
            assertEquals(1, outcome.err().lines().count(), outcome.err());
            assertTrue(outcome.err().contains("h is"), outcome.err());
            assertTrue(outcome.err().contains("hashed"), outcome.err());
        }
        assertEquals("a\t1\n", ok("scan", "DIR", "h", "--prefix", "a").out());
    }

    @Test
    void rangeIsDeletedByOneCommand() {
        fill();
        ok("del", "DIR", "k", "--from", "002", "--to", "098");
        assertEquals("000 001 098 099", keys());
        ok("del", "DIR", "k", "--prefix", "09");
        assertEquals("000 001", keys());
        ok("del", "DIR", "k", "--prefix", "nothing");
        assertEquals(ExitCode.USAGE, shell.run("del", "DIR", "k", "1", "--to", "5").exitCode());
        assertEquals(ExitCode.USAGE, shell.run("del", "DIR", "k", "--from", "").exitCode());
        assertEquals(ExitCode.USAGE, shell.run("del", "DIR", "k", "--prefix", "").exitCode());
        assertEquals("000 001", keys());
    }

    @Test
    void compactionLeavesWhatIsAliveAndNothingElse() {
        fill();
        ok("compact", "DIR", "k");
        try (var session = Session.open(temporary.resolve("db"), Options.defaults())) {
            for (int i = 0; i < 90; i++) {
                byte[] key = "%03d".formatted(i).getBytes(StandardCharsets.UTF_8);
                session.database().keyspace("k").delete(key);
            }
        }
        long before = shell.run("layout", "DIR", "--json").json().findValue("entries").asLong();
        assertEquals(100, before);
        var json = ok("compact", "DIR", "k", "--json").json();
        assertEquals("k", json.get("keyspaces").get(0).get("name").asText());
        assertEquals("090 091 092 093 094 095 096 097 098 099", keys());
        var after = ok("layout", "DIR", "k", "--json").json();
        assertEquals(10, after.findValue("entries").asLong());
        assertEquals(0, after.findValue("tombstones").asLong());
        String help = ok("compact", "--help").out();
        for (var field : json.get("keyspaces").get(0).properties()) {
            assertTrue(help.contains(field.getKey()), field.getKey());
        }
    }

    @Test
    void strategyStaysWithTheKeyspaceAndOtherOptionsStayAsTheyWere() throws IOException {
        Path place = temporary.resolve("db");
        ok("put", "DIR", "k", "a", "1", "--ordered");
        var was = Layouts.options(place).get("k");
        for (var strategy : Compaction.values()) {
            ok("compact", "DIR", "k", "--strategy", StrategyConverter.nameOf(strategy));
            ok("put", "DIR", "k", "b", "2");
            assertEquals(was.withCompaction(strategy), Layouts.options(place).get("k"));
        }
        assertEquals("a b", keys());
    }

    @Test
    void wholeDatabaseIsCompactedWhateverIsInIt() {
        ok("put", "DIR", "h", "a", "1");
        ok("put", "DIR", "k", "a", "1", "--ordered");
        String out = ok("compact", "DIR").out();
        assertTrue(out.contains("\nh "), out);
        assertTrue(out.contains("\nk "), out);
    }

    @Test
    void layoutIsDrawnFromFilesWhileTheDatabaseIsOpen() throws IOException {
        ok("put", "DIR", "h", "a", "1");
        fill();
        try (var session = Session.open(temporary.resolve("db"), Options.defaults())) {
            session.database().flush();
            String out = ok("layout", "DIR").out();
            assertTrue(out.contains("k  ordered, unified; 1 table, "), out);
            assertTrue(out.contains("000 "), out);
            assertTrue(out.contains("h  hashed; 1 run, "), out);
            Path svg = temporary.resolve("layout.svg");
            assertEquals("", ok("layout", "DIR", "k", "--svg", svg.toString()).out());
            assertTrue(Files.readString(svg).startsWith("<svg xmlns="));
        }
        var json = ok("layout", "DIR", "--json").json();
        String help = ok("layout", "--help").out();
        json.get("keyspaces")
                .forEach(
                        keyspace ->
                                keyspace.properties()
                                        .forEach(
                                                field ->
                                                        assertTrue(
                                                                help.contains(field.getKey()),
                                                                field.getKey())));
        assertEquals("000", json.findValue("firstKey").asText());
        assertEquals("099", json.findValue("lastKey").asText());
    }

    @Test
    void layoutOfNoDatabaseOrNoKeyspaceIsAnError() throws IOException {
        assertEquals(ExitCode.STORAGE, shell.run("layout", "DIR").exitCode());
        Path empty = Files.createDirectory(temporary.resolve("empty"));
        assertEquals(ExitCode.STORAGE, shell.run("layout", empty.toString()).exitCode());
        ok("put", "DIR", "k", "a", "1");
        var outcome = shell.run("layout", "DIR", "nowhere");
        assertEquals(ExitCode.NO, outcome.exitCode());
        assertEquals("kvarts layout: no such keyspace: nowhere; there are: k\n", outcome.err());
    }

    @Test
    void damagedFooterIsNamedNotDrawn() throws IOException {
        fill();
        ok("compact", "DIR", "k");
        Path table;
        try (var files = Files.list(temporary.resolve("db"))) {
            table =
                    files.filter(each -> each.getFileName().toString().startsWith("table-"))
                            .findFirst()
                            .orElseThrow();
        }
        byte[] content = Files.readAllBytes(table);
        content[content.length - 20] ^= 1;
        Files.write(table, content);
        var outcome = shell.run("layout", "DIR");
        assertEquals(ExitCode.STORAGE, outcome.exitCode());
        assertTrue(outcome.err().contains("file=" + table.getFileName()), outcome.err());
        assertNotEquals(ExitCode.OK, shell.run("verify", "DIR").exitCode());
    }
}
