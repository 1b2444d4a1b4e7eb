package dev.kvarts.cli;

import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "del",
        header = "Delete one entry, or a range of an ordered keyspace.",
        description =
                "Deletes one entry; of an ordered keyspace also all entries of a range, by one"
                        + " write, however many they are. Prints nothing.",
        customSynopsis = {
            "kvarts del [OPTIONS] DIR [KEYSPACE] KEY",
            "       kvarts del [OPTIONS] DIR [KEYSPACE] (--prefix PREFIX | --from KEY | --to"
                    + " KEY)..."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kvarts del data user:1",
            "  kvarts del data users user:1 --ignore-missing",
            "  kvarts del data events --to 2024"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "1:No such key or keyspace.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE
        })
final class DelCommand implements Callable<Integer> {
    @Mixin private DatabaseArguments arguments;

    @Mixin private NotationOptions notation;

    @Mixin private RangeOptions range;

    @Option(
            names = "--ignore-missing",
            order = 4,
            description = "A key that does not exist is a success.")
    private boolean ignoreMissing;

    DelCommand(Terminal terminal) {}

    @Override
    public Integer call() {
        if (range.isNamed()) {
            deleteRange();
            return ExitCode.OK;
        }
        List<String> operands = arguments.operands("KEY");
        byte[] key = notation.keys().parse(operands.getFirst());
        try (Session session = arguments.open()) {
            var keyspace = arguments.keyspaceToRead(session.database());
            if (!keyspace.contains(key) && !ignoreMissing) {
                throw new CommandException(
                        ExitCode.NO,
                        "no such key: "
                                + notation.keys().format(key)
                                + " in keyspace "
                                + keyspace.name());
            }
            keyspace.delete(key);
        }
        return ExitCode.OK;
    }

    private void deleteRange() {
        arguments.operands();
        Range doomed = range.range(notation.keys());
        if (doomed.equals(Range.all())) { // more likely an empty variable of a script
            throw arguments.misuse("an empty --prefix, --from or --to means every key");
        }
        try (Session session = arguments.open()) {
            var keyspace = arguments.keyspaceToRead(session.database());
            if (!(keyspace instanceof OrderedKeyspace ordered)) {
                throw new CommandException(
                        ExitCode.USAGE,
                        range.given()
                                + " needs an ordered keyspace; "
                                + keyspace.name()
                                + " is hashed");
            }
            ordered.deleteRange(doomed);
        }
    }
}
