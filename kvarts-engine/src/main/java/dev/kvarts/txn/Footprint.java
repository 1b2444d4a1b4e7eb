package dev.kvarts.txn;

import dev.kvarts.entry.StoredKeyspace;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// What a transaction must find in one keyspace as it was when it began: keys, ranges, or all of
/// it.
///
/// Thread safety: one thread at a time.
public final class Footprint {
    private final StoredKeyspace core;
    private final Collection<TrackedKey> keys;
    private final List<TrackedRange> ranges = new ArrayList<>();
    private boolean whole;

    /// @param keys grows while the transaction runs
    public Footprint(StoredKeyspace core, Collection<TrackedKey> keys) {
        this.core = core;
        this.keys = keys;
    }

    public void add(TrackedRange range) {
        ranges.add(range);
    }

    /// From now on any write to the keyspace is a conflict.
    public void addWhole() {
        whole = true;
    }

    StoredKeyspace core() {
        return core;
    }

    Collection<TrackedKey> keys() {
        return keys;
    }

    List<TrackedRange> ranges() {
        return ranges;
    }

    boolean isWhole() {
        return whole;
    }

    /// Whether it needs every lock of the keyspace.
    boolean needsAllLocks() {
        return whole || !ranges.isEmpty();
    }
}
