package dev.kvarts.api;

/// What an acknowledged write survives.
public enum Durability {
    /// Nothing: the write is not logged. It is visible at once and becomes durable when its memory
    /// store is flushed or the database is closed. After a crash it may be missing although later
    /// logged writes are there.
    NONE,
    /// A crash of the process; and a crash of the machine, but for the last
    /// [syncInterval][Options#syncInterval()].
    BUFFERED,
    /// A crash of the machine: on the device before the call returns.
    SYNC
}
