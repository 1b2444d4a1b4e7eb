package dev.kvarts.inspect;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Layout;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.ManifestFormat;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Supplier;

/// The manifest: one state. Log ends, keyspaces and runs are its units.
final class ManifestInspector {
    // Fixed at construction.
    private final String name;
    private final MemorySegment segment;
    private final Report report;

    private long at;

    ManifestInspector(String name, MemorySegment segment, Report report) {
        this.name = name;
        this.segment = segment;
        this.report = report;
    }

    void run() {
        if (!report.fields(ManifestFormat.HEADER, 0, "")) {
            report.problem(0, "file ends within its header");
            return;
        }
        boolean whole = report.identity() && decodes();
        at = ManifestFormat.HEADER.size();
        boolean complete =
                logEnds(ManifestFormat.HEADER.number("log ends", segment, 0)) && keyspaces();
        if (whole && (!complete || at != segment.byteSize())) {
            report.problem(at, "fields do not end where the file ends");
        }
    }

    private boolean decodes() {
        if (segment.byteSize() > Integer.MAX_VALUE - 8) {
            report.problem(0, "size out of range");
            return false;
        }
        try {
            ManifestFormat.decode(Bytes.copyOut(segment, 0, (int) segment.byteSize()), name);
            return true;
        } catch (CorruptionException e) {
            report.problem(e.offset(), e.getMessage().replaceFirst("^manifest: ", ""));
            return false;
        }
    }

    private boolean logEnds(long count) {
        for (long i = 0; i < count; i++) {
            if (!fits(ManifestFormat.LOG_END)) {
                return false;
            }
            long from = at;
            unit(
                    ManifestFormat.LOG_END.size(),
                    () ->
                            "log generation "
                                    + number(ManifestFormat.LOG_END, "generation", from)
                                    + " ends at offset "
                                    + number(ManifestFormat.LOG_END, "offset", from));
        }
        return true;
    }

    private boolean keyspaces() {
        if (!report.fields(ManifestFormat.KEYSPACES, at, "")) {
            return false;
        }
        long count = number(ManifestFormat.KEYSPACES, "keyspaces", at);
        at += ManifestFormat.KEYSPACES.size();
        for (long i = 0; i < count; i++) {
            if (!keyspace()) {
                return false;
            }
        }
        return true;
    }

    private boolean keyspace() {
        long head = at;
        if (!fits(ManifestFormat.KEYSPACE)) {
            return false;
        }
        long nameAt = head + ManifestFormat.KEYSPACE.size();
        long nameSize = number(ManifestFormat.KEYSPACE, "name size", head);
        long rest = nameAt + nameSize;
        if (number(ManifestFormat.KEYSPACE, "shape", head) == KeyspaceMeta.ORDERED) {
            return ordered(head, nameAt, nameSize, rest);
        }
        if (rest + ManifestFormat.HASHED_REST.size() > segment.byteSize()) {
            return false;
        }
        unit(
                rest + ManifestFormat.HASHED_REST.size() - head,
                () -> describe(head, nameAt, nameSize, rest));
        long number = number(ManifestFormat.KEYSPACE, "number", head);
        return runs(number, number(ManifestFormat.HASHED_REST, "runs", rest));
    }

    private String describe(long head, long nameAt, long nameSize, long rest) {
        long shape = number(ManifestFormat.KEYSPACE, "shape", head);
        return title(head, nameAt, nameSize)
                + (shape == KeyspaceMeta.HASHED ? "hashed" : "shape " + shape)
                + ", utilisation "
                + number(ManifestFormat.HASHED_REST, "utilisation", rest)
                + " %, partition bits "
                + number(ManifestFormat.HASHED_REST, "partition bits", rest)
                + ", flushed to sequence "
                + number(ManifestFormat.HASHED_REST, "flushed", rest)
                + ", checkpoint "
                + number(ManifestFormat.HASHED_REST, "checkpoint", rest)
                + " to run "
                + number(ManifestFormat.HASHED_REST, "checkpoint run", rest)
                + ", runs "
                + number(ManifestFormat.HASHED_REST, "runs", rest);
    }

