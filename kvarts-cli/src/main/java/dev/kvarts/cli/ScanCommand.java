package dev.kvarts.cli;

import dev.kvarts.api.Cursor;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.concurrent.Callable;

@Command(
        name = "scan",
        header = "Print entries.",
        description = "Prints entries, one per line: key, tab, value. In no useful order.",
        customSynopsis = "kvarts scan [OPTIONS] DIR [KEYSPACE]",
        footerHeading =
                "%nTabs, line ends, backslashes and control characters are written \\t \\n"
                    + " \\r"
                    + " \\\\ \\xNN, and so are%nbytes that are not UTF-8; 'kvarts import --escaped'"
                    + " reads that back.%n%nJSON, one object per line: {key, value}. What is not"
                    + " UTF-8 text is called keyBase64, valueBase64%n(with --hex: keyHex,"
                    + " valueHex).%n%nExamples:%n",
        footer = {
            "  kvarts scan data --limit 10",
            "  kvarts scan data users --prefix user: --keys-only",
            "  kvarts scan data --json | jq -r .key"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            "0:Success, also when the reader closes the pipe early.",
            "1:No such keyspace.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE
        })
final class ScanCommand implements Callable<Integer> {
    private static final int VALUE_SIZE_ON_TERMINAL = 80;

    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Mixin private NotationOptions notation;

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            description = "Only keys that begin with this.")
    private String prefix = "";

    @Option(names = "--limit", paramLabel = "N", description = "At most this many entries.")
    private long limit = Long.MAX_VALUE;

    @Option(names = "--keys-only", description = "Print no values.")
    private boolean keysOnly;

    @Option(
            names = "--value-size",
            paramLabel = "BYTES",
            description =
                    "Show at most this much of each value (default: all; 80 on a terminal). Not"
                            + " with --json.")
    private Integer valueSizeMax;

    @Option(names = "--json", description = "Print one JSON object per line.")
    private boolean json;

    ScanCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        arguments.operands();
        if (limit < 0) {
            throw arguments.misuse("--limit must not be negative: " + limit);
        }
        if (valueSizeMax != null && valueSizeMax < 0) {
            throw arguments.misuse("--value-size must not be negative: " + valueSizeMax);
        }
        int shown =
                valueSizeMax != null
                        ? valueSizeMax
                        : terminal.outIsTerminal() ? VALUE_SIZE_ON_TERMINAL : Integer.MAX_VALUE;
        var printer =
                new EntryPrinter(terminal.out(), json, notation.keys(), notation.values(), shown);
        var filter = new PrefixFilter(notation.keys().parse(prefix));
        try (Session session = arguments.open();
                Cursor cursor = arguments.keyspaceToRead(session.database()).cursor()) {
            long left = limit;
            while (left > 0 && cursor.next()) {
                if (filter.accepts(cursor.keySegment())) {
                    printer.print(cursor.key(), keysOnly ? null : cursor.value());
                    left--;
                }
            }
            terminal.out().flush();
        }
        return ExitCode.OK;
    }
}
