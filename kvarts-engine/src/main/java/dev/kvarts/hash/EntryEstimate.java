package dev.kvarts.hash;

import dev.kvarts.entry.Lookup;
import dev.kvarts.manifest.Environment;
import dev.kvarts.memtable.HashStore;

/// Estimates how many entries there are: those in runs are counted, those in memory are sampled for
/// whether they are in a run already.
final class EntryEstimate {
    private static final int SAMPLES = 256;

    private EntryEstimate() {}

    static long of(HashedKeyspace keyspace, Environment environment) {
        int token = environment.epochs().enter();
        try {
            HashedKeyspace.View view = keyspace.view();
            long now = environment.nowMillis();
            long count = keyspace.runs.liveRecords(now);
            if (!keyspace.index.isLoaded()) {
                count = loadedCount(keyspace);
            }
            count += change(keyspace, environment, view.active(), now);
            return view.frozen() == null
                    ? count
                    : count + change(keyspace, environment, view.frozen(), now);
        } finally {
            environment.epochs().exit(token);
        }
    }

    /// What is dead is known only where partitions are loaded.
    private static long loadedCount(HashedKeyspace keyspace) {
        long count = 0;
        for (int partition = 0; partition < keyspace.index.partitions(); partition++) {
            count += keyspace.index.get(partition).count;
        }
        return count;
    }

    /// By how much the store's keys change the number of entries, scaled up from a sample.
    private static long change(
            HashedKeyspace keyspace, Environment environment, HashStore store, long now) {
        long keys = store.keyCount();
        if (keys == 0) {
            return 0;
        }
        var lookup = new Lookup();
        long[] sampled = new long[2]; // how many, and by how much they change the count
        store.sample(
                SAMPLES,
                environment.visible(),
                (put, expiry, key) -> {
                    boolean there = put && (expiry == 0 || expiry > now);
                    lookup.ask(key, key.length, environment.hashSeed(), environment.visible());
                    boolean inRuns = keyspace.inRuns(lookup);
                    sampled[0]++;
                    sampled[1] += there ? (inRuns ? 0 : 1) : inRuns ? -1 : 0;
                });
        return sampled[0] == 0 ? 0 : Math.round((double) sampled[1] * keys / sampled[0]);
    }
}
