package dev.kvarts.api;

/// How an ordered keyspace merges its tables. May be changed whenever the keyspace is opened.
///
/// Their order is on disk: it never changes.
public enum Compaction {
    /// Few merges while data is young, one sorted run at the end: the default. Writes each byte
    /// about as often as there are levels, reads few runs.
    UNIFIED,
    /// One sorted run per level, each some ten times larger than the one above: the fewest runs to
    /// read and the least space, the most writing.
    LEVELED,
    /// Merges tables of like size: the least writing, the most runs and space.
    SIZE_TIERED,
    /// Size-tiered within windows of time, never across: for series whose old part is dropped as a
    /// whole.
    TIME_WINDOW
}
