package dev.kvarts.lsm;

import dev.kvarts.api.Range;
import dev.kvarts.entry.Counters;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.MergingCursor;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.manifest.Environment;
import dev.kvarts.memtable.SortedStore;
import dev.kvarts.vlog.ValueReadAhead;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Looks into memtables and sorted runs, the newest first: single keys, and sources of cursors.
///
/// Thread safety: immutable, but for the counters.
final class ViewReader {
    private final Environment environment;
    private final Counters counters;

    ViewReader(Environment environment, Counters counters) {
        this.environment = environment;
        this.counters = counters;
    }

    /// Answers with the newest version that may be seen. Requires: inside an epoch in which the
    /// view was read; the lookup's watermark was read after the view.
    void find(View now, Lookup lookup) {
        long cover = findInMemory(now.active(), lookup, 0);
        if (!lookup.found && now.frozen() != null) {
            cover = findInMemory(now.frozen(), lookup, cover);
        }
        if (lookup.found) {
            hide(lookup, cover);
            expire(lookup);
            counters.add(lookup.deleted ? Counters.MISSES : Counters.MEMORY_HITS, 1);
            return;
        }
        findInRuns(now.version(), lookup, cover);
    }

    /// Returns the newest range tombstone over the key that was met so far.
    private static long findInMemory(SortedStore store, Lookup lookup, long cover) {
        store.find(lookup);
        RangeTombstones tombstones = store.rangeTombstones();
        return tombstones.isEmpty()
                ? cover
                : Math.max(cover, tombstones.covering(lookup.key, lookup.keySize, lookup.visible));
    }

    /// Makes what was found a tombstone if a newer range tombstone covers it.
    private static void hide(Lookup lookup, long cover) {
        if (cover > lookup.sequence || !lookup.found && cover != 0) {
            lookup.answer(null, 0, 0, cover, true, null);
        }
    }

    private void expire(Lookup lookup) {
        if (lookup.expiry != 0) {
            lookup.expire(environment.clock());
        }
    }

    private void findInRuns(Version version, Lookup lookup, long cover) {
        if (!version.rangeTombstones.isEmpty()) {
            cover =
                    Math.max(
                            cover,
                            version.rangeTombstones.covering(
                                    lookup.key, lookup.keySize, lookup.visible));
        }
        for (SortedRun run : version.runs) {
            LiveTable table = run.tableOf(lookup.key, lookup.keySize);
            if (table != null && table.table.find(lookup)) {
                break;
            }
        }
        if (lookup.found || cover != 0) {
            hide(lookup, cover);
            expire(lookup);
        }
        if (lookup.present()) {
            if (lookup.pointer) {
                LsmCursor.resolve(version, lookup, lookup.segment, lookup.valueOffset);
            }
            counters.add(Counters.RUN_HITS, 1);
            if (lookup.reads > 1) {
                counters.add(Counters.HIT_READS_EXTRA, lookup.reads - 1);
            }
        } else {
            counters.add(Counters.MISSES, 1);
            if (lookup.reads != 0) {
                counters.add(Counters.MISS_READS, lookup.reads);
            }
        }
    }

    /// Whether a memtable has anything in a range that is newer. Requires: inside an epoch.
    static boolean changed(SortedStore store, byte[] from, byte[] to, long since) {
        if (store.rangeTombstones().newest() > since
                && store.rangeTombstones().within(from, to).newest() > since) {
            return true;
        }
        try (EntryCursor cursor = store.cursor(EntryFormat.SEQUENCE_MAX)) {
            boolean there = cursor.seek(from, from.length);
            for (; there && !reaches(cursor, to); there = cursor.next()) {
                if (cursor.sequence() > since) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean reaches(EntryCursor cursor, byte[] to) {
        return to != null
                && Arrays.compareUnsigned(cursor.key(), 0, cursor.keySize(), to, 0, to.length) >= 0;
    }

    /// Whether a range looks different now from what a live snapshot sees.
    boolean differs(LsmKeyspace keyspace, long snapshot, Range range) {
        Lease then = keyspace.leaseAsOf(this, snapshot);
        try {
            Lease now = keyspace.lease(this);
            long horizon = environment.expiryHorizon(); // what may have been dropped since
            try (LsmCursor before = cursor(then, snapshot, horizon, range);
                    LsmCursor after = cursor(now, EntryFormat.SEQUENCE_MAX, horizon, range)) {
                while (before.next()) {
                    boolean same =
                            after.next()
                                    && before.sequence() == after.sequence()
                                    && Arrays.equals(before.copyKey(), after.copyKey());
                    if (!same) {
                        return true;
                    }
                }
                return after.next();
            } finally {
                keyspace.end(now);
            }
        } finally {
            keyspace.end(then);
        }
    }

    /// A cursor over what a lease holds, as of a watermark that was read after the view.
    ///
    /// @param millis what has expired by then is not seen
    LsmCursor cursor(Lease lease, long visible, long millis, Range range) {
        Version version = lease.version();
        ValueScout scout =
                version.valueFiles().isEmpty()
                        ? null
                        : new ValueScout(
                                () -> sources(lease, visible),
                                version,
                                new ValueReadAhead(environment.scheduler(), environment.budget()));
        return new LsmCursor(
                sources(lease, visible),
                rangeTombstones(lease),
                visible,
                environment.clock(),
                millis,
                version,
                scout,
                range);
    }

    private static RangeTombstones rangeTombstones(Lease lease) {
        boolean none = lease.version().rangeTombstones.isEmpty();
        for (SortedStore store : lease.stores()) {
            none &= store.rangeTombstones().isEmpty();
        }
        if (none) {
            return RangeTombstones.NONE;
        }
        List<RangeTombstones> some = new ArrayList<>();
        lease.stores().forEach(store -> some.add(store.rangeTombstones()));
        some.add(lease.version().rangeTombstones);
        some.removeIf(RangeTombstones::isEmpty);
        return RangeTombstones.union(some);
    }

    private static EntryCursor sources(Lease lease, long visible) {
        List<EntryCursor> sources = new ArrayList<>();
        for (SortedStore store : lease.stores()) {
            if (store.mayShow(visible)) {
                sources.add(store.cursor(visible));
            }
        }
        for (SortedRun run : lease.version().runs) {
            sources.add(new RunCursor(run, visible, false));
        }
        return sources.size() == 1 ? sources.getFirst() : new MergingCursor(sources);
    }
}
