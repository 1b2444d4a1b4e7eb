package dev.kvarts.testkit.isolation;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What a checker found.
///
/// @param committed transactions that count as committed
/// @param aborted all others
/// @param reads reads of single keys, those in scans among them
/// @param edges dependencies between transactions
/// @param counts how often each anomaly was found; of cycles, one for each knot of transactions
/// @param examples the first few of each kind
public record Verdict(
        Level level,
        int committed,
        int aborted,
        long reads,
        long edges,
        Map<AnomalyKind, Integer> counts,
        List<Anomaly> examples) {
    public Verdict {
        counts = new EnumMap<>(counts);
        examples = List.copyOf(examples);
    }

    /// Anomalies of this kind.
    public int count(AnomalyKind kind) {
        return counts.getOrDefault(kind, 0);
    }

    /// Whether nothing was found that the level forbids.
    public boolean holds() {
        return counts.keySet().stream().noneMatch(level::forbids);
    }

    /// What was found that the level forbids.
    public List<Anomaly> forbidden() {
        return examples.stream().filter(anomaly -> level.forbids(anomaly.kind())).toList();
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        text.append(level)
                .append(" committed=")
                .append(committed)
                .append(" aborted=")
                .append(aborted)
                .append(" reads=")
                .append(reads)
                .append(" edges=")
                .append(edges)
                .append(' ')
                .append(counts)
                .append('\n');
        forbidden().forEach(text::append);
        return text.toString();
    }
}
