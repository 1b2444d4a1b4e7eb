package dev.kvarts.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "del",
        header = "Delete one entry.",
        description = "Deletes one entry. Prints nothing.",
        customSynopsis = "kvarts del [OPTIONS] DIR [KEYSPACE] KEY",
        footerHeading = "%nExamples:%n",
        footer = {"  kvarts del data user:1", "  kvarts del data users user:1 --ignore-missing"},
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

    @Option(names = "--ignore-missing", description = "A key that does not exist is a success.")
    private boolean ignoreMissing;

    DelCommand(Terminal terminal) {}

    @Override
    public Integer call() {
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
}
