package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The tables of a keyspace by age: what pickers look at.
///
/// Ages are the numbers of runs. A number says nothing but that, where tables overlap, the one of
/// the higher run is newer; tables that do not overlap may have any. Numbers below
/// [#FLUSHED_RUNS_FROM] are those of the levels of [LeveledPicker]: deeper ones are lower, so that
/// there is always a number between that of a level and that of the next. Flushes take ascending
/// numbers from there on.
///
/// Thread safety: immutable.
final class LevelView {
    /// Runs of flushes have this number or a higher one.
    static final long FLUSHED_RUNS_FROM = 64;

    private final List<RunInfo> runs; // the newest first
    private final Map<Long, TableInfo> byNumber = new HashMap<>();
    private final long bytes;

    private LevelView(List<RunInfo> runs) {
        this.runs = List.copyOf(runs);
        long sum = 0;
        for (RunInfo run : runs) {
            for (TableInfo table : run.tables()) {
                sum += table.bytes();
                if (byNumber.put(table.number(), table) != null) {
                    throw new IllegalArgumentException(
                            "level view: table twice number=" + table.number());
                }
            }
        }
        this.bytes = sum;
    }

    static LevelView of(Collection<TableInfo> tables) {
        var byRun = new TreeMap<Long, List<TableInfo>>(Comparator.reverseOrder());
        for (TableInfo table : tables) {
            byRun.computeIfAbsent(table.run(), _ -> new ArrayList<>()).add(table);
        }
        List<RunInfo> runs = new ArrayList<>();
        byRun.forEach(
                (id, members) -> {
                    members.sort(RunInfo::byFirstKey);
                    runs.add(new RunInfo(id, members));
                });
        return new LevelView(runs);
    }

    /// The newest first.
    List<RunInfo> runs() {
        return runs;
    }

    long bytes() {
        return bytes;
    }

    int tableCount() {
        return byNumber.size();
    }

    /// Null if there is none.
    TableInfo table(long number) {
        return byNumber.get(number);
    }

    /// Tables of runs with a number from `oldest` to `newest` that overlap the span, the newest
    /// first.
    List<TableInfo> overlapping(long oldest, long newest, KeySpan span) {
        List<TableInfo> found = new ArrayList<>();
        for (RunInfo run : runs) {
            if (run.id() >= oldest && run.id() <= newest) {
                found.addAll(run.overlapping(span));
            }
        }
        return found;
    }

    /// Tables of these ages that overlap the span, and those that overlap the stretch from the
    /// first to the last key of what was found so far, until there are no more: nothing of these
    /// ages lies in between.
    List<TableInfo> closed(long oldest, long newest, KeySpan span) {
        List<TableInfo> found = overlapping(oldest, newest, span);
        while (!found.isEmpty()) {
            List<TableInfo> more = overlapping(oldest, newest, KeySpan.hull(found));
            if (more.size() == found.size()) {
                break;
            }
            found = more;
        }
        return found;
    }

    /// The fewest sorted runs that the tables can be read as, the newest first: a table stands one
    /// layer above the highest that it overlaps and is newer than. Runs that do not overlap share a
    /// layer.
    List<List<TableInfo>> layers() {
        List<List<TableInfo>> layers = new ArrayList<>(); // the oldest first
        for (RunInfo run : runs.reversed()) {
            for (TableInfo table : run.tables()) {
                int layer = layers.size();
                while (layer > 0
                        && RunInfo.overlapping(layers.get(layer - 1), table.keys()).isEmpty()) {
                    layer--;
                }
                if (layer == layers.size()) {
                    layers.add(new ArrayList<>());
                }
                List<TableInfo> home = layers.get(layer);
                home.add(RunInfo.endingBehind(home, table.keys().from()), table);
            }
        }
        return layers.reversed();
    }

    /// Throws if tables of one run overlap.
    void check() {
        for (RunInfo run : runs) {
            for (int i = 1; i < run.tables().size(); i++) {
                if (run.tables().get(i - 1).overlaps(run.tables().get(i))) {
                    throw new AssertionError(
                            "tables of one run overlap: run="
                                    + run.id()
                                    + " tables="
                                    + run.tables().get(i - 1).number()
                                    + ","
                                    + run.tables().get(i).number());
                }
            }
        }
    }
}
