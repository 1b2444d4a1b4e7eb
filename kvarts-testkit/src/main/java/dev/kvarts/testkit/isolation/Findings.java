package dev.kvarts.testkit.isolation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Collects what is found: counts of all, and accounts of the first few.
final class Findings {
    private static final int EXAMPLES_MAX = 4; // of each kind

    private final History history;
    private final Map<AnomalyKind, Integer> counts = new EnumMap<>(AnomalyKind.class);
    private final List<Anomaly> examples = new ArrayList<>();

    Findings(History history) {
        this.history = history;
    }

    /// Something is wrong between these transactions; `why` says what, in a line.
    void add(AnomalyKind kind, String why, int... transactions) {
        if (counts.merge(kind, 1, Integer::sum) > EXAMPLES_MAX) {
            return;
        }
        int[] once = IntStream.of(transactions).distinct().toArray();
        var account = new StringBuilder(why).append('\n');
        for (int transaction : once) {
            account.append(history.account(transaction)).append('\n');
        }
        examples.add(
                new Anomaly(
                        kind,
                        IntStream.of(once).mapToObj(history::name).toList(),
                        account.toString()));
    }

    Verdict verdict(Level level, long edges) {
        int committed = history.committedCount();
        return new Verdict(
                level,
                committed,
                history.transactions() - committed,
                history.reads(),
                edges,
                counts,
                examples);
    }
}
