package dev.kvarts.cli;

import dev.kvarts.inspect.DatabaseLayout;
import dev.kvarts.inspect.DatabaseLayout.KeyspaceLayout;
import dev.kvarts.inspect.Layouts;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "layout",
        header = "Draw where the data lies: levels, runs, tables, value files.",
        description =
                "Draws the levels of ordered keyspaces: every sorted run is a line, its tables"
                        + " stand where their keys are. Reads the manifest and the footers of the"
                        + " files, needs no open database and changes nothing; the database may be"
                        + " in use.",
        customSynopsis = "kvarts layout [OPTIONS] DIR [KEYSPACE]",
        footerHeading =
                "%nThe line of keys is divided by bytes: each stretch is as long as what the tables"
                    + " hold there.%n%nJSON: {logSegments, logBytes, keyspaces: [...]}. A hashed"
                    + " one: {name, shape, fileBytes, runs: [{number,%nfileBytes, records,"
                    + " tombstones}]}. An ordered one: {name, shape, fileBytes, strategy,"
                    + " codec,%nlevels: [{level, runs: [{run, tables: [{number, fileBytes, entries,"
                    + " tombstones, rangeTombstones,%nsequenceMin, sequenceMax, firstKey,"
                    + " lastKey}]}]}], valueFiles: [{number, fileBytes, records,%nvalueBytes,"
                    + " liveRecords, liveBytes}]}. Keys as in 'kvarts scan --json'.%n%nExamples:%n",
        footer = {
            "  kvarts layout data",
            "  kvarts layout data events --tables",
            "  kvarts layout data --svg layout.svg"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "1:No such keyspace.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE
        })
final class LayoutCommand implements Callable<Integer> {
    private static final int WIDTH_MAX = 10_000;

    private final Terminal terminal;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DIR", description = "Directory of the database.")
    private Path directory;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "KEYSPACE",
            description = "Only this keyspace.")
    private String keyspace;

    @Mixin private NotationOptions notation;

    @Option(
            names = "--svg",
            order = 1,
            paramLabel = "FILE",
            description = "Draw into this file, which is overwritten, instead of the terminal.")
    private Path svg;

    @Option(names = "--tables", order = 2, description = "List every table, too.")
    private boolean tables;

    @Option(
            names = "--width",
            order = 3,
            paramLabel = "COLUMNS",
            description = "How wide to draw (default: as wide as the terminal, or 100).")
    private Integer width;

    @Option(names = "--json", order = 4, description = "Print one JSON object.")
    private boolean json;

    LayoutCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (width != null && (width < LayoutText.WIDTH_MIN || width > WIDTH_MAX)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--width must be " + LayoutText.WIDTH_MIN + ".." + WIDTH_MAX + ": " + width);
        }
        if (!Files.isDirectory(directory)) {
            throw new CommandException(
                    ExitCode.STORAGE,
                    (Files.exists(directory) ? "not a directory: " : "no such database: ")
                            + directory);
        }
        DatabaseLayout layout = chosen(Layouts.read(directory));
        if (svg != null) {
            String title = "Kvarts, layout of " + directory;
            Files.writeString(svg, LayoutSvg.of(title, layout, notation.keys()));
        } else if (json) {
            LayoutJson.print(terminal, layout, notation.keys());
        } else {
            int columns = width != null ? width : terminal.columns();
            new LayoutText(terminal, notation.keys(), columns, tables).print(layout);
        }
        terminal.out().flush();
        return ExitCode.OK;
    }

    private DatabaseLayout chosen(DatabaseLayout layout) {
        if (keyspace == null) {
            return layout;
        }
        List<KeyspaceLayout> wanted =
                layout.keyspaces().stream().filter(each -> each.name().equals(keyspace)).toList();
        if (wanted.isEmpty()) {
            throw DatabaseArguments.noKeyspace(
                    keyspace, layout.keyspaces().stream().map(KeyspaceLayout::name).toList());
        }
        return new DatabaseLayout(layout.logSegments(), layout.logBytes(), wanted);
    }
}
