package dev.kvarts.cli;

import dev.kvarts.api.BackupReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "backup",
        header = "Add a backup to a directory of backups.",
        description =
                "Adds a backup of the whole database to a directory of backups. Files that the"
                        + " directory has already are not copied again.",
        customSynopsis = "kvarts backup [OPTIONS] DIR TARGET",
        footerHeading =
                "%nJSON: {number, parent, sequence, time, files, bytes, copiedFiles, copiedBytes,"
                        + " seconds}.%n%nExamples:%n",
        footer = {"  kvarts backup data /backups/data", "  kvarts backups /backups/data --verify"},
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {ExitCode.OK_LINE, ExitCode.USAGE_LINE, ExitCode.STORAGE_LINE})
final class BackupCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(index = "0", paramLabel = "DIR", description = "Directory of the database.")
    private Path directory;

    @Parameters(
            index = "1",
            paramLabel = "TARGET",
            description = "Directory of backups; made if it does not exist.")
    private Path target;

    @Mixin private MemoryOption memory;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    BackupCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        BackupReport report;
        try (Session session = memory.open(directory)) {
            report = session.database().backup(target);
        }
        long nanos = System.nanoTime() - start;
        if (json) {
            Json.object(
                    terminal.out(),
                    true,
                    generator -> {
                        BackupsCommand.write(generator, report.backup());
                        generator.writeNumberField("copiedFiles", report.copiedFiles());
                        generator.writeNumberField("copiedBytes", report.copiedBytes());
                        generator.writeNumberField("seconds", Units.seconds(nanos));
                    });
        } else {
            terminal.print(
                    "backup "
                            + report.backup().number()
                            + " at sequence "
                            + Units.count(report.backup().sequence())
                            + ": "
                            + Units.count(report.backup().files(), "file", "files")
                            + ", "
                            + Units.bytes(report.backup().bytes())
                            + ", of which copied "
                            + Units.count(report.copiedFiles())
                            + ", "
                            + Units.bytes(report.copiedBytes())
                            + ", in "
                            + Units.nanos(nanos));
        }
        terminal.out().flush();
        return ExitCode.OK;
    }
}
