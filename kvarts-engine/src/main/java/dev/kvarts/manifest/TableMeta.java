package dev.kvarts.manifest;

/// A table that is alive.
///
/// @param number unique in the database, never used again; also in the file's name
/// @param level where it stands in the tree, 0 is the youngest
/// @param run which sorted run it is part of: tables of one run do not overlap, and where runs
///   overlap, the one with the higher number is newer
/// @param fileBytes size of its file
/// @param globalSequence sequence number of all its entries; 0 if they have their own
/// @param oldestMillis when the oldest of its entries were written, in milliseconds since 1970
/// @param newestMillis when the newest were
public record TableMeta(
        long number,
        int level,
        long run,
        long fileBytes,
        long globalSequence,
        long oldestMillis,
        long newestMillis) {
    public TableMeta at(int toLevel, long toRun) {
        return new TableMeta(
                number, toLevel, toRun, fileBytes, globalSequence, oldestMillis, newestMillis);
    }

    public TableMeta withSequence(long sequence) {
        return new TableMeta(number, level, run, fileBytes, sequence, oldestMillis, newestMillis);
    }
}