    private String title(long head, long nameAt, long nameSize) {
        return "keyspace "
                + number(ManifestFormat.KEYSPACE, "number", head)
                + " "
                + Preview.of(segment, nameAt, nameSize, nameSize)
                + ", ";
    }

    private static String strategy(long number) {
        Compaction[] known = Compaction.values();
        return number >= 0 && number < known.length
                ? known[(int) number].name().toLowerCase(Locale.ROOT).replace('_', '-')
                : Long.toString(number);
    }

    private boolean ordered(long head, long nameAt, long nameSize, long rest) {
        Layout layout = ManifestFormat.ORDERED_REST;
        if (rest + layout.size() > segment.byteSize()) {
            return false;
        }
        long codecAt = rest + layout.size();
        long codecSize = number(layout, "codec size", rest);
        if (codecAt + codecSize > segment.byteSize()) {
            return false;
        }
        unit(
                codecAt + codecSize - head,
                () ->
                        title(head, nameAt, nameSize)
                                + "ordered, compaction "
                                + strategy(number(layout, "compaction", rest))
                                + ", window "
                                + number(layout, "window millis", rest)
                                + " ms, values apart from "
                                + number(layout, "separation", rest)
                                + " bytes on, blocks of "
                                + number(layout, "block", rest)
                                + " bytes, codec "
                                + Preview.of(segment, codecAt, codecSize, codecSize)
                                + ", utilisation "
                                + number(layout, "utilisation", rest)
                                + " %, flushed to sequence "
                                + number(layout, "flushed", rest)
                                + ", tables "
                                + number(layout, "tables", rest)
                                + ", value files "
                                + number(layout, "value files", rest));
        long keyspace = number(ManifestFormat.KEYSPACE, "number", head);
        return tables(keyspace, number(layout, "tables", rest))
                && valueFiles(keyspace, number(layout, "value files", rest));
    }

    private boolean tables(long keyspace, long count) {
        Layout layout = ManifestFormat.TABLE;
        for (long i = 0; i < count; i++) {
            if (!fits(layout)) {
                return false;
            }
            long from = at;
            unit(
                    layout.size(),
                    () ->
                            "table "
                                    + number(layout, "number", from)
                                    + " of keyspace "
                                    + keyspace
                                    + ", level "
                                    + number(layout, "level", from)
                                    + ", run "
                                    + number(layout, "run", from)
                                    + ", "
                                    + number(layout, "file bytes", from)
                                    + " bytes, global sequence "
                                    + number(layout, "global sequence", from)
                                    + ", written "
                                    + Instant.ofEpochMilli(number(layout, "oldest millis", from))
                                    + " to "
                                    + Instant.ofEpochMilli(number(layout, "newest millis", from)));
        }
        return true;
    }

    private boolean valueFiles(long keyspace, long count) {
        Layout layout = ManifestFormat.VALUE_FILE;
        for (long i = 0; i < count; i++) {
            if (!fits(layout)) {
                return false;
            }
            long from = at;
            unit(
                    layout.size(),
                    () ->
                            "value file "
                                    + number(layout, "number", from)
                                    + " of keyspace "
                                    + keyspace
                                    + ", "
                                    + number(layout, "file bytes", from)
                                    + " bytes");
        }
        return true;
    }

    private boolean runs(long keyspace, long count) {
        for (long i = 0; i < count; i++) {
            if (!fits(ManifestFormat.RUN)) {
                return false;
            }
            long from = at;
            unit(
                    ManifestFormat.RUN.size(),
                    () ->
                            "run "
                                    + number(ManifestFormat.RUN, "number", from)
                                    + " of keyspace "
                                    + keyspace
                                    + ", id "
                                    + number(ManifestFormat.RUN, "id", from)
                                    + ", "
                                    + number(ManifestFormat.RUN, "file bytes", from)
                                    + " bytes, born at sequence "
                                    + number(ManifestFormat.RUN, "born", from));
        }
        return true;
    }

    private boolean fits(Layout layout) {
        return layout.size() <= segment.byteSize() - at;
    }

    private void unit(long size, Supplier<String> description) {
        report.unit(at, size, description);
        at += size;
    }

    private long number(Layout layout, String field, long base) {
        return layout.number(field, segment, base);
    }
}
