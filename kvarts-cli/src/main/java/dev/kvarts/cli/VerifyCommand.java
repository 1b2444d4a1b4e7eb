package dev.kvarts.cli;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.VerifyReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "verify",
        header = "Read and check every byte.",
        description =
                "Reads every byte of every file and checks it. Says what is damaged, and where.",
        customSynopsis = "kvarts verify [OPTIONS] DIR",
        footerHeading =
                "%nA database too damaged to be opened is reported too.%n%nJSON:"
                        + " {ok, files, bytes, entries, seconds, problems: [{file, offset,"
                        + " what}]}.%n%nExamples:%n",
        footer = {
            "  kvarts verify data",
            "  kvarts verify data --json | jq -r '.problems[].file'",
            "  kvarts inspect data/FILE            shows the file that a problem names"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            "0:Nothing is damaged.",
            "1:Something is damaged.",
            ExitCode.USAGE_LINE,
            "3:The directory cannot be read, or is in use by another process."
        })
final class VerifyCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    VerifyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        arguments.withoutKeyspace();
        long start = System.nanoTime();
        VerifyReport report = verified();
        long nanos = System.nanoTime() - start;
        if (json) {
            printJson(report, nanos);
        } else {
            print(report, nanos);
        }
        terminal.out().flush();
        return report.ok() ? ExitCode.OK : ExitCode.NO;
    }

    private VerifyReport verified() {
        try (Session session = arguments.open()) {
            return session.database().verify();
        } catch (CorruptionException e) { // on opening: nothing else could be looked at
            String what = e.getMessage().replace(" file=" + e.file() + " offset=" + e.offset(), "");
            var problems =
                    new ArrayList<>(List.of(new VerifyReport.Problem(e.file(), e.offset(), what)));
            return new VerifyReport(1, 0, 0, problems);
        }
    }

    private void print(VerifyReport report, long nanos) throws IOException {
        String read =
                "read "
                        + Units.count(report.files(), "file", "files")
                        + ", "
                        + Units.bytes(report.bytes())
                        + ", "
                        + Units.count(report.entries(), "entry", "entries")
                        + " in "
                        + Units.nanos(nanos);
        if (report.ok()) {
            terminal.print(terminal.green("ok") + "  " + read);
            return;
        }
        var problems = new Table("file", ">offset", "problem");
        for (VerifyReport.Problem each : report.problems()) {
            problems.row(each.file(), each.offset(), each.what());
        }
        problems.print(terminal, "");
        terminal.print("");
        terminal.print(
                terminal.red("damaged")
                        + "  "
                        + Units.count(report.problems().size(), "problem", "problems")
                        + "; "
                        + read);
    }

    private void printJson(VerifyReport report, long nanos) throws IOException {
        Json.object(
                terminal.out(),
                true,
                generator -> {
                    generator.writeBooleanField("ok", report.ok());
                    generator.writeNumberField("files", report.files());
                    generator.writeNumberField("bytes", report.bytes());
                    generator.writeNumberField("entries", report.entries());
                    generator.writeNumberField("seconds", Units.seconds(nanos));
                    generator.writeArrayFieldStart("problems");
                    for (VerifyReport.Problem each : report.problems()) {
                        generator.writeStartObject();
                        generator.writeStringField("file", each.file());
                        generator.writeNumberField("offset", each.offset());
                        generator.writeStringField("what", each.what());
                        generator.writeEndObject();
                    }
                    generator.writeEndArray();
                });
    }
}
