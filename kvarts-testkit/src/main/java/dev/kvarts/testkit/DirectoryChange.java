package dev.kvarts.testkit;

/// A change of a directory that was not synced yet.
sealed interface DirectoryChange {
    /// When it happened.
    long time();

    /// A name for a file: created, or linked.
    record Created(long time, String name, long file) implements DirectoryChange {}

    /// Atomic: a crash leaves the old names or the new ones.
    record Renamed(long time, String from, String to, long file) implements DirectoryChange {}

    record Deleted(long time, String name, long file) implements DirectoryChange {}
}
