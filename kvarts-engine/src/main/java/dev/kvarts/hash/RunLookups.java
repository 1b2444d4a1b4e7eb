package dev.kvarts.hash;

import dev.kvarts.entry.Counters;
import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.WallClock;

/// Looks keys up in the runs, by way of the index.
///
/// Thread safety: any number of threads, each inside an epoch.
final class RunLookups {
    private final MapletIndex index;
    private final RunSet runs;
    private final Counters counters;
    private final WallClock clock;

    RunLookups(MapletIndex index, RunSet runs, Counters counters, WallClock clock) {
        this.index = index;
        this.runs = runs;
        this.counters = counters;
        this.clock = clock;
    }

    /// Looks for the key, and counts what that took. Returns false if the index changed under it in
    /// a way that may have hidden the key.
    boolean find(Lookup lookup) {
        int partition = index.partitionOf(lookup.hash);
        Maplet maplet = index.get(partition);
        int value = maplet.value(index.fraction(lookup.hash));
        lookup.touched += maplet.touch(value);
        long group = maplet.group(value);
        long end = (group >>> 8) + (group & 0xFF);
        boolean metDead = false;
        for (long i = group >>> 8; i < end; i++) {
            int entry = maplet.entry(i);
            if (entry >>> 8 != (value & 0xFF)) {
                continue;
            }
            Run run = runs.get(entry & 0xFF);
            if (run == null) {
                continue;
            }
            long ordinal = run.find(lookup);
            if (ordinal >= 0) {
                if (!run.isDead(ordinal)) {
                    if (lookup.expiry != 0) {
                        lookup.expire(clock);
                    }
                    counters.add(lookup.deleted ? Counters.MISSES : Counters.RUN_HITS, 1);
                    if (lookup.reads > 1) {
                        counters.add(Counters.HIT_READS_EXTRA, lookup.reads - 1);
                    }
                    return true;
                }
                metDead = true;
                lookup.found = false;
            }
        }
        if (metDead && !index.unchanged(partition, maplet)) {
            return false;
        }
        counters.add(Counters.MISSES, 1);
        if (lookup.reads != 0) {
            counters.add(Counters.MISS_READS, lookup.reads);
        }
        return true;
    }

    /// Whether a run has the key, by the maplet alone: now and then a wrong yes.
    boolean mayHave(Lookup lookup) {
        Maplet maplet = index.get(index.partitionOf(lookup.hash));
        int value = maplet.value(index.fraction(lookup.hash));
        long group = maplet.group(value);
        long end = (group >>> 8) + (group & 0xFF);
        for (long i = group >>> 8; i < end; i++) {
            if (maplet.entry(i) >>> 8 == (value & 0xFF)) {
                return true;
            }
        }
        return false;
    }
}
