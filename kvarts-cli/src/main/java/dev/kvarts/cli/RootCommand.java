package dev.kvarts.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.concurrent.Callable;

/// `kvarts` without a command: help and version.
@Command(
        name = "kvarts",
        description = "A key-value storage engine for data much larger than memory.",
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kvarts demo                          see it work on real data, in under a minute",
            "  kvarts put data user:1 Ada           create the database ./data and write one entry",
            "  kvarts get data user:1               read it back",
            "  kvarts import data files ~/photos    one entry per file, in the keyspace \"files\"",
            "  kvarts scan data files --prefix 2025/ --limit 10",
            "  kvarts verify data                   read and check every byte",
            "",
            "'kvarts COMMAND --help' shows each command's options, examples, JSON fields and exit"
                    + " codes."
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "1:The answer is no: no such key, damage found, an entry not exported.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE,
            ExitCode.INTERNAL_LINE,
            ExitCode.INTERRUPTED_LINE
        })
final class RootCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec;

    @Option(
            names = {"-V", "--version"},
            description = "Show the version.")
    private boolean version;

    RootCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (version) {
            terminal.print(
                    "kvarts "
                            + Version.current()
                            + " (Java "
                            + Runtime.version()
                            + ", "
                            + System.getProperty("os.name")
                            + " "
                            + System.getProperty("os.arch")
                            + ")");
            return ExitCode.OK;
        }
        throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
    }
}
