package dev.kvarts.testkit.isolation;

import static dev.kvarts.testkit.isolation.Dependencies.RW;
import static dev.kvarts.testkit.isolation.Dependencies.SCAN_RW;
import static dev.kvarts.testkit.isolation.Dependencies.TIME;
import static dev.kvarts.testkit.isolation.Dependencies.WR;
import static dev.kvarts.testkit.isolation.Dependencies.WW;

import java.util.HashSet;
import java.util.Set;

/// Looks for cycles in the dependencies of a history and gives them their names.
///
/// One pass of Tarjan's algorithm says whether there is any. Only if so, layers of edges are added
/// one by one: an edge that came with a layer, both of whose ends are in one component, is in a
/// cycle of that layer; the shortest way back makes it the example. One is told of each component.
final class CycleSearch {
    private static final int TRIES_MAX = 64; // edges of a component for which a cycle is looked for

    private final History history;
    private final Dependencies dependencies;
    private final Findings findings;
    private boolean isWrong; // whether a cycle was found that the level forbids

    CycleSearch(History history, Dependencies dependencies, Findings findings) {
        this.history = history;
        this.dependencies = dependencies;
        this.findings = findings;
    }

    void search(Level level) {
        Graph snapshots = dependencies.beginningsAndEnds(WW | WR | RW | SCAN_RW);
        int[] knots = snapshots.components();
        if (any(knots)) {
            isWrong = true;
            overwrites();
            overwritesAndReads();
            snapshots(snapshots, knots);
        }
        if (any(dependencies.graph(WW | WR | RW | SCAN_RW).components())) {
            boolean skewed = skews(knots, RW, AnomalyKind.G2_ITEM);
            skewed |= skews(knots, SCAN_RW, AnomalyKind.G2_PREDICATE);
            isWrong |= skewed && level.forbids(AnomalyKind.G2_ITEM);
        }
        if (history.isTimed() && !isWrong) {
            time(level); // its cycles are new ones
        }
    }

    private static boolean any(int[] components) {
        for (int component : components) {
            if (component >= 0) {
                return true;
            }
        }
        return false;
    }

    private void overwrites() {
        layer(dependencies.graph(WW), WW, AnomalyKind.G0);
    }

    private void overwritesAndReads() {
        layer(dependencies.graph(WW | WR), WR, AnomalyKind.G1C);
    }

    /// Cycles of a graph that need an edge of these kinds.
    private void layer(Graph graph, int kinds, AnomalyKind name) {
        int[] components = graph.components();
        var told = new HashSet<Integer>();
        for (int edge = 0; edge < dependencies.size(); edge++) {
            int source = dependencies.source(edge);
            int target = dependencies.target(edge);
            if ((dependencies.kind(edge) & kinds) != 0
                    && components[source] >= 0
                    && components[source] == components[target]
                    && told.add(components[source])) {
                tell(name, edge, graph.path(target, source, components));
            }
        }
    }

    /// Cycles that snapshots forbid: with one rw, or with several that are never in a row.
    private void snapshots(Graph snapshots, int[] knots) {
        Graph certain = dependencies.beginningsAndEnds(WW | WR);
        var told = new HashSet<Integer>();
        var toldForks = new HashSet<Integer>();
        var tries = new int[knots.length];
        for (int edge = 0; edge < dependencies.size(); edge++) {
            if (!isRw(edge)) {
                continue;
            }
            int from = dependencies.beginning(dependencies.source(edge));
            int to = dependencies.end(dependencies.target(edge));
            int knot = knots[from];
            if (knot < 0 || knot != knots[to] || tries[knot]++ >= TRIES_MAX) {
                continue;
            }
            int[] back = certain.path(to, from, knots);
            if (back != null) {
                boolean lost = isLostUpdate(edge);
                if (told.add(lost ? -1 - knot : knot)) {
                    tell(lost ? AnomalyKind.LOST_UPDATE : AnomalyKind.G_SINGLE, edge, back);
                }
            } else if (toldForks.add(knot)) {
                tell(AnomalyKind.G_NONADJACENT, edge, snapshots.path(to, from, knots));
            }
        }
    }

    private boolean isRw(int edge) {
        return (dependencies.kind(edge) & (RW | SCAN_RW)) != 0;
    }

    /// Whether the transaction that missed the version wrote the key as well.
    private boolean isLostUpdate(int edge) {
        int key = dependencies.key(edge);
        var operations = new Operations(history);
        operations.of(dependencies.source(edge));
        while (operations.next()) {
            if (operations.isWrite() && operations.key() == key) {
                return true;
            }
        }
        return false;
    }

    /// Cycles with two rw in a row: what is a cycle of transactions, and none of their beginnings
    /// and ends. Returns whether there is one.
    private boolean skews(int[] knots, int kind, AnomalyKind name) {
        Graph graph = dependencies.graph(WW | WR | RW | kind);
        int[] components = graph.components();
        Set<Integer> told = new HashSet<>();
        for (int edge = 0; edge < dependencies.size(); edge++) {
            int source = dependencies.source(edge);
            int target = dependencies.target(edge);
            if (dependencies.kind(edge) != kind
                    || !history.isCommitted(source)
                    || components[source] < 0
                    || components[source] != components[target]) {
                continue;
            }
            int knot = knots[dependencies.beginning(source)];
            boolean knotted = knot >= 0 && knot == knots[dependencies.end(target)];
            if (!knotted && told.add(components[source])) {
                tell(name, edge, graph.path(target, source, components));
            }
        }
        return !told.isEmpty();
    }

    private void time(Level level) {
        dependencies.addTime();
        int all = WW | WR | RW | SCAN_RW | TIME;
        Graph graph =
                level == Level.SERIALIZABLE
                        ? dependencies.graph(all)
                        : dependencies.beginningsAndEnds(all);
        int[] components = graph.components();
        if (!any(components)) {
            return;
        }
        var told = new HashSet<Integer>();
        for (int edge = 0; edge < dependencies.size(); edge++) {
            if (dependencies.kind(edge) != TIME) {
                continue;
            }
            boolean whole = level == Level.SERIALIZABLE;
            int source = dependencies.source(edge);
            int target = dependencies.target(edge);
            int from = whole ? source : dependencies.end(source);
            int to = whole ? target : dependencies.beginning(target);
            if (!dependencies.isMoment(source)
                    && components[from] >= 0
                    && components[from] == components[to]
                    && told.add(components[from])) {
                tell(AnomalyKind.REAL_TIME, edge, graph.path(to, from, components));
            }
        }
    }

    /// Tells of a cycle: an edge, and the way back from its target to its source.
    private void tell(AnomalyKind name, int edge, int[] back) {
        var transactions = new IntList();
        var text = new StringBuilder();
        transactions.add(dependencies.source(edge));
        text.append(history.name(dependencies.source(edge)));
        arrow(text, edge, transactions);
        for (int i = 1; i < back.length; i += 2) {
            if (back[i] >= 0) {
                arrow(text, back[i], transactions);
            }
        }
        findings.add(name, text.toString(), transactions.toArray());
    }

    private void arrow(StringBuilder text, int edge, IntList transactions) {
        int target = dependencies.target(edge);
        if (dependencies.isMoment(target)) {
            return; // the transaction after it is told
        }
        text.append(" --").append(Dependencies.name(dependencies.kind(edge)));
        if (dependencies.kind(edge) != TIME) {
            text.append(" key ").append(dependencies.key(edge));
        }
        text.append("--> ").append(history.name(target));
        transactions.add(target);
    }
}
