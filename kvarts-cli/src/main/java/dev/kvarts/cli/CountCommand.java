package dev.kvarts.cli;

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
            "  kvarts count data events --from 2025-06 --to 2025-07",
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

    @Mixin private RangeOptions range;

    @Option(
            names = "--estimate",
            order = 4,
            description = "Ask the index, at once; of the whole keyspace.")
    private boolean estimate;

    @Option(names = "--json", order = 5, description = "Print one JSON object.")
    private boolean json;

    CountCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        arguments.operands();
        if (estimate && range.given() != null) {
            throw arguments.misuse("--estimate and " + range.given() + " exclude each other");
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
        long entries = 0;
        long keyBytes = 0;
        long valueBytes = 0;
        try (Progress progress = Progress.over(terminal, "count", keyspace, range);
                EntryWalk walk =
                        EntryWalk.over(keyspace, range, notation.keys(), false, progress::step)) {
            while (walk.next()) {
                entries++;
                keyBytes += walk.cursor().keySegment().byteSize();
                valueBytes += walk.cursor().valueSegment().byteSize();
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
