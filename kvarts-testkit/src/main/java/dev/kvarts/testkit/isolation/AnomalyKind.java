package dev.kvarts.testkit.isolation;

/// What can be wrong with a history, the worst first.
public enum AnomalyKind {
    /// A value that nobody wrote, or twice, or under another key.
    GARBAGE_READ("a value that nobody wrote"),
    /// A transaction does not see what itself wrote or read before.
    INTERNAL("a transaction contradicts itself"),
    /// A version of a transaction that was aborted.
    G1A("aborted read"),
    /// A version that its own transaction has replaced.
    G1B("intermediate read"),
    /// Two reads of a key that no order of its versions explains.
    INCOMPATIBLE_ORDER("incompatible order"),
    /// A version that was committed, and that a later transaction does not find in the key's past.
    LOST_WRITE("lost write"),
    /// Two transactions replace the same version, neither seeing the other's (P4).
    LOST_UPDATE("lost update"),
    /// A cycle of overwrites.
    G0("dirty write"),
    /// A cycle of overwrites and reads.
    G1C("circular information flow"),
    /// A cycle with exactly one read that misses what came next: a view of two moments.
    G_SINGLE("read skew"),
    /// A cycle with more of such reads, no two of them one after the other.
    G_NONADJACENT("long fork"),
    /// A cycle through transactions in the order of the clock: one does not see, or sees less than,
    /// what was finished before it began.
    REAL_TIME("stale read"),
    /// A cycle with two such reads, one after the other, each of a key by its name.
    G2_ITEM("write skew"),
    /// As [#G2_ITEM], through a scan that misses what came next.
    G2_PREDICATE("phantom");

    private final String words;

    AnomalyKind(String words) {
        this.words = words;
    }

    /// What people call it.
    public String words() {
        return words;
    }
}
