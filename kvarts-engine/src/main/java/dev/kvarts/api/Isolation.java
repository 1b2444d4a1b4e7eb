package dev.kvarts.api;

/// What transactions that run at the same time may notice of each other.
public enum Isolation {
    /// Every read sees one snapshot, and of two transactions that write the same key only the first
    /// to commit succeeds. Two that read what the other writes may both succeed (write skew).
    SNAPSHOT,

    /// As if they had run one after the other, in the order of their commits: what a transaction
    /// read, single keys and scanned ranges, must still be so when it commits.
    SERIALIZABLE
}
