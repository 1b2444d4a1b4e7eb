package dev.kvarts.lsm;

/// A table as those see it who decide what is merged: sizes and bounds, no file.
///
/// @param number of the table
/// @param level where it stands in the tree, 0 is the youngest
/// @param run sorted run that it is part of; where runs overlap, the higher is newer
/// @param bytes of its file
/// @param entries in it, tombstones included
/// @param tombstones among them, and range tombstones
/// @param from nothing in it is lower
/// @param to everything in it is lower: behind its last key, or the end of its last range
///   tombstone; null: no end
/// @param sequenceMin lowest sequence number in it
/// @param sequenceMax highest
/// @param oldestMillis when the oldest of its entries were written, since 1970
/// @param newestMillis when the newest were
record TableInfo(
        long number,
        int level,
        long run,
        long bytes,
        long entries,
        long tombstones,
        byte[] from,
        byte[] to,
        long sequenceMin,
        long sequenceMax,
        long oldestMillis,
        long newestMillis) {}
