package dev.kvarts.testkit.isolation;

import java.util.Arrays;
import java.util.HashSet;

/// A directed graph, packed: the edges of a node lie together.
final class Graph {
    private final int nodes;
    private final int[] first; // by node, and one more: where its edges begin
    private final int[] targets;
    private final int[] labels;

    private Graph(int nodes, int[] first, int[] targets, int[] labels) {
        this.nodes = nodes;
        this.first = first;
        this.targets = targets;
        this.labels = labels;
    }

    /// Edges of a graph to be, in any order.
    static final class Builder {
        private final int nodes;
        private final IntList sources = new IntList(1024);
        private final IntList targets = new IntList(1024);
        private final IntList labels = new IntList(1024);

        Builder(int nodes) {
            this.nodes = nodes;
        }

        void edge(int from, int to, int label) {
            sources.add(from);
            targets.add(to);
            labels.add(label);
        }

        Graph build() {
            int[] first = new int[nodes + 1];
            for (int i = 0; i < sources.size(); i++) {
                first[sources.get(i) + 1]++;
            }
            for (int node = 0; node < nodes; node++) {
                first[node + 1] += first[node];
            }
            int[] free = first.clone();
            int[] sortedTargets = new int[sources.size()];
            int[] sortedLabels = new int[sources.size()];
            for (int i = 0; i < sources.size(); i++) {
                int at = free[sources.get(i)]++;
                sortedTargets[at] = targets.get(i);
                sortedLabels[at] = labels.get(i);
            }
            return new Graph(nodes, first, sortedTargets, sortedLabels);
        }
    }

    /// The number of the strongly connected component of each node; -1 where a node is one by
    /// itself. (Tarjan 1972, with stacks of its own: paths are as long as the history.)
    int[] components() {
        int[] component = new int[nodes];
        int[] order = new int[nodes]; // when the node was met, from 1; 0: not yet
        int[] low = new int[nodes];
        int[] edge = new int[nodes]; // the next to follow
        int[] path = new int[nodes];
        int[] open = new int[nodes]; // met, and in no component yet
        Arrays.fill(component, -1);
        boolean[] done = new boolean[nodes];
        int met = 0;
        int opened = 0;
        int components = 0;
        for (int root = 0; root < nodes; root++) {
            if (order[root] != 0) {
                continue;
            }
            int depth = 0;
            path[0] = root;
            order[root] = low[root] = ++met;
            edge[root] = first[root];
            open[opened++] = root;
            while (depth >= 0) {
                int node = path[depth];
                if (edge[node] < first[node + 1]) {
                    int target = targets[edge[node]++];
                    if (order[target] == 0) {
                        order[target] = low[target] = ++met;
                        edge[target] = first[target];
                        open[opened++] = target;
                        path[++depth] = target;
                    } else if (!done[target]) {
                        low[node] = Math.min(low[node], order[target]);
                    }
                    continue;
                }
                if (low[node] == order[node]) {
                    boolean alone = open[opened - 1] == node;
                    int member;
                    do {
                        member = open[--opened];
                        done[member] = true;
                        component[member] = alone ? -1 : components;
                    } while (member != node);
                    components += alone ? 0 : 1;
                }
                if (--depth >= 0) {
                    low[path[depth]] = Math.min(low[path[depth]], low[node]);
                }
            }
        }
        return component;
    }

    /// A shortest way between two nodes that does not leave their component, as nodes and labels in
    /// turn: `from, label, node, ..., label, to`. Null if there is none.
    int[] path(int from, int to, int[] component) {
        if (from == to) {
            return new int[] {from};
        }
        var queue = new IntList();
        var cameBy = new IntList(); // by place in the queue: the edge
        var cameFrom = new IntList(); // by place in the queue: place of the node before
        var seen = new HashSet<Integer>();
        queue.add(from);
        cameBy.add(-1);
        cameFrom.add(-1);
        seen.add(from);
        for (int at = 0; at < queue.size(); at++) {
            int node = queue.get(at);
            for (int edge = first[node]; edge < first[node + 1]; edge++) {
                int target = targets[edge];
                if (component[target] != component[from] || !seen.add(target)) {
                    continue;
                }
                queue.add(target);
                cameBy.add(edge);
                cameFrom.add(at);
                if (target == to) {
                    return walked(queue, cameBy, cameFrom);
                }
            }
        }
        return null;
    }

    private int[] walked(IntList queue, IntList cameBy, IntList cameFrom) {
        var backwards = new IntList();
        int at = queue.size() - 1;
        for (; cameFrom.get(at) >= 0; at = cameFrom.get(at)) {
            backwards.add(queue.get(at));
            backwards.add(labels[cameBy.get(at)]);
        }
        backwards.add(queue.get(at));
        int[] walk = new int[backwards.size()];
        for (int i = 0; i < walk.length; i++) {
            walk[i] = backwards.get(walk.length - 1 - i);
        }
        return walk;
    }
}
