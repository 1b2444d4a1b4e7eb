package dev.kvarts.lsm;

import dev.kvarts.memtable.SortedStore;

/// An ordered keyspace as a reader finds it.
///
/// @param active memtable that writers write to
/// @param frozen memtable that is being written to tables; null if there is none
/// @param frozenUpTo highest sequence number that may be in it
/// @param activeSince when the active one was begun, milliseconds since 1970
/// @param frozenSince when the frozen one was
/// @param version the files
/// @param flushed versions up to this sequence number are in the files, if nothing is frozen
record View(
        SortedStore active,
        SortedStore frozen,
        long frozenUpTo,
        long activeSince,
        long frozenSince,
        Version version,
        long flushed) {
    boolean hasMemory() {
        return frozen != null || !active.isEmpty();
    }

    /// As snapshots need it who began before what replaces it.
    ///
    /// @param withActive whether they need what is in the active memtable
    View kept(boolean withActive) {
        return withActive || frozen == null
                ? this
                : new View(frozen, null, 0, frozenSince, 0, version, flushed);
    }

    void pin() {
        active.pin();
        if (frozen != null) {
            frozen.pin();
        }
        version.pin();
    }

    void unpin() {
        active.unpin();
        if (frozen != null) {
            frozen.unpin();
        }
        version.unpin();
    }

    View withVersion(Version next) {
        return new View(active, frozen, frozenUpTo, activeSince, frozenSince, next, flushed);
    }

    /// After everything frozen is in the files of the next version.
    View flushed(Version next) {
        return new View(active, null, 0, activeSince, 0, next, frozenUpTo);
    }

    View frozen(SortedStore newActive, long upTo, long now) {
        return new View(newActive, active, upTo, now, activeSince, version, flushed);
    }
}
