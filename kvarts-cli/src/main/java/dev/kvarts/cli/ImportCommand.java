package dev.kvarts.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

@Command(
        name = "import",
        header = "Put many entries: a directory tree, the JDK's classes, CSV, TSV, JSON, lines.",
        description =
                "Puts many entries into a keyspace: the files of a directory tree, the class files"
                        + " of the running JDK, the rows of a CSV or TSV file, or lines.",
        customSynopsis = "kvarts import [OPTIONS] DIR [KEYSPACE] SOURCE",
        footerHeading =
                "%nSOURCE and its format, unless --format says otherwise:%n  a directory       "
                    + " tree: key = path below it, value = content; links are left out%n "
                    + " jrt:/[MODULE]      the class files of the running JDK, or of one module%n "
                    + " *.csv, *.tsv       csv, tsv: key = the column --key-column, value ="
                    + " --value-column,%n                     or the row as a JSON object%n "
                    + " *.jsonl, *.ndjson  jsonl: objects {key, value}, as 'export' and 'scan"
                    + " --json' write them%n  - or another file  lines: key, tab, value; - is"
                    + " standard input%n%nEntries that exist are overwritten. After an error what"
                    + " came before it stays imported.%n%nJSON: {keyspace, source, format, entries,"
                    + " bytes, seconds, leftOut}; bytes of keys and values.%n%nExamples:%n",
        footer = {
            "  kvarts import data photos ~/photos",
            "  kvarts import data jdk jrt:/ --ordered --codec zstd",
            "  kvarts import data users users.csv --key-column email",
            "  kvarts import data words /usr/share/dict/words --line-numbers",
            "  sort -u access.log | kvarts import data log - --line-numbers",
            "  kvarts export old --format tsv - | kvarts import new - --escaped"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {ExitCode.OK_LINE, ExitCode.USAGE_LINE, ExitCode.STORAGE_LINE})
final class ImportCommand implements Callable<Integer> {
    /// With fewer, a rate says nothing.
    private static final long RATE_FROM_ENTRIES = 1_000;

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

    @Option(
            names = "--codec",
            order = 2,
            paramLabel = "NAME",
            converter = CodecConverter.class,
            description =
                    "What compresses an ordered keyspace from now on: none, lz4, zstd (default:"
                            + " none, or as the keyspace has it).")
    private String codec;

    @Option(
            names = "--format",
            order = 3,
            paramLabel = "FORMAT",
            description = "One of: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(
            names = "--key-column",
            order = 4,
            paramLabel = "COLUMN",
            description = "csv, tsv: name or number (from 1) of the key's column (default: 1).")
    private String keyColumn;

    @Option(
            names = "--value-column",
            order = 5,
            paramLabel = "COLUMN",
            description =
                    "csv, tsv: name or number of the value's column (default: the row as JSON).")
    private String valueColumn;

    @Option(names = "--no-header", order = 6, description = "csv, tsv: the first row is data, too.")
    private boolean noHeader;

    @Option(
            names = "--line-numbers",
            order = 7,
            description = "lines: the whole line is the value, its number the key.")
    private boolean lineNumbers;

    @Option(
            names = "--escaped",
            order = 8,
            description =
                    "lines: \\t \\n"
                            + " \\r"
                            + " \\\\ \\xNN stand for bytes, as 'scan' and 'export' write them.")
    private boolean escaped;

    @Option(names = "--json", order = 9, description = "Print the outcome as one JSON object.")
    private boolean json;

    /// What a source consists of. Lower case on the command line.
    enum Format {
        tree,
        csv,
        tsv,
        jsonl,
        lines
    }

    ImportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        String name = arguments.operands("SOURCE").getFirst();
        boolean image = name.startsWith(JdkImage.SCHEME);
        Path path = image ? JdkImage.root(name) : name.equals("-") ? null : Path.of(name);
        if (path != null && !Files.exists(path)) {
            throw new NoSuchFileException(name);
        }
        Format chosen = format != null ? format : guess(path);
        if (chosen == Format.tree && (path == null || !Files.isDirectory(path))) {
            throw arguments.misuse("not a directory: " + name);
        }
        if (chosen != Format.tree && path != null && Files.isDirectory(path)) {
            throw arguments.misuse("a directory has no format but tree: " + name);
        }
        long start = System.nanoTime();
        try (InputStream in =
                chosen == Format.tree ? InputStream.nullInputStream() : stream(path)) {
            EntrySource source = source(chosen, path, in, image);
            EntryWriter written;
            String keyspaceName;
            try (Session session = arguments.openOrCreate();
                    Progress progress = new Progress(terminal, "import", source.count())) {
                var keyspace = arguments.keyspaceToWrite(session.database(), ordered, codec);
                keyspaceName = keyspace.name();
                written = new EntryWriter(session.database(), keyspace, progress);
                source.read(written);
                written.flush();
            }
            report(
                    name,
                    chosen,
                    keyspaceName,
                    written,
                    System.nanoTime() - start,
                    source.leftOut());
        }
        return ExitCode.OK;
    }

    private InputStream stream(Path path) throws IOException {
        return path == null ? terminal.in() : Files.newInputStream(path);
    }

    private static Format guess(Path path) {
        if (path == null) {
            return Format.lines;
        }
        if (Files.isDirectory(path)) {
            return Format.tree;
        }
        String lower = path.toString().toLowerCase(Locale.ROOT);
        int dot = lower.lastIndexOf('.');
        return switch (dot < 0 ? "" : lower.substring(dot + 1)) {
            case "csv" -> Format.csv;
            case "tsv" -> Format.tsv;
            case "jsonl", "ndjson" -> Format.jsonl;
            default -> Format.lines;
        };
    }

    private EntrySource source(Format chosen, Path path, InputStream in, boolean image)
            throws IOException {
        return switch (chosen) {
            case tree ->
                    image
                            ? new TreeSource(JdkImage.modules(), path, null, JdkImage.CLASS_FILES)
                            : new TreeSource(
                                    path.toRealPath(), path.toRealPath(), databaseOrNull(), "");
            case csv -> new CsvSource(in, ',', !noHeader, keyColumn, valueColumn);
            case tsv -> new CsvSource(in, '\t', !noHeader, keyColumn, valueColumn);
            case jsonl -> new JsonLinesSource(in);
            case lines ->
                    new LineSource(
                            in,
                            lineNumbers,
                            LineSource.Decoding.of(notation.keys(), escaped),
                            LineSource.Decoding.of(notation.values(), escaped));
        };
    }

    private Path databaseOrNull() throws IOException {
        Path directory = arguments.directory();
        if (!Files.exists(directory)) {
            Path parent = directory.toAbsolutePath().normalize().getParent();
            return parent != null && Files.exists(parent)
                    ? parent.toRealPath().resolve(directory.getFileName())
                    : null;
        }
        return directory.toRealPath();
    }

    private void report(
            String source,
            Format chosen,
            String keyspace,
            EntryWriter written,
            long nanos,
            long leftOut)
            throws IOException {
        if (json) {
            Json.object(
                    terminal.out(),
                    true,
                    generator -> {
                        generator.writeStringField("keyspace", keyspace);
                        generator.writeStringField("source", source);
                        generator.writeStringField("format", chosen.name());
                        generator.writeNumberField("entries", written.entries());
                        generator.writeNumberField("bytes", written.bytes());
                        generator.writeNumberField("seconds", Units.seconds(nanos));
                        generator.writeNumberField("leftOut", leftOut);
                    });
        } else {
            String rate =
                    written.entries() < RATE_FROM_ENTRIES
                            ? ""
                            : " (" + Units.rate(written.entries(), nanos) + ")";
            terminal.print(
                    "imported "
                            + Units.count(written.entries(), "entry", "entries")
                            + ", "
                            + Units.bytes(written.bytes())
                            + ", in "
                            + Units.nanos(nanos)
                            + rate
                            + ", into keyspace "
                            + keyspace);
            if (leftOut > 0) {
                terminal.err()
                        .println(
                                "kvarts import: left out "
                                        + Units.count(
                                                leftOut,
                                                "link or special file",
                                                "links and special files"));
            }
        }
        terminal.out().flush();
    }
}
