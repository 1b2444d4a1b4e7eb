package dev.kvarts.cli;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.kvarts.Backups;
import dev.kvarts.api.BackupInfo;
import dev.kvarts.api.VerifyReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "backups",
        header = "List, verify or thin out backups.",
        description =
                "Lists the backups of a directory. With --verify, reads and checks every byte of"
                        + " them. With --keep, deletes the oldest.",
        customSynopsis = "kvarts backups [OPTIONS] TARGET",
        footerHeading =
                "%nEvery sequence number and time between a backup and the one that names it as"
                        + " its parent can be restored.%n%nJSON: {backups: [{number, parent,"
                        + " sequence, time, files, bytes}], deleted, ok,%nproblems: [{file, offset,"
                        + " what}]}; the last two with --verify.%n%nExamples:%n",
        footer = {
            "  kvarts backups /backups/data --verify",
            "  kvarts backups /backups/data --keep 7"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "1:Something is damaged.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE
        })
final class BackupsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TARGET", description = "Directory of backups.")
    private Path target;

    @Option(names = "--verify", description = "Read and check every byte.")
    private boolean verify;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "Delete the oldest backups until N are left, after verifying if asked.")
    private Integer keep;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    BackupsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (keep != null && keep < 1) {
            throw new ParameterException(spec.commandLine(), "--keep must be at least 1: " + keep);
        }
        VerifyReport report = verify ? Backups.verify(target) : null;
        boolean whole = report == null || report.ok();
        int deleted = keep != null && whole ? Backups.keep(target, keep).size() : 0;
        List<BackupInfo> backups = Backups.list(target);
        if (json) {
            printJson(backups, deleted, report);
        } else {
            print(backups, deleted, report);
        }
        terminal.out().flush();
        return whole ? ExitCode.OK : ExitCode.NO;
    }

    private void print(List<BackupInfo> backups, int deleted, VerifyReport report)
            throws IOException {
        var table = new Table(">backup", ">parent", ">sequence", "time", ">files", ">size");
        for (BackupInfo each : backups) {
            table.row(
                    each.number(),
                    each.parent() == 0 ? "-" : Long.toString(each.parent()),
                    Units.count(each.sequence()),
                    each.time().toString(),
                    Units.count(each.files()),
                    Units.bytes(each.bytes()));
        }
        table.print(terminal, "");
        if (keep != null) {
            terminal.print("deleted " + Units.count(deleted, "backup", "backups"));
        }
        if (report == null) {
            return;
        }
        if (report.ok()) {
            terminal.print(
                    terminal.green("ok")
                            + "  read "
                            + Units.count(report.files(), "file", "files")
                            + ", "
                            + Units.bytes(report.bytes()));
        }
        for (VerifyReport.Problem each : report.problems()) {
            terminal.print(terminal.red("damaged: " + each.file() + ": " + each.what()));
        }
    }

    private void printJson(List<BackupInfo> backups, int deleted, VerifyReport report)
            throws IOException {
        Json.object(
                terminal.out(),
                true,
                generator -> {
                    generator.writeArrayFieldStart("backups");
                    for (BackupInfo each : backups) {
                        generator.writeStartObject();
                        write(generator, each);
                        generator.writeEndObject();
                    }
                    generator.writeEndArray();
                    generator.writeNumberField("deleted", deleted);
                    if (report != null) {
                        generator.writeBooleanField("ok", report.ok());
                        generator.writeArrayFieldStart("problems");
                        for (VerifyReport.Problem each : report.problems()) {
                            generator.writeStartObject();
                            generator.writeStringField("file", each.file());
                            generator.writeNumberField("offset", each.offset());
                            generator.writeStringField("what", each.what());
                            generator.writeEndObject();
                        }
                        generator.writeEndArray();
                    }
                });
    }

    static void write(JsonGenerator generator, BackupInfo backup) throws IOException {
        generator.writeNumberField("number", backup.number());
        generator.writeNumberField("parent", backup.parent());
        generator.writeNumberField("sequence", backup.sequence());
        generator.writeStringField("time", backup.time().toString());
        generator.writeNumberField("files", backup.files());
        generator.writeNumberField("bytes", backup.bytes());
    }
}
