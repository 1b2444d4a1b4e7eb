package dev.kvarts.inspect;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Layout;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A [FileReport] that is being written.
final class Report {
    /// More problems are counted, not listed.
    static final int PROBLEMS_MAX = 1000;

    private static final int VERSION_OFFSET = 8; // of every format that has one

    // Fixed at construction.
    private final String name;
    private final FileKind kind;
    private final MemorySegment segment;
    private final int unitsMax;

    private final List<FileReport.Field> fields = new ArrayList<>();
    private final List<FileReport.Unit> units = new ArrayList<>();
    private final List<FileReport.Problem> problems = new ArrayList<>();
    private long unitCount;
    private long problemCount;

    Report(String name, FileKind kind, MemorySegment segment, int unitsMax) {
        this.name = name;
        this.kind = kind;
        this.segment = segment;
        this.unitsMax = unitsMax;
    }

    /// Lists the fields of a layout that begins at `at`, as far as they lie in the file. Returns
    /// whether all do.
    boolean fields(Layout layout, long at, String prefix) {
        for (Layout.Field field : layout.fields()) {
            if (at + field.offset() + field.size() > segment.byteSize()) {
                return false;
            }
            field(
                    at + field.offset(),
                    field.size(),
                    prefix + field.name(),
                    field.text(segment, at));
        }
        return true;
    }

    void field(long offset, long size, String field, String value) {
        fields.add(new FileReport.Field(offset, size, field, value));
    }

    /// Counts a record or page; describes it if it is to be listed.
    void unit(long offset, long size, Supplier<String> description) {
        if (unitCount++ < unitsMax) {
            units.add(new FileReport.Unit(offset, size, description.get()));
        }
    }

    void problem(long offset, String what) {
        if (problemCount++ < PROBLEMS_MAX) {
            problems.add(new FileReport.Problem(offset, kind.description + ": " + what));
        }
    }

    /// Whether magic and version are those that are understood. Requires: the header lies in the
    /// file.
    boolean identity() {
        if (segment.get(Bytes.LONG, 0) != kind.magic) {
            problem(0, "magic is damaged");
            return false;
        }
        int version = segment.get(Bytes.INT, VERSION_OFFSET);
        if (version < 1 || version > kind.version) {
            problem(
                    VERSION_OFFSET,
                    "unknown format version="
                            + Integer.toUnsignedString(version)
                            + " known="
                            + (kind.version == 1 ? "1" : "1.." + kind.version));
            return false;
        }
        return true;
    }

    FileReport finish() {
        if (problemCount > PROBLEMS_MAX) {
            problems.add(
                    new FileReport.Problem(
                            problems.getLast().offset(),
                            (problemCount - PROBLEMS_MAX) + " more problems behind"));
        }
        int version =
                kind.version == 0 || segment.byteSize() < VERSION_OFFSET + Integer.BYTES
                        ? 0
                        : segment.get(Bytes.INT, VERSION_OFFSET);
        return new FileReport(
                name,
                kind.description,
                version,
                segment.byteSize(),
                fields,
                units,
                unitCount,
                problems);
    }
}
