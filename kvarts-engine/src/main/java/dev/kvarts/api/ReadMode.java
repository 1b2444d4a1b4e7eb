package dev.kvarts.api;

/// How files that no longer change are read.
public enum ReadMode {
    /// Mapped while the data fits into the machine's memory, positional beyond.
    AUTO,
    /// Through mappings: no system call, no copy. Best when most of the data is in the page cache.
    MAPPED,
    /// One read call of at most two pages per lookup. Best when the data is much larger than
    /// memory: a mapping would read ahead on every fault.
    POSITIONAL
}
