package dev.kvarts.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.concurrent.Callable;

@Command(
        name = "scan",
        header = "Print entries.",
        description =
                "Prints entries, one per line: key, tab, value. Those of an ordered keyspace in the"
                        + " order of their keys, as unsigned bytes; of a hashed one in no useful"
                        + " order.",
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
            "  kvarts scan data events --from 2025-06 --to 2025-07",
            "  kvarts scan data events --reverse --limit 10     the last ten",
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

    @Mixin private RangeOptions range;

    @Option(
            names = "--reverse",
            order = 4,
            description = "From the highest key down. Of ordered keyspaces.")
    private boolean reverse;

    @Option(
            names = "--limit",
            order = 5,
            paramLabel = "N",
            description = "At most this many entries.")
    private long limit = Long.MAX_VALUE;

    @Option(names = "--keys-only", order = 6, description = "Print no values.")
    private boolean keysOnly;

    @Option(
            names = "--value-size",
            order = 7,
            paramLabel = "BYTES",
            description =
                    "Show at most this much of each value (default: all; 80 on a terminal). Not"
                            + " with --json.")
    private Integer valueSizeMax;

    @Option(names = "--json", order = 8, description = "Print one JSON object per line.")
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
        try (Session session = arguments.open();
                EntryWalk walk =
                        EntryWalk.over(
                                arguments.keyspaceToRead(session.database()),
                                range,
                                notation.keys(),
                                reverse,
                                _ -> {})) {
            long left = limit;
            while (left > 0 && walk.next()) {
                printer.print(walk.cursor().key(), keysOnly ? null : walk.cursor().value());
                left--;
            }
            terminal.out().flush();
        }
        return ExitCode.OK;
    }
}
