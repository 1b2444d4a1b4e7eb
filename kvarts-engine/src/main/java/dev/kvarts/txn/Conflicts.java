package dev.kvarts.txn;

import dev.kvarts.api.ConflictException;
import dev.kvarts.cache.Epochs;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.StoredKeyspace;

import java.util.Collection;
import java.util.HexFormat;

/// Tells whether what a transaction relies on is still as it was when it began.
///
/// Asked under the locks of everything in the footprints, so the answer holds until the
/// transaction's own writes are in place: backward validation (Kung and Robinson 1981) against the
/// versions themselves. The newest version of a key says when the key was changed last, and it is
/// in memory unless a flush came between; so there is no list of recent commits that could be too
/// short, writers keep none, and two keys are never taken for one.
///
/// Thread safety: one thread; made for one commit.
final class Conflicts {
    private static final int KEY_SHOWN_MAX = 32;

    private final Collection<Footprint> footprints;
    private final Epochs epochs;
    private final long seed;
    private final long snapshot;
    private Lookup lookup; // made when a file must be asked

    /// @param seed of the key hash
    /// @param snapshot the transaction's sequence number
    Conflicts(Collection<Footprint> footprints, Epochs epochs, long seed, long snapshot) {
        this.footprints = footprints;
        this.epochs = epochs;
        this.seed = seed;
        this.snapshot = snapshot;
    }

    /// @throws ConflictException if something changed
    void check() {
        for (Footprint footprint : footprints) {
            check(footprint);
        }
    }

    private void check(Footprint footprint) {
        StoredKeyspace core = footprint.core();
        if (footprint.isWhole() && core.changedSince(snapshot)) {
            throw new ConflictException(
                    "transaction: a keyspace that was walked over was changed, name="
                            + core.name());
        }
        for (TrackedRange range : footprint.ranges()) {
            if (core.changedSince(snapshot)
                    && core.changedInRange(range.from(), range.to(), snapshot)) {
                throw new ConflictException(
                        "transaction: a range was changed, keyspace="
                                + core.name()
                                + " from="
                                + shown(range.from()));
            }
        }
        for (TrackedKey key : footprint.keys()) {
            if (changed(core, key)) {
                throw new ConflictException(
                        "transaction: a key was changed, keyspace="
                                + core.name()
                                + " key="
                                + shown(key.bytes()));
            }
        }
    }

    /// Whether the newest version of the key is not the one that the snapshot has.
    boolean changed(StoredKeyspace core, TrackedKey key) {
        long latest = core.latestInMemory(key.hash(), key.bytes(), key.bytes().length);
        if (latest != 0) {
            return latest > snapshot;
        }
        if (core.newestOnDisk() <= snapshot) {
            return false;
        }
        int epoch = epochs.enter();
        try {
            return changedOnDisk(core, key);
        } finally {
            epochs.exit(epoch);
        }
    }

    /// A tombstone need not be there any more: absent now and present then is a change, too.
    private boolean changedOnDisk(StoredKeyspace core, TrackedKey key) {
        if (lookup == null) {
            lookup = new Lookup();
        }
        lookup.ask(key.bytes(), key.bytes().length, seed, Long.MAX_VALUE);
        lookup.now = Lookup.BEFORE_ALL; // that something has expired is no change
        core.find(lookup);
        if (lookup.present()) {
            return lookup.sequence > snapshot;
        }
        lookup.ask(key.bytes(), key.bytes().length, seed, snapshot);
        lookup.now = Lookup.BEFORE_ALL;
        core.findAsOf(lookup);
        return lookup.present();
    }

    private static String shown(byte[] key) {
        int size = Math.min(key.length, KEY_SHOWN_MAX);
        return HexFormat.of().formatHex(key, 0, size) + (size < key.length ? "..." : "");
    }
}
