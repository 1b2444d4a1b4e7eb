package dev.kvarts.cli;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.kvarts.api.DatabaseStats;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.MemoryReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.concurrent.Callable;

@Command(
        name = "stats",
        header = "Print counts, sizes and memory.",
        description =
                "Prints counts and sizes of a database and its keyspaces, and who uses its memory.",
        customSynopsis = "kvarts stats [OPTIONS] DIR",
        footerHeading =
                "%nJSON: {storedBytes, sequence, logRecords, logBytes, logSyncs, logSegments,"
                    + " manifestWrites,%nopenNanos, replayedRecords, keyspaces: [...], memory:"
                    + " {limitBytes, usedBytes, items: {NAME: BYTES}}}.%nA keyspace: {name,"
                    + " entries, runs, storedBytes, liveBytes, memoryStoreBytes,"
                    + " indexBytes,%nindexBytesPerEntry, puts, deletes, userBytes, gets, hits,"
                    + " memoryHits, runReads, runReadsMissing,%nflushes, flushedBytes, reclaims,"
                    + " reclaimedBytes, checkpointBytes, verifyReads,"
                    + " writeDelayNanos,%nwriteAmplification, readsPerHit, readsPerMiss}. Counters"
                    + " count since this command opened the database.%n%nExamples:%n",
        footer = {"  kvarts stats data", "  kvarts stats data --json | jq '.keyspaces[].entries'"},
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {ExitCode.OK_LINE, ExitCode.USAGE_LINE, ExitCode.STORAGE_LINE})
final class StatsCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    StatsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        arguments.withoutKeyspace();
        DatabaseStats stats;
        MemoryReport memory;
        try (Session session = arguments.open()) {
            stats = session.database().stats();
            memory = session.database().memory();
        }
        if (json) {
            Json.object(terminal.out(), true, generator -> write(generator, stats, memory));
        } else {
            print(stats, memory);
        }
        terminal.out().flush();
        return ExitCode.OK;
    }

    private void print(DatabaseStats stats, MemoryReport memory) throws IOException {
        new Table("", "")
                .row("database", arguments.directory())
                .row("stored", Units.bytes(stats.storedBytes()))
                .row("sequence", Units.count(stats.sequence()))
                .row("commit log", Units.count(stats.logSegments(), "segment", "segments"))
                .row(
                        "opened in",
                        Units.nanos(stats.openNanos())
                                + ", "
                                + Units.count(stats.replayedRecords(), "log record", "log records")
                                + " replayed")
                .row(
                        "memory",
                        Units.bytes(memory.usedBytes()) + " of " + Units.bytes(memory.limitBytes()))
                .print(terminal, "");
        terminal.print("");
        var keyspaces =
                new Table(
                        "keyspace",
                        ">entries",
                        ">runs",
                        ">stored",
                        ">live",
                        ">in memory",
                        ">index",
                        ">index/entry");
        for (KeyspaceStats each : stats.keyspaces()) {
            keyspaces.row(
                    each.name(),
                    Units.count(each.entries()),
                    Units.count(each.runs()),
                    Units.bytes(each.storedBytes()),
                    Units.bytes(each.liveBytes()),
                    Units.bytes(each.memoryStoreBytes()),
                    Units.bytes(each.indexBytes()),
                    each.entries() == 0 ? "-" : Units.decimal(indexBytesPerEntry(each)) + " B");
        }
        keyspaces.print(terminal, "");
        terminal.print("");
        var items = new Table("memory", ">used");
        memory.items().forEach((name, bytes) -> items.row(name, Units.bytes(bytes)));
        items.print(terminal, "");
    }

    static double indexBytesPerEntry(KeyspaceStats stats) {
        return stats.entries() == 0 ? 0 : (double) stats.indexBytes() / stats.entries();
    }

    private static void write(JsonGenerator json, DatabaseStats stats, MemoryReport memory)
            throws IOException {
        json.writeNumberField("storedBytes", stats.storedBytes());
        json.writeNumberField("sequence", stats.sequence());
        json.writeNumberField("logRecords", stats.logRecords());
        json.writeNumberField("logBytes", stats.logBytes());
        json.writeNumberField("logSyncs", stats.logSyncs());
        json.writeNumberField("logSegments", stats.logSegments());
        json.writeNumberField("manifestWrites", stats.manifestWrites());
        json.writeNumberField("openNanos", stats.openNanos());
        json.writeNumberField("replayedRecords", stats.replayedRecords());
        json.writeArrayFieldStart("keyspaces");
        for (KeyspaceStats each : stats.keyspaces()) {
            write(json, each);
        }
        json.writeEndArray();
        json.writeObjectFieldStart("memory");
        json.writeNumberField("limitBytes", memory.limitBytes());
        json.writeNumberField("usedBytes", memory.usedBytes());
        json.writeObjectFieldStart("items");
        for (var item : memory.items().entrySet()) {
            json.writeNumberField(item.getKey(), item.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, KeyspaceStats stats) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", stats.name());
        json.writeNumberField("entries", stats.entries());
        json.writeNumberField("runs", stats.runs());
        json.writeNumberField("storedBytes", stats.storedBytes());
        json.writeNumberField("liveBytes", stats.liveBytes());
        json.writeNumberField("memoryStoreBytes", stats.memoryStoreBytes());
        json.writeNumberField("indexBytes", stats.indexBytes());
        json.writeNumberField("indexBytesPerEntry", indexBytesPerEntry(stats));
        json.writeNumberField("puts", stats.puts());
        json.writeNumberField("deletes", stats.deletes());
        json.writeNumberField("userBytes", stats.userBytes());
        json.writeNumberField("gets", stats.gets());
        json.writeNumberField("hits", stats.hits());
        json.writeNumberField("memoryHits", stats.memoryHits());
        json.writeNumberField("runReads", stats.runReads());
        json.writeNumberField("runReadsMissing", stats.runReadsMissing());
        json.writeNumberField("flushes", stats.flushes());
        json.writeNumberField("flushedBytes", stats.flushedBytes());
        json.writeNumberField("reclaims", stats.reclaims());
        json.writeNumberField("reclaimedBytes", stats.reclaimedBytes());
        json.writeNumberField("checkpointBytes", stats.checkpointBytes());
        json.writeNumberField("verifyReads", stats.verifyReads());
        json.writeNumberField("writeDelayNanos", stats.writeDelayNanos());
        json.writeNumberField("writeAmplification", stats.writeAmplification());
        json.writeNumberField("readsPerHit", stats.readsPerHit());
        json.writeNumberField("readsPerMiss", stats.readsPerMiss());
        json.writeEndObject();
    }
}
