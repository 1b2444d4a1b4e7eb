package dev.kvarts.bench;

/// What goes on beside a writer.
enum SnapshotPhase {
    /// Nothing.
    NONE,

    /// A snapshot is open from before the first write until everything has settled.
    LONG,

    /// A thread reads a few keys at a time.
    READS,

    /// The same thread reads them in a snapshot of their own, which it opens and closes.
    SHORT;

    String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
