package dev.kvarts.cli;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Change;
import dev.kvarts.api.ChangeBatch;
import dev.kvarts.api.ChangeStream;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

@Command(
        name = "changes",
        header = "Print what was written, in order.",
        description =
                "Prints what was written, batch by batch in the order of sequence numbers, as far"
                        + " as it is retained and durable. Needs a database that retains changes;"
                        + " --retain makes it one. Another process may have the database open: its"
                        + " files are read beside it, and it notices nothing.",
        customSynopsis = "kvarts changes [OPTIONS] DIR",
        footerHeading =
                "%nA line is: sequence number, kind, keyspace, key, value; separated by tabs,"
                        + " escaped as in 'scan'.%n%nJSON, one object a batch: {first, last, time,"
                        + " changes: [{kind, keyspace, key, end, value, expires}]}.%n%nExamples:%n",
        footer = {
            "  kvarts changes data --retain 1g          from now on, keep a gigabyte of them",
            "  kvarts changes data --from 1048577 --json",
            "  kvarts changes data --follow             also what another process writes"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "2:Wrong usage, or changes are not retained.",
            "3:The changes asked for are gone, or the database cannot be read.",
            ExitCode.INTERRUPTED_LINE
        })
final class ChangesCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(500);

    private final Terminal terminal;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DIR", description = "Directory of the database.")
    private Path directory;

    @Option(
            names = "--from",
            paramLabel = "SEQ",
            order = 1,
            description = "The sequence number to begin at (default: the oldest retained).")
    private long from;

    @Option(
            names = "--follow",
            order = 2,
            description = "Go on with what is written from now on, until interrupted.")
    private boolean follow;

    @Option(
            names = "--retain",
            paramLabel = "SIZE",
            order = 3,
            converter = SizeConverter.class,
            description = "From now on, retain changes of this size; 0 ends that.")
    private Long retain;

    @Option(names = "--json", order = 5, description = "Print one JSON object a batch.")
    private boolean json;

    @Mixin private MemoryOption memory;

    @Mixin private NotationOptions notation;

    ChangesCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (from < 0) {
            throw new ParameterException(
                    spec.commandLine(), "--from must not be negative: " + from);
        }
        if (retain != null) {
            memory.open(directory, retain).close();
            if (retain == 0) {
                return ExitCode.OK;
            }
        }
        Session.requireDirectory(directory);
        try (ChangeStream stream = Kvarts.changes(directory, from)) {
            for (ChangeBatch batch = next(stream); batch != null; batch = next(stream)) {
                if (json) {
                    printJson(batch);
                } else {
                    print(batch);
                }
            }
        }
        terminal.out().flush();
        return ExitCode.OK;
    }

    /// What there is now; when following, waits for what comes.
    private ChangeBatch next(ChangeStream stream) throws IOException {
        ChangeBatch batch = stream.next(Duration.ZERO);
        if (batch == null && follow) {
            terminal.out().flush();
            while (batch == null) {
                batch = stream.next(POLL);
            }
        }
        return batch;
    }

    private void print(ChangeBatch batch) throws IOException {
        for (Change each : batch.changes()) {
            var line = new StringBuilder();
            line.append(batch.firstSequence()).append('\t').append(kindOf(each));
            if (each.kind() != Change.Kind.UNLOGGED) {
                line.append('\t').append(keyspaceOf(each));
                line.append('\t').append(each.key() == null ? "" : keys(each.key()));
            }
            if (each.kind() == Change.Kind.DELETE_RANGE) {
                line.append('\t').append(each.rangeEnd() == null ? "" : keys(each.rangeEnd()));
            }
            if (each.valueSegment() != null) {
                line.append('\t').append(notation.values().format(each.value()));
            }
            line.append('\n');
            terminal.out().write(line.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private String keys(byte[] key) {
        return notation.keys().format(key);
    }

    private static String kindOf(Change change) {
        return switch (change.kind()) {
            case PUT -> "put";
            case DELETE -> "delete";
            case DELETE_RANGE -> "deleteRange";
            case UNLOGGED -> "unlogged";
        };
    }

    /// A keyspace that was dropped may have no name any more.
    private static String keyspaceOf(Change change) {
        return change.keyspace() == null ? "#" + change.keyspaceNumber() : change.keyspace();
    }

    private void printJson(ChangeBatch batch) throws IOException {
        Json.object(
                terminal.out(),
                false,
                generator -> {
                    generator.writeNumberField("first", batch.firstSequence());
                    generator.writeNumberField("last", batch.lastSequence());
                    if (batch.time() != null) {
                        generator.writeStringField("time", batch.time().toString());
                    }
                    generator.writeArrayFieldStart("changes");
                    for (Change each : batch.changes()) {
                        generator.writeStartObject();
                        write(generator, each);
                        generator.writeEndObject();
                    }
                    generator.writeEndArray();
                });
    }

    private void write(JsonGenerator generator, Change change) throws IOException {
        generator.writeStringField("kind", kindOf(change));
        if (change.kind() != Change.Kind.UNLOGGED) {
            generator.writeStringField("keyspace", keyspaceOf(change));
        }
        if (change.key() != null) {
            Json.bytes(generator, "key", change.key(), notation.keys());
        }
        if (change.rangeEnd() != null) {
            Json.bytes(generator, "end", change.rangeEnd(), notation.keys());
        }
        if (change.valueSegment() != null) {
            Json.bytes(generator, "value", change.value(), notation.values());
        }
        if (change.expiry() != null) {
            generator.writeStringField("expires", change.expiry().toString());
        }
    }
}
