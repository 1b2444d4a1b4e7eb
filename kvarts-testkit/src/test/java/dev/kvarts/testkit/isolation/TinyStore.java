package dev.kvarts.testkit.isolation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// A store of a page: versions of each key in a list, transactions that are validated when they
/// commit. It is right, or wrong in one way.
///
/// Thread safety: any number of threads, one at a time.
final class TinyStore implements TransactionalStore {
    /// One way to be wrong.
    enum Bug {
        NONE,
        READS_SEE_WHAT_IS_NOT_COMMITTED,
        READS_ARE_OF_NOW,
        SNAPSHOTS_ARE_OF_A_WHILE_AGO,
        SNAPSHOTS_OF_ODD_GROUPS_ARE_OF_A_WHILE_AGO,
        WRITES_ARE_THERE_AT_ONCE,
        ABORTED_TRANSACTIONS_LEAVE_A_WRITE,
        WHAT_IS_TAKEN_BACK_STAYS,
        COMMITS_APPEAR_BIT_BY_BIT,
        COMMITS_LOSE_A_WRITE_NOW_AND_THEN,
        WRITES_ARE_NOT_VALIDATED,
        APPENDS_ARE_NOT_VALIDATED,
        READS_ARE_NOT_VALIDATED,
        READS_OF_NOTHING_ARE_NOT_VALIDATED,
        SCANS_ARE_NOT_VALIDATED,
        SCANS_ARE_VALIDATED_WHERE_THEY_MET_SOMETHING,
        SCANS_ARE_NOT_VALIDATED_AGAINST_DELETIONS,
        THE_OLDEST_COMMITS_ARE_FORGOTTEN,
        GETS_MISS_OWN_WRITES,
        SCANS_MISS_OWN_WRITES,
        SCANS_ARE_OF_NOW,
        VALUES_ARE_OF_THE_NEXT_KEY_NOW_AND_THEN
    }

    private record Version(long sequence, int[] elements) {} // null: none

    private record Write(int key, int[] elements) {}

    private record Span(int from, int to) {}

    private static final int REMEMBERED = 3; // commits, if the older are forgotten

    private final Bug bug;
    private final boolean tells; // the sequence numbers of commits
    private final NavigableMap<Integer, List<Version>> keys = new TreeMap<>();
    private final List<Transaction> open = new ArrayList<>();
    private final Deque<Write> late = new ArrayDeque<>(); // committed, and to appear
    private long sequence;
    private long calls;

    TinyStore(Bug bug, boolean tells) {
        this.bug = bug;
        this.tells = tells;
    }

    @Override
    public boolean isScannable(int group) {
        return true;
    }

    @Override
    public synchronized Tx begin(Level level, boolean readOnly) {
        boolean old = is(Bug.SNAPSHOTS_ARE_OF_A_WHILE_AGO);
        var transaction = new Transaction(level, old ? ago(sequence) : sequence);
        open.add(transaction);
        return transaction;
    }

    private boolean is(Bug some) {
        return bug == some;
    }

    /// A while before, but not before what was there from the beginning.
    private static long ago(long at) {
        return Math.max(Math.min(at, 1), at - 2);
    }

    private int[] versionOf(int key, long snapshot) {
        int[] found = null;
        for (Version version : keys.getOrDefault(key, List.of())) {
            if (version.sequence <= snapshot) {
                found = version.elements;
            }
        }
        return found;
    }

    private boolean changedSince(int key, long snapshot) {
        List<Version> versions = keys.get(key);
        long newest = versions == null ? 0 : versions.getLast().sequence;
        boolean forgotten =
                is(Bug.THE_OLDEST_COMMITS_ARE_FORGOTTEN) && newest <= sequence - REMEMBERED;
        return newest > snapshot && !forgotten;
    }

    private void install(int key, int[] elements, long at) {
        keys.computeIfAbsent(key, _ -> new ArrayList<>()).add(new Version(at, elements));
    }

    private void appear() {
        if (!late.isEmpty()) {
            Write write = late.poll();
            install(write.key, write.elements, ++sequence);
        }
    }

    private final class Transaction implements Tx {
        private final Level level;
        private final long snapshot;
        private final NavigableMap<Integer, int[]> writes = new TreeMap<>();
        private final List<Write> inOrder = new ArrayList<>();
        private final Set<Integer> reads = new HashSet<>();
        private final Set<Integer> appended = new HashSet<>();
        private final List<Span> spans = new ArrayList<>();

        Transaction(Level level, long snapshot) {
            this.level = level;
            this.snapshot = snapshot;
        }

        private int[] seen(int key, boolean scanned) {
            boolean missesOwn = is(scanned ? Bug.SCANS_MISS_OWN_WRITES : Bug.GETS_MISS_OWN_WRITES);
            if (writes.containsKey(key) && !missesOwn) {
                return writes.get(key);
            }
            if (is(Bug.READS_SEE_WHAT_IS_NOT_COMMITTED)) {
                for (Transaction other : open) {
                    if (other.writes.containsKey(key)) {
                        return other.writes.get(key);
                    }
                }
            }
            boolean old =
                    is(Bug.SNAPSHOTS_OF_ODD_GROUPS_ARE_OF_A_WHILE_AGO)
                            && (key / GROUP_KEYS & 1) == 1;
            boolean now =
                    is(Bug.READS_ARE_OF_NOW)
                            || is(Bug.WRITES_ARE_THERE_AT_ONCE)
                            || is(Bug.SCANS_ARE_OF_NOW) && scanned;
            return versionOf(key, now ? sequence : old ? ago(snapshot) : snapshot);
        }

