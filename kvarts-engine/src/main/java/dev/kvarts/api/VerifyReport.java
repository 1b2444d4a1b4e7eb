package dev.kvarts.api;

import java.util.List;

/// What reading every byte found.
///
/// @param files files read
/// @param bytes bytes read
/// @param entries entries seen in runs and tables, dead ones included
/// @param problems one per damaged place; empty when all is well
public record VerifyReport(int files, long bytes, long entries, List<Problem> problems) {
    public VerifyReport {
        problems = List.copyOf(problems);
    }

    /// Whether nothing is damaged.
    public boolean ok() {
        return problems.isEmpty();
    }

    /// One damaged place.
    ///
    /// @param file name relative to the database's directory
    /// @param offset byte offset of the damaged unit
    /// @param what constant text
    public record Problem(String file, long offset, String what) {}
}
