package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

/// How the command line is read, and what is said when it cannot be.
final class UsageTest {
    @TempDir private Path temporary;

    private Shell shell() {
        return new Shell(temporary.resolve("db"));
    }

    @Test
    void helpListsEveryCommandButNotTheHiddenOne() {
        var outcome = shell().run("--help");
        assertEquals(0, outcome.exitCode());
        for (String command : CommandRunner.COMMANDS) {
            assertTrue(outcome.out().contains("\n  " + command + " "), command);
        }
        assertFalse(outcome.out().contains(DemoWriterCommand.NAME));
        assertEquals("", outcome.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo", "put", "get", "del", "scan", "count", "import", "export", "stats",
                "compact", "verify", "inspect", "layout", "changes", "backup", "backups", "restore"
            })
    void everyCommandHasHelpWithExamplesAndExitCodes(String command) {
        var outcome = shell().run(command, "--help");
        assertEquals(0, outcome.exitCode());
        assertTrue(outcome.out().contains("Usage: kvarts " + command), outcome.out());
        assertTrue(outcome.out().contains("Examples:"), outcome.out());
        assertTrue(outcome.out().contains("Exit codes:"), outcome.out());
        assertTrue(outcome.out().lines().allMatch(line -> line.length() <= 100), outcome.out());
    }

    @Test
    void versionIsTheBuildsVersion() {
        String out = shell().run("--version").out();
        assertTrue(out.matches("kvarts \\d+\\.\\d+\\.\\d+ \\(Java .*\\)\n"), out);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "put DIR key            | kvarts put: missing VALUE",
                "put DIR                | kvarts put: missing KEY",
                "put                    | kvarts put: missing DIR",
                "get DIR a b c          | kvarts get: unexpected argument: 'c'",
                "get DIR -k a b c       | kvarts get: unexpected argument: 'c'",
                "stats DIR extra        | kvarts stats: unexpected argument: 'extra'",
                "scan DIR --limt 3      | kvarts scan: Unknown option: '--limt'",
                "scan DIR --limit x     | kvarts scan: Invalid value for option '--limit': 'x' is"
                        + " not a long",
                "scan DIR --limit -1    | kvarts scan: --limit must not be negative: -1",
                "count DIR --estimate --prefix a | kvarts count: --estimate and --prefix exclude"
                        + " each other",
                "count DIR --estimate --from a | kvarts count: --estimate and --from exclude each"
                        + " other",
                "layout DIR --width 5   | kvarts layout: --width must be 60..10000: 5",
                "compact DIR --strategy x | kvarts compact: Invalid value for option '--strategy':"
                        + " no such strategy: 'x'; there are: unified, leveled,",
                "get DIR --memory 5x k  | kvarts get: Invalid value for option '--memory': not a"
                        + " size: '5x' (for example 64k, 512m, 2g)",
                "frobnicate             | kvarts: no such command: 'frobnicate'",
            })
    void wrongUsageIsOneLineAndAHint(String line, String message) {
        var outcome = shell().run(line.split(" +"));
        assertEquals(ExitCode.USAGE, outcome.exitCode(), outcome.err());
        assertEquals("", outcome.out());
        var lines = outcome.err().lines().toList();
        assertEquals(2, lines.size(), outcome.err());
        assertTrue(lines.getFirst().startsWith(message), outcome.err());
        assertTrue(lines.get(1).matches("Try 'kvarts.* --help'\\."), outcome.err());
    }

    @Test
    void similarCommandIsSuggested() {
        assertTrue(shell().run("imprt").err().contains("similar: "), shell().run("imprt").err());
    }

    @Test
    void argumentThatTheLocaleMangledIsRefused() {
        var outcome = shell().run("put", "DIR", "gr\uFFFD\uFFFDe", "1");
        assertEquals(ExitCode.USAGE, outcome.exitCode());
        assertTrue(outcome.err().contains("set LC_ALL=C.UTF-8"), outcome.err());
    }

    @Test
    void withoutACommandUsageIsWrong() {
        assertEquals(ExitCode.USAGE, shell().run().exitCode());
    }

    @Test
    void stacktraceIsShownOnlyWhenAskedFor() {
        assertFalse(shell().run("get", "DIR", "k").err().contains("\tat "));
        assertTrue(shell().run("get", "DIR", "k", "--stacktrace").err().contains("\tat "));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "4096,4096", "64k,65536", "512m,536870912", "2G,2147483648", "1MiB,1048576"})
    void sizesAreReadWithUnits(String text, long bytes) {
        assertEquals(bytes, new SizeConverter().convert(text));
    }
}
