package dev.kvarts.testkit.isolation;

/// How far transactions are kept apart.
public enum Level {
    /// Reads are of one moment, no later than the beginning; of two that overlap and write the same
    /// key, one is aborted. Allows write skew, by keys and by ranges.
    SNAPSHOT,
    /// As if there was one transaction after the other, in an order that agrees with the clock.
    SERIALIZABLE;

    /// Whether a history with such an anomaly is wrong.
    public boolean forbids(AnomalyKind kind) {
        return this == SERIALIZABLE
                || (kind != AnomalyKind.G2_ITEM && kind != AnomalyKind.G2_PREDICATE);
    }
}
