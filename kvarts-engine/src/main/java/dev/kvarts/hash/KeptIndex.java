package dev.kvarts.hash;

import dev.kvarts.entry.Lookup;

/// The index as it was before a run was applied to it, for snapshots that must not see that run.
///
/// Applying makes every maplet anew, so keeping the old ones costs their memory and no copy; of the
/// dead bits, which are set in place, it has its own, and the runs go on with a copy. Nothing at
/// rest has a second version of a key, and no writer copies one.
///
/// Thread safety: any number of threads, each inside an epoch.
final class KeptIndex implements IndexView {
    private final MapletIndex index;
    private final Maplet[] maplets;
    private final Run[] runs;
    private final DeadBits[] dead; // by id of the run

    /// Requires: every partition is loaded, and no run is being applied.
    KeptIndex(MapletIndex index, Run[] runs) {
        this.index = index;
        this.maplets = new Maplet[index.partitions()];
        for (int partition = 0; partition < maplets.length; partition++) {
            maplets[partition] = index.get(partition);
        }
        this.runs = runs;
        this.dead = new DeadBits[runs.length];
        for (Run run : runs) {
            if (run != null) {
                run.pin();
                dead[run.id] = run.keepDead();
            }
        }
    }

    @Override
    public Maplet maplet(int partition) {
        return maplets[partition];
    }

    @Override
    public Run[] runs() {
        return runs;
    }

    @Override
    public boolean isDead(Run run, long ordinal) {
        return dead[run.id].get(ordinal);
    }

    /// Looks for the key.
    void find(Lookup lookup) {
        Maplet maplet = maplets[index.partitionOf(lookup.hash)];
        int value = maplet.value(index.fraction(lookup.hash));
        long group = maplet.group(value);
        long end = (group >>> 8) + (group & 0xFF);
        for (long i = group >>> 8; i < end; i++) {
            int entry = maplet.entry(i);
            Run run = entry >>> 8 == (value & 0xFF) ? runs[entry & 0xFF] : null;
            long ordinal = run == null ? -1 : run.find(lookup);
            if (ordinal >= 0) {
                if (!isDead(run, ordinal)) {
                    return;
                }
                lookup.found = false;
            }
        }
    }

    long deadBytes() {
        long sum = 0;
        for (DeadBits bits : dead) {
            sum += bits == null ? 0 : bits.memoryBytes();
        }
        return sum;
    }

    /// Gives everything back. Requires: no reader is inside.
    void release() {
        index.free(maplets);
        for (Run run : runs) {
            if (run != null) {
                run.unpin();
            }
        }
    }
}
