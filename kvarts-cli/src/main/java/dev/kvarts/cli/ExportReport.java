package dev.kvarts.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What an export did, and which entries it refused.
final class ExportReport {
    private static final int REFUSED_LISTED_MAX = 100;
    private static final int REFUSED_PRINTED_MAX = 10;

    private final String keyspace;
    private final String target;
    private final String format;
    private final List<Refused> refused = new ArrayList<>();
    private long refusedCount;
    private long entries;
    private long bytes;

    ExportReport(String keyspace, String target, String format) {
        this.keyspace = keyspace;
        this.target = target;
        this.format = format;
    }

    void exported(long sizeBytes) {
        entries++;
        bytes += sizeBytes;
    }

    void refused(byte[] key, String reason) {
        refusedCount++;
        if (refused.size() < REFUSED_LISTED_MAX) {
            refused.add(new Refused(key, reason));
        }
    }

    boolean complete() {
        return refusedCount == 0;
    }

    void print(Terminal terminal, boolean asJson, long nanos) throws IOException {
        if (asJson) {
            printJson(terminal, nanos);
            return;
        }
        terminal.print(
                "exported "
                        + Units.count(entries, "entry", "entries")
                        + ", "
                        + Units.bytes(bytes)
                        + ", in "
                        + Units.nanos(nanos)
                        + " to "
                        + target);
        for (Refused each : refused.subList(0, Math.min(refused.size(), REFUSED_PRINTED_MAX))) {
            terminal.error(
                    "kvarts export: not exported: "
                            + Notation.escaped(each.key)
                            + ": "
                            + each.reason);
        }
        if (refusedCount > REFUSED_PRINTED_MAX) {
            terminal.error(
                    "kvarts export: not exported: "
                            + Units.count(refusedCount - REFUSED_PRINTED_MAX)
                            + " more (--json lists up to "
                            + REFUSED_LISTED_MAX
                            + ")");
        }
    }

    private void printJson(Terminal terminal, long nanos) throws IOException {
        Json.object(
                terminal.out(),
                true,
                json -> {
                    json.writeStringField("keyspace", keyspace);
                    json.writeStringField("target", target);
                    json.writeStringField("format", format);
                    json.writeNumberField("entries", entries);
                    json.writeNumberField("bytes", bytes);
                    json.writeNumberField("seconds", Units.seconds(nanos));
                    json.writeNumberField("refusedCount", refusedCount);
                    json.writeArrayFieldStart("refused");
                    for (Refused each : refused) {
                        json.writeStartObject();
                        Json.bytes(json, "key", each.key, Notation.TEXT);
                        json.writeStringField("reason", each.reason);
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                });
    }

    /// One refused entry.
    private static final class Refused {
        private final byte[] key;
        private final String reason;

        Refused(byte[] key, String reason) {
            this.key = key;
            this.reason = reason;
        }
    }
}
