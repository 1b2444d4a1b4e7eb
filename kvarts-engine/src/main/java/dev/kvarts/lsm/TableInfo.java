package dev.kvarts.lsm;

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
        long tombstonesMet) {
    boolean overlaps(TableInfo other) {
        return keys.overlaps(other.keys);
    }

    /// Whether more than half of it says only what is no more.
    boolean mostlyTombstones() {
        return 2 * (tombstones + rangeTombstones) > entries + rangeTombstones;
    }
}
