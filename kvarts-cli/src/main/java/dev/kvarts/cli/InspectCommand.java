package dev.kvarts.cli;

import dev.kvarts.inspect.FileReport;
import dev.kvarts.inspect.Inspector;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "inspect",
        header = "Show what is in one file of a database.",
        description =
                "Shows what is in one file of a database, field by field, and checks all of it."
                        + " Needs no open database and changes nothing.",
        customSynopsis = "kvarts inspect [OPTIONS] FILE",
        footerHeading =
                "%nJSON: {file, kind, version, sizeBytes, fields: [{offset, size, name, value}],"
                        + " unitCount,%nunits: [{offset, size, description}], problems: [{offset,"
                        + " what}]}.%n%nExamples:%n",
        footer = {"  kvarts inspect data/FILE", "  kvarts inspect data/FILE --units 1000 | less"},
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            "0:Nothing in the file is damaged.",
            "1:Something in it is damaged.",
            "2:Wrong usage, or not a file of a database.",
            "3:The file cannot be read."
        })
final class InspectCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "A file in a database's directory.")
    private Path file;

    @Option(
            names = "--units",
            paramLabel = "N",
            description = "List at most this many records or pages (default: ${DEFAULT-VALUE}).")
    private int unitsMax = 20;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    InspectCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (unitsMax < 0) {
            throw new ParameterException(
                    spec.commandLine(), "--units must not be negative: " + unitsMax);
        }
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (Files.isDirectory(file)) {
            throw new ParameterException(spec.commandLine(), "a directory, not a file: " + file);
        }
        FileReport report = Inspector.inspect(file, unitsMax);
        if (json) {
            printJson(report);
        } else {
            print(report);
        }
        terminal.out().flush();
        return report.problems().isEmpty() ? ExitCode.OK : ExitCode.NO;
    }

    private void print(FileReport report) throws IOException {
        terminal.print(
                terminal.bold(report.file())
                        + ": "
                        + report.kind()
                        + ", format version "
                        + report.version()
                        + ", "
                        + Units.bytes(report.sizeBytes()));
        terminal.print("");
        var fields = new Table(">offset", ">size", "field", "value");
        for (FileReport.Field each : report.fields()) {
            fields.row(each.offset(), each.size(), each.name(), each.value());
        }
        fields.print(terminal, "");
        if (!report.units().isEmpty()) {
            terminal.print("");
            var units = new Table(">offset", ">size", "record or page");
            for (FileReport.Unit each : report.units()) {
                units.row(each.offset(), each.size(), each.description());
            }
            units.print(terminal, "");
        }
        long more = report.unitCount() - report.units().size();
        if (more > 0) {
            terminal.print("... and " + Units.count(more) + " more (--units N shows more)");
        }
        terminal.print("");
        if (report.problems().isEmpty()) {
            terminal.print(terminal.green("ok") + "  all checksums fit");
        }
        for (FileReport.Problem each : report.problems()) {
            terminal.print(terminal.red("damaged at offset " + each.offset() + ": " + each.what()));
        }
    }

    private void printJson(FileReport report) throws IOException {
        Json.object(
                terminal.out(),
                true,
                generator -> {
                    generator.writeStringField("file", report.file());
                    generator.writeStringField("kind", report.kind());
                    generator.writeNumberField("version", report.version());
                    generator.writeNumberField("sizeBytes", report.sizeBytes());
                    generator.writeArrayFieldStart("fields");
                    for (FileReport.Field each : report.fields()) {
                        generator.writeStartObject();
                        generator.writeNumberField("offset", each.offset());
                        generator.writeNumberField("size", each.size());
                        generator.writeStringField("name", each.name());
                        generator.writeStringField("value", each.value());
                        generator.writeEndObject();
                    }
                    generator.writeEndArray();
                    generator.writeNumberField("unitCount", report.unitCount());
                    generator.writeArrayFieldStart("units");
                    for (FileReport.Unit each : report.units()) {
                        generator.writeStartObject();
                        generator.writeNumberField("offset", each.offset());
                        generator.writeNumberField("size", each.size());
                        generator.writeStringField("description", each.description());
                        generator.writeEndObject();
                    }
                    generator.writeEndArray();
                    generator.writeArrayFieldStart("problems");
                    for (FileReport.Problem each : report.problems()) {
                        generator.writeStartObject();
                        generator.writeNumberField("offset", each.offset());
                        generator.writeStringField("what", each.what());
                        generator.writeEndObject();
                    }
                    generator.writeEndArray();
                });
    }
}
