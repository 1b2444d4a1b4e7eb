package dev.kvarts.cli;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Keyspace;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.Callable;

@Command(
        name = "export",
        header = "Write all entries to a directory tree, as JSON lines or TSV.",
        description =
                "Writes all entries of a keyspace to a directory tree, as JSON lines, or as TSV.",
        customSynopsis = "kvarts export [OPTIONS] DIR [KEYSPACE] TARGET",
        footerHeading =
                "%nTARGET and its format, unless --format says otherwise:%n  *.jsonl, *.ndjson, - "
                    + " jsonl: objects {key, value} as in 'scan --json'; - is standard output%n "
                    + " *.tsv                 tsv: key, tab, value; escaped as in 'scan'%n "
                    + " anything else         tree: a new or empty directory; key = path, value ="
                    + " content%n%nA file that exists is not overwritten. A key that is no path"
                    + " inside the directory (absolute, with ..,%nnot UTF-8, taken) is not"
                    + " exported, but reported, and the exit code is 1.%n%nJSON (--json, not with"
                    + " target -): {keyspace, target, format, entries, bytes, seconds,"
                    + " refused:%n[{key, reason}]}; of the refused at most 100 are listed,"
                    + " refusedCount is their number.%n%nExamples:%n",
        footer = {
            "  kvarts export data photos /tmp/photos",
            "  kvarts export data users users.jsonl",
            "  kvarts export data users - --format tsv --prefix user: | sort"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "1:No such keyspace, or some entries were not exported.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE
        })
final class ExportCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Mixin private NotationOptions notation;

    @Option(
            names = "--format",
            order = 4,
            paramLabel = "FORMAT",
            description = "One of: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Mixin private RangeOptions range;

    @Option(names = "--json", order = 5, description = "Print the outcome as one JSON object.")
    private boolean json;

    /// What is written. Lower case on the command line.
    enum Format {
        tree,
        jsonl,
        tsv
    }

    ExportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        String target = arguments.operands("TARGET").getFirst();
        boolean standardOutput = target.equals("-");
        Format chosen = format != null ? format : guess(target);
        if (standardOutput && (chosen == Format.tree || json)) {
            throw arguments.misuse(
                    "standard output takes no "
                            + (json ? "--json beside the entries" : "directory tree"));
        }
        long start = System.nanoTime();
        ExportReport report;
        try (Session session = arguments.open()) {
            Keyspace keyspace = arguments.keyspaceToRead(session.database());
            report = new ExportReport(keyspace.name(), target, chosen.name());
            if (chosen == Format.tree) {
                exportTree(keyspace, TreeTarget.create(Path.of(target)), report);
            } else if (standardOutput) {
                exportLines(keyspace, chosen, terminal.out(), report);
            } else {
                try (var out =
                        new BufferedOutputStream(
                                Files.newOutputStream(
                                        Path.of(target),
                                        StandardOpenOption.CREATE_NEW,
                                        StandardOpenOption.WRITE),
                                64 << 10)) {
                    exportLines(keyspace, chosen, out, report);
                }
            }
        }
        if (!standardOutput) {
            report.print(terminal, json, System.nanoTime() - start);
        }
        terminal.out().flush();
        return report.complete() ? ExitCode.OK : ExitCode.NO;
    }

    private static Format guess(String target) {
        String lower = target.toLowerCase(Locale.ROOT);
        return target.equals("-") || lower.endsWith(".jsonl") || lower.endsWith(".ndjson")
                ? Format.jsonl
                : lower.endsWith(".tsv") ? Format.tsv : Format.tree;
    }

    private void exportTree(Keyspace keyspace, TreeTarget target, ExportReport report)
            throws IOException {
        forEach(
                keyspace,
                cursor -> {
                    byte[] key = cursor.key();
                    String refusal = target.write(key, cursor.valueSegment());
                    if (refusal == null) {
                        report.exported(key.length + cursor.valueSegment().byteSize());
                    } else {
                        report.refused(key, refusal);
                    }
                });
    }

    private void exportLines(
            Keyspace keyspace, Format chosen, OutputStream out, ExportReport report)
            throws IOException {
        var printer =
                new EntryPrinter(
                        out,
                        chosen == Format.jsonl,
                        notation.keys(),
                        notation.values(),
                        Integer.MAX_VALUE);
        forEach(
                keyspace,
                cursor -> {
                    byte[] key = cursor.key();
                    byte[] value = cursor.value();
                    printer.print(key, value);
                    report.exported(key.length + value.length);
                });
    }

    private void forEach(Keyspace keyspace, Step step) throws IOException {
        try (Progress progress = Progress.over(terminal, "export", keyspace, range);
                EntryWalk walk =
                        EntryWalk.over(keyspace, range, notation.keys(), false, progress::step)) {
            while (walk.next()) {
                step.accept(walk.cursor());
            }
        }
    }

    private interface Step {
        void accept(Cursor cursor) throws IOException;
    }
}
