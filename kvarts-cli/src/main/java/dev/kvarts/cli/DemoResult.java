package dev.kvarts.cli;

import java.io.IOException;
import java.util.List;

/// What the demo found and measured.
record DemoResult(
        List<String> failures,
        String directory,
        long entries,
        long bytes,
        long putsPerSecond,
        long getsPerSecond,
        long getP50Nanos,
        long getP99Nanos,
        double indexBytesPerEntry,
        double writeAmplification,
        double readsPerGet,
        long cleanReopenNanos,
        long kills,
        long killReopenNanosMax,
        long acknowledgedWrites,
        long lostWrites,
        long nanos) {
    boolean ok() {
        return failures.isEmpty();
    }

    void print(Terminal terminal) throws IOException {
        terminal.print("");
        var table =
                new Table("", ">", "")
                        .row("entries", Units.count(entries), "")
                        .row("bytes", Units.bytes(bytes), "keys and values")
                        .row(
                                "puts",
                                Units.count(putsPerSecond) + "/s",
                                "one thread, time in put only")
                        .row(
                                "gets",
                                Units.count(getsPerSecond) + "/s",
                                "one thread, random keys, value copied")
                        .row("p99 get", Units.nanos(getP99Nanos), "")
                        .row(
                                "DRAM per key",
                                Units.decimal(indexBytesPerEntry) + " B",
                                "index bytes / entries")
                        .row(
                                "write amplification",
                                Units.decimal(writeAmplification),
                                "bytes of runs / bytes put")
                        .row("reads per get", Units.decimal(readsPerGet), "page reads")
                        .row("reopen, clean", Units.nanos(cleanReopenNanos), "");
        if (kills > 0) {
            table.row(
                            "reopen, killed",
                            Units.nanos(killReopenNanosMax),
                            "slowest of " + Units.count(kills))
                    .row(
                            "acknowledged writes",
                            Units.count(acknowledgedWrites),
                            "by the killed processes")
                    .row(
                            "lost",
                            Units.count(lostWrites),
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
                    json.writeNumberField("putsPerSecond", putsPerSecond);
                    json.writeNumberField("getsPerSecond", getsPerSecond);
                    json.writeNumberField("getP50Nanos", getP50Nanos);
                    json.writeNumberField("getP99Nanos", getP99Nanos);
                    json.writeNumberField("indexBytesPerEntry", indexBytesPerEntry);
                    json.writeNumberField("writeAmplification", writeAmplification);
                    json.writeNumberField("readsPerGet", readsPerGet);
                    json.writeNumberField("cleanReopenNanos", cleanReopenNanos);
                    json.writeNumberField("kills", kills);
                    json.writeNumberField("killReopenNanosMax", killReopenNanosMax);
                    json.writeNumberField("acknowledgedWrites", acknowledgedWrites);
                    json.writeNumberField("lostWrites", lostWrites);
                    json.writeNumberField("seconds", Units.seconds(nanos));
                });
    }
}
