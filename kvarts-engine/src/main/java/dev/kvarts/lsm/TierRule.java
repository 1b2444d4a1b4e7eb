package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.List;

/// Which neighbouring runs of like size should be merged.
///
/// A run's tier is the logarithm of its size to the base of the fanout; a run that is older than a
/// larger one counts with it, so that tiers never fall towards the older runs. A tier with as many
/// runs as the fanout is merged; the result then may complete the next tier, which joins in at
/// once, so that nothing is written twice in a row.
///
/// With `lastLeveled` the oldest run, the last level, is kept as one: whatever is merged next to it
/// joins it unless it is `fanout` times smaller (lazy leveling: Dayan and Idreos, Dostoevsky,
/// SIGMOD 2018). Tiers above need less writing, the last level holds most of the data and is one
/// run.
///
/// @param fanout runs of a tier that are merged, at least 2
/// @param lastLeveled whether the oldest run is kept as one
/// @param unitBytes a run of half of it up to half of it times the fanout is of tier 0
/// @param runsMax more runs than that are merged although their tiers do not ask for it
record TierRule(int fanout, boolean lastLeveled, long unitBytes, int runsMax) {
    private static final double TIER_MIN = -6;

    /// Runs `from..to`, both in it.
    record Stretch(int from, int to) {}

    /// What should be merged, the best first; empty if nothing.
    ///
    /// @param bytes of the runs, the newest first
    /// @param complete whether the last of them is the oldest of all
    List<Stretch> pick(long[] bytes, boolean complete) {
        int[] tiers = tiers(bytes);
        for (int from = 0; from < bytes.length; ) {
            int to = endOfTier(tiers, from);
            if (to - from + 1 >= fanout) {
                return cascade(bytes, tiers, from, to, complete);
            }
            from = to + 1;
        }
        return bytes.length > runsMax ? List.of(cheapest(bytes)) : List.of();
    }

    private List<Stretch> cascade(long[] bytes, int[] tiers, int from, int to, boolean complete) {
        List<Stretch> stretches = new ArrayList<>();
        int end = to;
        stretches.add(new Stretch(from, end));
        while (end + 1 < bytes.length) {
            int next = endOfTier(tiers, end + 1);
            long merged = sum(bytes, from, end);
            boolean last = lastLeveled && complete && next == bytes.length - 1;
            boolean joins = last && bytes[next] < fanout * merged;
            boolean completes = next - end + 1 >= fanout && tier(merged) >= tiers[next];
            if (!joins && !completes) {
                break;
            }
            end = next;
            stretches.add(new Stretch(from, end));
        }
        return stretches.reversed();
    }

    private Stretch cheapest(long[] bytes) {
        int best = 0;
        for (int from = 1; from + fanout <= bytes.length; from++) {
            if (sum(bytes, from, from + fanout - 1) < sum(bytes, best, best + fanout - 1)) {
                best = from;
            }
        }
        return new Stretch(best, Math.min(bytes.length, best + fanout) - 1);
    }

    private int[] tiers(long[] bytes) {
        int[] tiers = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tiers[i] = i == 0 ? tier(bytes[i]) : Math.max(tiers[i - 1], tier(bytes[i]));
        }
        return tiers;
    }

    /// Of a run of so many bytes.
    int tier(long bytes) {
        double units = 2.0 * Math.max(1, bytes) / unitBytes;
        return (int) Math.floor(Math.max(TIER_MIN, Math.log(units) / Math.log(fanout)));
    }

    private static int endOfTier(int[] tiers, int from) {
        int to = from;
        while (to + 1 < tiers.length && tiers[to + 1] == tiers[from]) {
            to++;
        }
        return to;
    }

    private static long sum(long[] bytes, int from, int to) {
        long sum = 0;
        for (int i = from; i <= to; i++) {
            sum += bytes[i];
        }
        return sum;
    }
}
