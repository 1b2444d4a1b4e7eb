package dev.kvarts.inspect;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Layout;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.ManifestFormat;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.function.Supplier;

/// The manifest: one state. Log ends, keyspaces and runs are its units.
final class ManifestInspector {
    // Fixed at construction.
    private final String name;
    private final MemorySegment segment;
    private final Report report;

    private boolean old; // of a version before 3
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
        old = ManifestFormat.HEADER.number("version", segment, 0) < 3;
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
        Layout layout = old ? ManifestFormat.KEYSPACES_2 : ManifestFormat.KEYSPACES;
        if (!report.fields(layout, at, "")) {
            return false;
        }
        long count = number(layout, "keyspaces", at);
        at += layout.size();
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
        if (nameAt + nameSize > segment.byteSize()) {
            return false;
        }
        long shape = number(ManifestFormat.KEYSPACE, "shape", head);
        String title =
                "keyspace "
                        + number(ManifestFormat.KEYSPACE, "number", head)
                        + " "
                        + Preview.of(segment, nameAt, nameSize, nameSize)
                        + (shape == KeyspaceMeta.ORDERED
                                ? ", ordered"
                                : shape == KeyspaceMeta.HASHED ? ", hashed" : ", shape " + shape);
        long keyspace = number(ManifestFormat.KEYSPACE, "number", head);
        long next = nameAt + nameSize;
        if (old) {
            return shape == KeyspaceMeta.ORDERED
                    ? oldOrdered(keyspace, title, next)
                    : hashed(keyspace, title, ManifestFormat.HASHED_REST_2, next);
        }
        long rest = OptionsView.end(segment, next);
        if (rest < 0) {
            return false;
        }
        unit(rest - head, () -> title + ", " + OptionsView.describe(segment, next));
        String part = "files of keyspace " + keyspace;
        return shape == KeyspaceMeta.ORDERED
                ? ordered(keyspace, part, rest)
                : hashed(keyspace, part, ManifestFormat.HASHED_REST, rest);
    }

    private boolean hashed(long keyspace, String title, Layout layout, long rest) {
        if (rest + layout.size() > segment.byteSize()) {
            return false;
        }
        unit(rest + layout.size() - at, () -> title + listed(layout, rest));
        return runs(keyspace, number(layout, "runs", rest));
    }

    private boolean ordered(long keyspace, String title, long rest) {
        Layout layout = ManifestFormat.ORDERED_REST;
        if (rest + layout.size() > segment.byteSize()) {
            return false;
        }
        unit(layout.size(), () -> title + listed(layout, rest));
        return tables(keyspace, number(layout, "tables", rest))
                && valueFiles(keyspace, number(layout, "value files", rest));
    }

    private boolean oldOrdered(long keyspace, String title, long rest) {
        Layout layout = ManifestFormat.ORDERED_REST_2;
        if (rest + layout.size() > segment.byteSize()) {
            return false;
        }
        long codecAt = rest + layout.size();
        long codecSize = number(layout, "codec size", rest);
        if (codecAt + codecSize > segment.byteSize()) {
            return false;
        }
        unit(
                codecAt + codecSize - at,
                () ->
                        title
                                + listed(layout, rest)
                                + ", codec "
                                + Preview.of(segment, codecAt, codecSize, codecSize));
        return tables(keyspace, number(layout, "tables", rest))
                && valueFiles(keyspace, number(layout, "value files", rest));
    }

    /// The fields of a layout, one after the other.
    private String listed(Layout layout, long from) {
        var text = new StringBuilder();
        for (Layout.Field field : layout.fields()) {
            text.append(", ").append(field.name()).append(' ').append(field.text(segment, from));
        }
        return text.toString();
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
