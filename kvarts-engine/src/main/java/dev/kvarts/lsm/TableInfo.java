package dev.kvarts.lsm;

import dev.kvarts.entry.ExpiryTimes;

/// What a picker knows of a table.
///
/// @param number of its file
/// @param level where it stands in the tree, 0 is the youngest
/// @param run which sorted run it is part of: tables of one run do not overlap, and where tables of
///   different runs overlap, the one of the run with the higher number is newer
/// @param bytes of its file
/// @param entries tombstones included, range tombstones not
/// @param tombstones entries that delete one key
/// @param rangeTombstones how many
/// @param keys covers every key that an entry has or a range tombstone covers
/// @param sequenceMin lowest sequence number in it
/// @param sequenceMax highest
/// @param oldestMillis when the oldest of its entries were written, in milliseconds since 1970
/// @param newestMillis when the newest were
/// @param expiries when its entries expire
/// @param tombstonesMet how many tombstones cursors had to pass in it since it was opened
record TableInfo(
        long number,
        int level,
        long run,
        long bytes,
        long entries,
        long tombstones,
        long rangeTombstones,
        KeySpan keys,
        long sequenceMin,
        long sequenceMax,
        long oldestMillis,
        long newestMillis,
        ExpiryTimes expiries,
        long tombstonesMet) {
    /// Of a table of which nothing expires.
    TableInfo(
            long number,
            int level,
            long run,
            long bytes,
            long entries,
            long tombstones,
            long rangeTombstones,
            KeySpan keys,
            long sequenceMin,
            long sequenceMax,
            long oldestMillis,
            long newestMillis,
            long tombstonesMet) {
        this(
                number,
                level,
                run,
                bytes,
                entries,
                tombstones,
                rangeTombstones,
                keys,
                sequenceMin,
                sequenceMax,
                oldestMillis,
                newestMillis,
                ExpiryTimes.NONE,
                tombstonesMet);
    }

    boolean overlaps(TableInfo other) {
        return keys.overlaps(other.keys);
    }

    /// Whether more than half of it says only what is no more.
    ///
    /// @param horizon what has expired by this time is no more
    boolean mostlyTombstones(long horizon) {
        return 2 * (tombstones + rangeTombstones + expired(horizon)) > entries + rangeTombstones;
    }

    /// About how many entries have expired by a time: rather fewer.
    long expired(long horizon) {
        return expiries.expired(horizon);
    }

    /// Whether any has expired by a time.
    boolean anyExpired(long horizon) {
        return expiries.count() != 0 && expiries.first() <= horizon;
    }

    /// Whether every entry is a tombstone or has expired by a time, for certain.
    boolean isGone(long horizon) {
        return expiries.count() != 0
                && expiries.last() <= horizon
                && tombstones + expiries.count() == entries;
    }
}
