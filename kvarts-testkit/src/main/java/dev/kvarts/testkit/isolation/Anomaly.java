package dev.kvarts.testkit.isolation;

import java.util.List;

/// One thing that is wrong with a history.
///
/// @param transactions names of those it is between, in the order of the cycle if it is one
/// @param account what happened, for people: a line a transaction, a line an edge
public record Anomaly(AnomalyKind kind, List<String> transactions, String account) {
    public Anomaly {
        transactions = List.copyOf(transactions);
    }

    @Override
    public String toString() {
        return kind + " (" + kind.words() + ")\n" + account.indent(2);
    }
}
