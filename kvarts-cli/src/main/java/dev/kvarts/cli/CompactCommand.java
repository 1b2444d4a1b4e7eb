package dev.kvarts.cli;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.inspect.Layouts;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

@Command(
        name = "compact",
        header = "Give back the space of what was overwritten or deleted.",
        description =
                "Rewrites what is stored until next to nothing overwritten or deleted is left in"
                        + " it: all keyspaces, or one ordered keyspace, or a range of it.",
        customSynopsis = "kvarts compact [OPTIONS] DIR [KEYSPACE]",
        footerHeading =
                "%nStrategies: unified (the default of a new keyspace), leveled, size-tiered,"
                        + " time-window. A strategy%ngiven here stays with the keyspace.%n%nJSON:"
                        + " {keyspaces: [{name, runsBefore, runs, storedBytesBefore, storedBytes}],"
                        + " seconds}.%n%nExamples:%n",
        footer = {
            "  kvarts compact data",
            "  kvarts compact data events --prefix 2025-06",
            "  kvarts compact data events --strategy leveled"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "1:No such keyspace.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE
        })
final class CompactCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Mixin private NotationOptions notation;

    @Mixin private RangeOptions range;

    @Option(
            names = "--strategy",
            order = 4,
            paramLabel = "NAME",
            converter = StrategyConverter.class,
            description = "How the keyspace merges its tables from now on.")
    private Compaction strategy;

    @Option(names = "--json", order = 5, description = "Print one JSON object.")
    private boolean json;

    CompactCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        arguments.operands();
        boolean one = arguments.namesKeyspace() || range.given() != null || strategy != null;
        long start = System.nanoTime();
        Map<String, KeyspaceStats> before;
        List<KeyspaceStats> after;
        try (Session session = arguments.open()) {
            Database database = session.database();
            String name = one ? arguments.nameToRead(database.keyspaces()) : null;
            database.flush(); // what is in memory only takes no space that could be given back
            before = byName(database.stats().keyspaces());
            if (one) {
                ordered(database, name).compact(range.range(notation.keys()));
            } else {
                database.compact();
            }
            after = database.stats().keyspaces();
            after = after.stream().filter(each -> !one || each.name().equals(name)).toList();
        }
        report(before, after, System.nanoTime() - start);
        return ExitCode.OK;
    }

    private OrderedKeyspace ordered(Database database, String name) throws IOException {
        if (!(database.keyspace(name) instanceof OrderedKeyspace keyspace)) {
            throw new CommandException(
                    ExitCode.USAGE,
                    name
                            + " is a hashed keyspace, which is compacted together with the whole"
                            + " database: leave its name out");
        }
        if (strategy == null) {
            return keyspace;
        }
        var stored = Layouts.options(arguments.directory()).get(name);
        return database.ordered(name, stored.withCompaction(strategy));
    }

    private static Map<String, KeyspaceStats> byName(List<KeyspaceStats> stats) {
        return stats.stream().collect(Collectors.toMap(KeyspaceStats::name, each -> each));
    }

    private void report(Map<String, KeyspaceStats> before, List<KeyspaceStats> after, long nanos)
            throws IOException {
        if (json) {
            printJson(before, after, nanos);
        } else {
            var table = new Table("keyspace", ">runs", "", ">stored", "");
            for (KeyspaceStats each : after) {
                KeyspaceStats was = before.get(each.name());
                table.row(
                        each.name(),
                        Units.count(was.runs()),
                        "-> " + Units.count(each.runs()),
                        Units.bytes(was.storedBytes()),
                        "-> " + Units.bytes(each.storedBytes()));
            }
            table.print(terminal, "");
            terminal.print("compacted in " + Units.nanos(nanos));
        }
        terminal.out().flush();
    }

    private void printJson(Map<String, KeyspaceStats> before, List<KeyspaceStats> after, long nanos)
            throws IOException {
        Json.object(
                terminal.out(),
                true,
                generator -> {
                    generator.writeArrayFieldStart("keyspaces");
                    for (KeyspaceStats each : after) {
                        KeyspaceStats was = before.get(each.name());
                        generator.writeStartObject();
                        generator.writeStringField("name", each.name());
                        generator.writeNumberField("runsBefore", was.runs());
                        generator.writeNumberField("runs", each.runs());
                        generator.writeNumberField("storedBytesBefore", was.storedBytes());
                        generator.writeNumberField("storedBytes", each.storedBytes());
                        generator.writeEndObject();
                    }
                    generator.writeEndArray();
                    generator.writeNumberField("seconds", Units.seconds(nanos));
                });
    }
}
