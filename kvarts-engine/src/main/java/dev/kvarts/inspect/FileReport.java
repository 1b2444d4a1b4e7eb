package dev.kvarts.inspect;

import java.util.List;

/// What one file says when it is read.
///
/// @param file its name
/// @param kind what it is: `commit log`, `run`, `manifest`, `maplet checkpoint`, `value file`, ...
/// @param version its format version as it stands in the file; 0 if it has none
/// @param sizeBytes its length
/// @param fields its header and footer, field by field, in the order of their offsets
/// @param units its records or pages, at most as many as were asked for
/// @param unitCount how many there are
/// @param problems damaged places; empty when all checksums fit
public record FileReport(
        String file,
        String kind,
        int version,
        long sizeBytes,
        List<Field> fields,
        List<Unit> units,
        long unitCount,
        List<Problem> problems) {
    public FileReport {
        fields = List.copyOf(fields);
        units = List.copyOf(units);
        problems = List.copyOf(problems);
    }

    /// One field: where it is, what it is called, what it holds.
    public record Field(long offset, long size, String name, String value) {}

    /// One record or page, with a one-line description.
    public record Unit(long offset, long size, String description) {}

    /// One damaged place.
    public record Problem(long offset, String what) {}
}
