package dev.kvarts.testkit.isolation;

import java.util.Arrays;

/// Who depends on whom: an edge from one transaction to another says that the one comes first.
///
/// * `ww` overwrites what it wrote, `wr` reads what it wrote, `rw` overwrites what it read: these
///   follow from the versions of a key;
/// * time: was finished before the other began. So that these are few, they lead over *moments*:
///   every transaction that ends leads to the moment after it, a moment to the next, and a moment
///   to the transactions that begin there.
final class Dependencies {
    static final int WW = 1;
    static final int WR = 2;
    static final int RW = 4;
    static final int SCAN_RW = 8; // rw, of a key that was met or missed by a scan
    static final int TIME = 16;

    private static final int KEY_SHIFT = 5;
    private static final int KEY_MASK = (1 << (31 - KEY_SHIFT)) - 1;

    private final History history;
    private final IntList sources = new IntList(1024);
    private final IntList targets = new IntList(1024);
    private final IntList labels = new IntList(1024); // key << KEY_SHIFT | kind
    private int moments;

    Dependencies(History history) {
        this.history = history;
    }

    void add(int kind, int from, int to, int key) {
        if (from != to) {
            sources.add(from);
            targets.add(to);
            labels.add((key & KEY_MASK) << KEY_SHIFT | kind);
        }
    }

    long size() {
        return sources.size();
    }

    int transactions() {
        return history.transactions();
    }

    int source(int edge) {
        return sources.get(edge);
    }

    int target(int edge) {
        return targets.get(edge);
    }

    int kind(int edge) {
        return labels.get(edge) & ((1 << KEY_SHIFT) - 1);
    }

    int key(int edge) {
        return labels.get(edge) >>> KEY_SHIFT;
    }

    /// Adds the order of time.
    void addTime() {
        int count = history.transactions();
        long[] begins = new long[count];
        long[] ends = new long[count];
        long origin = Long.MAX_VALUE;
        for (int transaction = 0; transaction < count; transaction++) {
            origin = Math.min(origin, history.beginTime(transaction));
        }
        int ended = 0;
        for (int transaction = 0; transaction < count; transaction++) {
            begins[transaction] = timeAnd(history.beginTime(transaction) - origin, transaction);
            if (history.isCommitted(transaction)
                    && history.endTime(transaction) != Long.MAX_VALUE) {
                ends[ended++] = timeAnd(history.endTime(transaction) - origin, transaction);
            }
        }
        Arrays.sort(begins);
        Arrays.sort(ends, 0, ended);
        int end = 0;
        for (int begin = 0; begin < count; begin++) {
            long now = begins[begin] / History.TRANSACTIONS_MAX;
            if (end < ended && ends[end] / History.TRANSACTIONS_MAX < now) {
                int moment = count + moments++;
                if (moments > 1) {
                    add(TIME, moment - 1, moment, 0);
                }
                for (; end < ended && ends[end] / History.TRANSACTIONS_MAX < now; end++) {
                    add(TIME, (int) (ends[end] % History.TRANSACTIONS_MAX), moment, 0);
                }
            }
            if (moments > 0) {
                int transaction = (int) (begins[begin] % History.TRANSACTIONS_MAX);
                add(TIME, count + moments - 1, transaction, 0);
            }
        }
    }

    private static long timeAnd(long time, int transaction) {
        return Math.multiplyExact(time, History.TRANSACTIONS_MAX) + transaction;
    }

    boolean isMoment(int node) {
        return node >= history.transactions();
    }

    /// The graph of committed transactions with edges of these kinds. Labels are edges.
    Graph graph(int kinds) {
        var builder = new Graph.Builder(history.transactions() + moments);
        for (int edge = 0; edge < sources.size(); edge++) {
            if ((kind(edge) & kinds) != 0 && counts(source(edge)) && counts(target(edge))) {
                builder.edge(source(edge), target(edge), edge);
            }
        }
        return builder.build();
    }

    private boolean counts(int node) {
        return isMoment(node) || history.isCommitted(node);
    }

    /// The graph of beginnings and ends of transactions. What was read, was there at the beginning;
    /// what was written, is there from the end. So `ww`, `wr` and time lead from an end to a
    /// beginning, `rw` from a beginning to an end, and every transaction begins before it ends.
    /// Cycles of this graph are the cycles without two `rw` in a row: those that snapshot isolation
    /// forbids. Aborted transactions are in it as far as they read.
    Graph beginningsAndEnds(int kinds) {
        int count = history.transactions();
        var builder = new Graph.Builder(count * 2 + moments);
        for (int transaction = 0; transaction < count; transaction++) {
            builder.edge(beginning(transaction), end(transaction), -1);
        }
        for (int edge = 0; edge < sources.size(); edge++) {
            int kind = kind(edge);
            if ((kind & kinds) == 0) {
                continue;
            }
            if ((kind & (RW | SCAN_RW)) != 0) {
                builder.edge(beginning(source(edge)), end(target(edge)), edge);
            } else {
                builder.edge(end(source(edge)), beginning(target(edge)), edge);
            }
        }
        return builder.build();
    }

    int beginning(int node) {
        return isMoment(node) ? history.transactions() + node : node * 2;
    }

    int end(int node) {
        return isMoment(node) ? history.transactions() + node : node * 2 + 1;
    }

    static String name(int kind) {
        return switch (kind) {
            case WW -> "ww";
            case WR -> "wr";
            case RW -> "rw";
            case SCAN_RW -> "rw by scan";
            default -> "time";
        };
    }
}
