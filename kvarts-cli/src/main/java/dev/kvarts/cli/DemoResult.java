package dev.kvarts.cli;

import com.fasterxml.jackson.core.JsonGenerator;

import java.io.IOException;
import java.util.List;

/// What the demo found and measured.
record DemoResult(
        List<String> failures,
        String directory,
        long entries,
        long bytes,
        Measured hashed,
        Measured ordered,
        long scanPerSecond,
        long reversePerSecond,
        long cleanReopenNanos,
        long kills,
        long killReopenNanosMax,
        long acknowledgedBatches,
        long lostBatches,
        long nanos) {
    /// What was measured of a keyspace of either shape.
    record Measured(
            long putsPerSecond,
            RandomGets gets,
            double indexBytesPerEntry,
            double writeAmplification,
            double readsPerGet) {}

    boolean ok() {
        return failures.isEmpty();
    }

    void print(Terminal terminal) throws IOException {
        terminal.print("");
        new Table("", ">hashed", ">ordered", "")
                .row("entries", Units.count(entries), Units.count(entries), "")
                .row("bytes", Units.bytes(bytes), Units.bytes(bytes), "keys and values")
                .row(
                        "puts",
                        Units.count(hashed.putsPerSecond) + "/s",
                        Units.count(ordered.putsPerSecond) + "/s",
                        "one thread, time in put only")
                .row(
                        "gets",
                        Units.count(hashed.gets.perSecond()) + "/s",
                        Units.count(ordered.gets.perSecond()) + "/s",
                        "one thread, random keys, value copied")
                .row(
                        "p99 get",
                        Units.nanos(hashed.gets.p99Nanos()),
                        Units.nanos(ordered.gets.p99Nanos()),
                        "")
                .row(
                        "scan",
                        "",
                        Units.count(scanPerSecond) + "/s",
                        "keys and values where they lie")
                .row("reverse scan", "", Units.count(reversePerSecond) + "/s", "")
                .row(
                        "DRAM per key",
                        Units.decimal(hashed.indexBytesPerEntry) + " B",
                        Units.decimal(ordered.indexBytesPerEntry) + " B",
                        "index bytes / entries")
                .row(
                        "write amplification",
                        Units.decimal(hashed.writeAmplification),
                        Units.decimal(ordered.writeAmplification),
                        "bytes of files, log not counted / bytes put")
                .row(
                        "reads per get",
                        Units.decimal(hashed.readsPerGet),
                        Units.decimal(ordered.readsPerGet),
                        "")
                .print(terminal, "  ");
        terminal.print("");
        var table = new Table("", ">", "").row("reopen, clean", Units.nanos(cleanReopenNanos), "");
        if (kills > 0) {
            table.row(
                            "reopen, killed",
                            Units.nanos(killReopenNanosMax),
                            "slowest of " + Units.count(kills))
                    .row(
                            "acknowledged batches",
                            Units.count(acknowledgedBatches),
                            "to both keyspaces, by the killed processes")
                    .row(
                            "lost",
                            Units.count(lostBatches),
                            "acknowledged but not there, or different");
        }
        table.print(terminal, "  ");
        terminal.print("");
        terminal.print(
                ok()
                        ? "  "
                                + terminal.green("All is as it should be.")
                                + " "
                                + Units.nanos(nanos)
                        : "  "
                                + terminal.red(
                                        Units.count(failures.size(), "step", "steps")
                                                + " failed."));
    }

    void printJson(Terminal terminal) throws IOException {
        Json.object(
                terminal.out(),
                true,
                json -> {
                    json.writeBooleanField("ok", ok());
                    json.writeArrayFieldStart("failures");
                    for (String failure : failures) {
                        json.writeString(failure);
                    }
                    json.writeEndArray();
                    json.writeStringField("directory", directory);
                    json.writeNumberField("entries", entries);
                    json.writeNumberField("bytes", bytes);
                    write(json, "hashed", hashed);
                    write(json, "ordered", ordered);
                    json.writeNumberField("scanPerSecond", scanPerSecond);
                    json.writeNumberField("reversePerSecond", reversePerSecond);
                    json.writeNumberField("cleanReopenNanos", cleanReopenNanos);
                    json.writeNumberField("kills", kills);
                    json.writeNumberField("killReopenNanosMax", killReopenNanosMax);
                    json.writeNumberField("acknowledgedBatches", acknowledgedBatches);
                    json.writeNumberField("lostBatches", lostBatches);
                    json.writeNumberField("seconds", Units.seconds(nanos));
                });
    }

    private static void write(JsonGenerator json, String name, Measured measured)
            throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("putsPerSecond", measured.putsPerSecond);
        json.writeNumberField("getsPerSecond", measured.gets.perSecond());
        json.writeNumberField("getP50Nanos", measured.gets.p50Nanos());
        json.writeNumberField("getP99Nanos", measured.gets.p99Nanos());
        json.writeNumberField("indexBytesPerEntry", measured.indexBytesPerEntry);
        json.writeNumberField("writeAmplification", measured.writeAmplification);
        json.writeNumberField("readsPerGet", measured.readsPerGet);
        json.writeEndObject();
    }
}
