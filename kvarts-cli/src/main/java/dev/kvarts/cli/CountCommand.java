package dev.kvarts.cli;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Keyspace;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.concurrent.Callable;

@Command(
        name = "count",
        header = "Count entries.",
        description =
                "Counts the entries of a keyspace by reading them all, or estimates their number.",
        customSynopsis = "kvarts count [OPTIONS] DIR [KEYSPACE]",
        footerHeading =
                "%nJSON: {keyspace, entries, exact, keyBytes, valueBytes}; the last two only when"
                        + " exact.%n%nExamples:%n",
        footer = {
            "  kvarts count data",
            "  kvarts count data users --prefix user:",
            "  kvarts count data --estimate"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "1:No such keyspace.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE
        })
final class CountCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Mixin private NotationOptions notation;

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            description = "Only keys that begin with this.")
    private String prefix = "";

    @Option(names = "--estimate", description = "Ask the index, at once; not with --prefix.")
    private boolean estimate;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    CountCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        arguments.operands();
        if (estimate && !prefix.isEmpty()) {
            throw arguments.misuse("--estimate and --prefix exclude each other");
        }
        try (Session session = arguments.open()) {
            Keyspace keyspace = arguments.keyspaceToRead(session.database());
            Counts counts =
                    estimate ? new Counts(keyspace.estimatedCount(), 0, 0) : counted(keyspace);
            if (json) {
                printJson(keyspace.name(), counts);
            } else {
                terminal.print(Long.toString(counts.entries()));
            }
        }
        terminal.out().flush();
        return ExitCode.OK;
    }

    private Counts counted(Keyspace keyspace) {
        var filter = new PrefixFilter(notation.keys().parse(prefix));
        long entries = 0;
        long keyBytes = 0;
        long valueBytes = 0;
        try (Cursor cursor = keyspace.cursor();
                Progress progress = new Progress(terminal, "count", keyspace.estimatedCount())) {
            while (cursor.next()) {
                if (filter.accepts(cursor.keySegment())) {
                    entries++;
                    keyBytes += cursor.keySegment().byteSize();
                    valueBytes += cursor.valueSegment().byteSize();
                }
                progress.step(1);
            }
        }
        return new Counts(entries, keyBytes, valueBytes);
    }

    private void printJson(String name, Counts counts) throws IOException {
        Json.object(
                terminal.out(),
                true,
                json -> {
                    json.writeStringField("keyspace", name);
                    json.writeNumberField("entries", counts.entries());
                    json.writeBooleanField("exact", !estimate);
                    if (!estimate) {
                        json.writeNumberField("keyBytes", counts.keyBytes());
                        json.writeNumberField("valueBytes", counts.valueBytes());
                    }
                });
    }

    private record Counts(long entries, long keyBytes, long valueBytes) {}
}