        @Override
        public int[] get(int key) {
            synchronized (TinyStore.this) {
                appear();
                int[] found = seen(key, false);
                if (found != null || !is(Bug.READS_OF_NOTHING_ARE_NOT_VALIDATED)) {
                    reads.add(key);
                }
                if (is(Bug.VALUES_ARE_OF_THE_NEXT_KEY_NOW_AND_THEN) && ++calls % 100 == 0) {
                    found = seen(key + 1, false);
                }
                return found == null ? IsolationWorkload.NONE : found;
            }
        }

        @Override
        public void put(int key, int element) {
            write(key, new int[] {element});
        }

        @Override
        public void append(int key, int element) {
            synchronized (TinyStore.this) {
                int[] before = seen(key, false);
                int size = before == null ? 0 : before.length;
                int[] after = before == null ? new int[1] : Arrays.copyOf(before, size + 1);
                after[size] = element;
                appended.add(key);
                write(key, after);
            }
        }

        @Override
        public void delete(int key) {
            write(key, null);
        }

        @Override
        public void deleteRange(int from, int to) {
            for (int key = from; key < to; key++) {
                write(key, null);
            }
        }

        private void write(int key, int[] elements) {
            synchronized (TinyStore.this) {
                writes.put(key, elements);
                inOrder.add(new Write(key, elements));
                if (is(Bug.WRITES_ARE_THERE_AT_ONCE)) {
                    install(key, elements, ++sequence);
                }
            }
        }

        @Override
        public void scan(int from, int to, Visitor visitor) {
            synchronized (TinyStore.this) {
                spans.add(new Span(from, to));
                for (int key = from; key < to; key++) {
                    int[] found = seen(key, true);
                    if (found != null) {
                        visitor.entry(key, found);
                    }
                }
            }
        }

        @Override
        public void takeBack(Runnable change) {
            var writesBefore = new TreeMap<>(writes);
            int count = inOrder.size();
            change.run();
            if (!is(Bug.WHAT_IS_TAKEN_BACK_STAYS)) {
                writes.clear();
                writes.putAll(writesBefore);
                inOrder.subList(count, inOrder.size()).clear();
            }
        }

        @Override
        public long commit() {
            synchronized (TinyStore.this) {
                if (conflicts()) {
                    throw new Aborted(null);
                }
                open.remove(this);
                if (writes.isEmpty() || is(Bug.WRITES_ARE_THERE_AT_ONCE)) {
                    return 0;
                }
                if (is(Bug.COMMITS_APPEAR_BIT_BY_BIT)) {
                    late.addAll(inOrder);
                    appear();
                    return 0;
                }
                long at = ++sequence;
                if (is(Bug.COMMITS_LOSE_A_WRITE_NOW_AND_THEN) && ++calls % 20 == 0) {
                    writes.pollFirstEntry();
                }
                writes.forEach((key, elements) -> install(key, elements, at));
                return tells ? at : 0;
            }
        }

        private boolean conflicts() {
            if (is(Bug.WRITES_ARE_THERE_AT_ONCE)) {
                return false;
            }
            boolean conflict = false;
            for (int key : writes.keySet()) {
                boolean unchecked =
                        is(Bug.WRITES_ARE_NOT_VALIDATED)
                                || is(Bug.APPENDS_ARE_NOT_VALIDATED) && appended.contains(key);
                conflict |= !unchecked && changedSince(key, snapshot);
            }
            if (level == Level.SNAPSHOT || writes.isEmpty()) {
                return conflict;
            }
            for (int key : reads) {
                conflict |= !is(Bug.READS_ARE_NOT_VALIDATED) && changedSince(key, snapshot);
            }
            for (Span span : spans) {
                for (int key = span.from; key < span.to; key++) {
                    conflict |= !isUnchecked(key) && changedSince(key, snapshot);
                }
            }
            return conflict;
        }

        /// Whether a scan of the key is not validated.
        private boolean isUnchecked(int key) {
            int[] met = versionOf(key, snapshot);
            int[] now = versionOf(key, sequence);
            return is(Bug.SCANS_ARE_NOT_VALIDATED)
                    || is(Bug.SCANS_ARE_VALIDATED_WHERE_THEY_MET_SOMETHING) && met == null
                    || is(Bug.SCANS_ARE_NOT_VALIDATED_AGAINST_DELETIONS) && now == null;
        }

        @Override
        public void rollback() {
            synchronized (TinyStore.this) {
                open.remove(this);
                if (is(Bug.ABORTED_TRANSACTIONS_LEAVE_A_WRITE) && !writes.isEmpty()) {
                    var first = writes.firstEntry();
                    if (!changedSince(first.getKey(), snapshot)) {
                        install(first.getKey(), first.getValue(), ++sequence);
                    }
                }
            }
        }
    }
}
