package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which tables are merged, and where the merged ones go.
///
/// Inputs are read and written anew; moves change only their place in the manifest. Both are
/// installed in one edit: all inputs are replaced by the outputs.
///
/// Why the order of ages is kept. Let the inputs be all tables of runs `a..b` that overlap the
/// stretch from their first to their last key, and `r`, the output's run, one of `a..b`. A table
/// that overlaps the output and is no input has a run outside `a..b`, so it is newer than `r`
/// exactly if it is newer than every input that it overlaps. And the tables of run `r` that are no
/// inputs lie outside the stretch, so that `r` stays free of overlaps. [#validate] checks this of
/// any plan, also of those that are made in another way (a level's run, which is no input's).
///
/// @param inputs the newest first; empty: nothing is written
/// @param moves tables that get the output's level and run as they are
/// @param outputLevel of outputs and moves
/// @param outputRun of outputs and moves
/// @param bottommost nothing that is older overlaps the inputs: tombstones may go
/// @param cuts ascending keys at which an output must end and the next begin; also where the work
///   may be divided among threads
/// @param reason for people
record CompactionPlan(
        List<TableInfo> inputs,
        List<TableInfo> moves,
        int outputLevel,
        long outputRun,
        boolean bottommost,
        List<byte[]> cuts,
        String reason) {
    CompactionPlan {
        inputs = List.copyOf(inputs);
        moves = List.copyOf(moves);
        cuts = List.copyOf(cuts);
        if (inputs.isEmpty() && moves.isEmpty()) {
            throw new IllegalArgumentException("compaction plan: nothing to do");
        }
    }

    /// Whether nothing is written but the manifest.
    boolean trivialMove() {
        return inputs.isEmpty();
    }

    /// Bytes to be read, and at most to be written.
    long inputBytes() {
        long bytes = 0;
        for (TableInfo table : inputs) {
            bytes += table.bytes();
        }
        return bytes;
    }

    /// Checks that carrying it out keeps every newer table newer and every run free of overlaps.
    ///
    /// @throws AssertionError if it does not
    void validate(LevelView view) {
        Set<Long> own = new HashSet<>();
        for (TableInfo table : tables()) {
            require(own.add(table.number()), "table twice", table);
            require(view.table(table.number()) != null, "table is not in the view", table);
        }
        List<KeySpan> stretches = stretches();
        for (RunInfo run : view.runs()) {
            for (TableInfo other : run.tables()) {
                if (!own.contains(other.number())) {
                    validate(other, stretches);
                }
            }
        }
        for (int i = 0; i < moves.size(); i++) {
            TableInfo moved = moves.get(i);
            for (KeySpan stretch : stretches) {
                require(!stretch.overlaps(moved.keys()), "move overlaps outputs", moved);
            }
            for (TableInfo other : moves.subList(i + 1, moves.size())) {
                require(!other.overlaps(moved), "moves overlap", moved);
            }
        }
        for (int i = 1; i < cuts.size(); i++) {
            require(
                    Arrays.compareUnsigned(cuts.get(i - 1), cuts.get(i)) < 0,
                    "cuts do not ascend",
                    null);
        }
    }

    private void validate(TableInfo other, List<KeySpan> stretches) {
        for (TableInfo table : tables()) {
            if (table.overlaps(other)) {
                boolean newer = other.run() > table.run();
                require(other.run() != outputRun, "output's run has an overlapping table", other);
                require(newer == other.run() > outputRun, "order of ages is broken", other);
            }
        }
        if (other.run() == outputRun) {
            for (KeySpan stretch : stretches) {
                require(!stretch.overlaps(other.keys()), "outputs overlap their run", other);
            }
        }
        if (bottommost && other.run() < outputRun) {
            for (TableInfo input : inputs) {
                require(!input.overlaps(other), "not bottommost", other);
            }
        }
    }

    private void require(boolean holds, String what, TableInfo table) {
        if (!holds) {
            throw new AssertionError(
                    "compaction plan: " + what + " table=" + table + " plan=" + this);
        }
    }

    /// Where an output may lie: between the first and the last key of the inputs that begin or
    /// reach between two cuts.
    private List<KeySpan> stretches() {
        List<KeySpan> stretches = new ArrayList<>();
        byte[] from = KeySpan.ALL.from();
        for (int i = 0; i <= cuts.size(); i++) {
            byte[] to = i == cuts.size() ? null : cuts.get(i);
            var piece = new KeySpan(from, to);
            KeySpan hull = null;
            for (TableInfo input : inputs) {
                if (input.keys().overlaps(piece)) {
                    KeySpan part = input.keys().within(piece);
                    hull = hull == null ? part : hull.hull(part);
                }
            }
            if (hull != null) {
                stretches.add(hull);
            }
            from = to;
        }
        return stretches;
    }

    /// Whether it must wait until the other has been installed: it has a table in common with it,
    /// or their outputs would overlap and not be in the order of their inputs.
    boolean conflicts(CompactionPlan other) {
        List<TableInfo> theirs = other.tables();
        for (TableInfo mine : tables()) {
            for (TableInfo their : theirs) {
                if (mine.number() == their.number()) {
                    return true;
                }
                if (mine.overlaps(their)
                        && (outputRun == other.outputRun
                                || mine.run() > their.run() != outputRun > other.outputRun)) {
                    return true;
                }
            }
        }
        return outputRun == other.outputRun
                && KeySpan.hull(tables()).overlaps(KeySpan.hull(theirs));
    }

    /// Inputs and moves.
    List<TableInfo> tables() {
        List<TableInfo> all = new ArrayList<>(inputs);
        all.addAll(moves);
        return all;
    }

    /// For people.
    @Override
    public String toString() {
        return reason
                + ": "
                + inputs.size()
                + " tables, "
                + inputBytes()
                + " bytes, "
                + moves.size()
                + " moved -> level="
                + outputLevel
                + " run="
                + outputRun
                + (bottommost ? ", bottommost" : "");
    }
}
