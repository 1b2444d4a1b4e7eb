package dev.kvarts.cli;

import dev.kvarts.Backups;
import dev.kvarts.api.RestorePoint;
import dev.kvarts.api.RestoreReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.concurrent.Callable;

@Command(
        name = "restore",
        header = "Make a database of a backup.",
        description =
                "Makes a database of a backup, in a directory that does not exist or is empty."
                        + " Checks every byte that it copies.",
        customSynopsis = "kvarts restore [OPTIONS] TARGET DIR",
        footerHeading =
                "%nWithout options, the newest backup. JSON: {backup, sequence, time, files, bytes,"
                        + " changes, unlogged, seconds}.%n%nExamples:%n",
        footer = {
            "  kvarts restore /backups/data restored",
            "  kvarts restore /backups/data restored --number 3",
            "  kvarts restore /backups/data restored --to 2026-11-22T10:15:00Z",
            "  kvarts restore /backups/data restored --to 1048576"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "2:Wrong usage, no such backup or moment, or DIR is not empty.",
            ExitCode.STORAGE_LINE
        })
final class RestoreCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TARGET", description = "Directory of backups.")
    private Path target;

    @Parameters(index = "1", paramLabel = "DIR", description = "Where the database is to be.")
    private Path directory;

    @Option(names = "--number", paramLabel = "N", description = "The backup, as it is.")
    private Long number;

    @Option(
            names = "--to",
            paramLabel = "SEQ|TIME",
            description =
                    "Everything up to this sequence number, or this time (ISO 8601, with Z or an"
                            + " offset).")
    private String to;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    RestoreCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        RestorePoint point = point();
        long start = System.nanoTime();
        RestoreReport report = Backups.restore(target, point, directory);
        long nanos = System.nanoTime() - start;
        if (json) {
            Json.object(
                    terminal.out(),
                    true,
                    generator -> {
                        generator.writeNumberField("backup", report.backup());
                        generator.writeNumberField("sequence", report.sequence());
                        generator.writeStringField("time", report.time().toString());
                        generator.writeNumberField("files", report.files());
                        generator.writeNumberField("bytes", report.bytes());
                        generator.writeNumberField("changes", report.changes());
                        generator.writeNumberField("unlogged", report.unlogged());
                        generator.writeNumberField("seconds", Units.seconds(nanos));
                    });
        } else {
            terminal.print(
                    "restored to sequence "
                            + Units.count(report.sequence())
                            + ", from backup "
                            + report.backup()
                            + " ("
                            + Units.count(report.files(), "file", "files")
                            + ", "
                            + Units.bytes(report.bytes())
                            + ") and "
                            + Units.count(report.changes(), "change", "changes")
                            + " since, in "
                            + Units.nanos(nanos));
            if (report.unlogged() > 0) {
                terminal.print(
                        Units.count(report.unlogged(), "sequence number", "sequence numbers")
                                + " had no record in the log: unlogged writes are missing");
            }
        }
        terminal.out().flush();
        return ExitCode.OK;
    }

    private RestorePoint point() {
        if (number != null && to != null) {
            throw new ParameterException(
                    spec.commandLine(), "--number and --to exclude each other");
        }
        if (number != null) {
            return new RestorePoint.Numbered(number);
        }
        if (to == null) {
            return new RestorePoint.Latest();
        }
        if (to.matches("[0-9]{1,18}")) {
            return new RestorePoint.AtSequence(Long.parseLong(to));
        }
        try {
            Instant time = OffsetDateTime.parse(to).toInstant();
            return new RestorePoint.AtTime(time);
        } catch (DateTimeParseException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--to is neither a sequence number nor a time with an offset: '" + to + "'",
                    e);
        }
    }
}
