package dev.kvarts.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "put",
        header = "Write one entry.",
        description =
                "The database and the keyspace are created if they do not exist. A VALUE of - is"
                    + " read from standard input, as it is. Before a KEY or VALUE that begins with"
                    + " a dash, write --. Prints nothing; what was written is on disk when it"
                    + " returns.",
        customSynopsis = "kvarts put [OPTIONS] DIR [KEYSPACE] KEY VALUE",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kvarts put data user:1 Ada",
            "  kvarts put data photos cat.jpg - < cat.jpg",
            "  kvarts put data events 2025-06-01T12:00 start --ordered",
            "  kvarts put data --hex numbers 00ff 2a",
            "  kvarts put data balance -- -5"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {ExitCode.OK_LINE, ExitCode.USAGE_LINE, ExitCode.STORAGE_LINE})
final class PutCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Mixin private NotationOptions notation;

    @Option(
            names = "--ordered",
            order = 1,
            description =
                    "A keyspace that does not exist yet becomes an ordered one, whose keys can be"
                            + " scanned in order (default: hashed).")
    private boolean ordered;

    PutCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        List<String> operands = arguments.operands("KEY", "VALUE");
        byte[] key = notation.keys().parse(operands.get(0));
        String text = operands.get(1);
        byte[] value =
                text.equals("-") ? terminal.in().readAllBytes() : notation.values().parse(text);
        try (Session session = arguments.openOrCreate()) {
            arguments.keyspaceToWrite(session.database(), ordered).put(key, value);
        }
        return ExitCode.OK;
    }
}
