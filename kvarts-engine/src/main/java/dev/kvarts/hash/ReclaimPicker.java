package dev.kvarts.hash;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Decides which runs are written anew, and when.
///
/// Space is reclaimed as late and as little as possible: when the stored bytes and the next flush
/// would not fit into what the utilisation allows. A victim's worth is `(1 - u) * age / (1 + u)`,
/// where `u` is its live share and age the writes since it was written (cost-benefit, Rosenblum and
/// Ousterhout 1992). Age must be the run's own, not its data's. Survivors of a few victims make a
/// run of their own, about as large as a flush: mixed with new records they would be written again
/// and again. Simulated with zipf 0.99 over 2 M records, a store of 1 % and 80 % utilisation: 1.32
/// writes per write; greedy 1.50; survivors mixed into the flush 1.67.
///
/// A run that a snapshot holds stays on the disk whatever is done: until the snapshot is closed,
/// writing its survivors elsewhere takes space instead of giving it. So what is dead in it is not
/// counted and it is no victim, unless snapshots, one after another, hold more dead bytes than all
/// that may be stored.
final class ReclaimPicker {
    private static final double LIVE_SHARE_MAX = 0.93;
    private static final double OVERSHOOT = 1.25;
    private static final int SLACK_FLUSHES =
            4; // dead bytes of a small keyspace that are not worth a reclaim
    private static final int RUNS_MAX = 224;
    private static final int MERGE_RUNS = 32;

    private ReclaimPicker() {}

    /// Runs to be replaced by one with their survivors; empty if nothing is to be done.
    ///
    /// @param flushBytes bytes of records that a flush writes
    /// @param now the sequence number that the database has reached
    /// @param covered the checkpoint holds the effect of all runs up to this number: tombstones in
    ///   them have done their work
    /// @param horizon what has expired by this time is not alive
    static List<Run> pick(
            List<Run> runs,
            long flushBytes,
            int utilisationPercent,
            long now,
            long covered,
            long horizon) {
        List<Run> empty = emptyRuns(runs, covered, horizon);
        if (!empty.isEmpty()) {
            return empty;
        }
        if (runs.size() > RUNS_MAX) {
            return smallest(runs, horizon);
        }
        long live = 0;
        long stored = 0;
        long heldDead = 0;
        List<Run> free = new ArrayList<>();
        for (Run run : runs) {
            live += run.liveBytes(horizon);
            stored += run.dataBytes();
            if (run.pinned()) {
                heldDead += run.dataBytes() - run.liveBytes(horizon);
            } else {
                free.add(run);
            }
        }
        long allowed = Math.max(live * 100 / utilisationPercent, live + SLACK_FLUSHES * flushBytes);
        long next = flushBytes + (long) (OVERSHOOT * flushBytes);
        if (stored - Math.min(heldDead, allowed) + next <= allowed) {
            return List.of();
        }
        return victims(heldDead > allowed ? runs : free, flushBytes, now, covered, horizon);
    }

    private static List<Run> emptyRuns(List<Run> runs, long covered, long horizon) {
        List<Run> empty = new ArrayList<>();
        for (Run run : runs) {
            boolean needless =
                    run.number <= covered
                            || run.statistics.tombstones() == 0 && run.liveRecords() == 0;
            if (needless && run.liveRecords(horizon) == 0) {
                empty.add(run);
            }
        }
        return empty;
    }

    private static List<Run> smallest(List<Run> runs, long horizon) {
        var bySize = new ArrayList<>(runs);
        bySize.sort(Comparator.comparingLong(run -> run.liveBytes(horizon)));
        return bySize.subList(0, Math.min(MERGE_RUNS, bySize.size()));
    }

    static List<Run> victims(
            List<Run> runs, long outputBytes, long now, long covered, long horizon) {
        var byWorth = new ArrayList<>(runs);
        byWorth.removeIf(run -> survivorShare(run, covered, horizon) > LIVE_SHARE_MAX);
        byWorth.sort(
                Comparator.comparingDouble((Run run) -> -worth(run, now, horizon))
                        .thenComparingLong(run -> run.number));
        List<Run> chosen = new ArrayList<>();
        long survivors = 0;
        for (Run run : byWorth) {
            long after = survivors + run.liveBytes(horizon);
            if (chosen.isEmpty() || after <= OVERSHOOT * outputBytes) {
                chosen.add(run);
                survivors = after;
            }
            if (survivors >= outputBytes) {
                break;
            }
        }
        return chosen;
    }

    /// Share of the records that a reclaim would write again: the living, and tombstones still
    /// needed. What has expired is one where it is needed.
    private static double survivorShare(Run run, long covered, long horizon) {
        long survivors =
                run.number > covered
                        ? run.liveRecords() + run.statistics.tombstones()
                        : run.liveRecords(horizon);
        return (double) survivors / Math.max(1, run.statistics.records());
    }

    private static double liveShare(Run run, long horizon) {
        return run.dataBytes() == 0 ? 0 : (double) run.liveBytes(horizon) / run.dataBytes();
    }

    private static double worth(Run run, long now, long horizon) {
        double live = liveShare(run, horizon);
        return (1 - live) * (now - run.born + 1) / (1 + live);
    }
}
