package dev.kvarts.entry;

/// What a keyspace holds, as its files and its memory say: an estimate.
///
/// Of a hashed keyspace both numbers are exact when nothing is in memory. Of an ordered one a
/// version that was overwritten counts until compaction drops it; a tombstone counts as one entry
/// less, of the average size.
///
/// @param entries how many
/// @param bytes of keys and values as they are stored, before compression
public record Usage(long entries, long bytes) {
    public Usage {
        entries = Math.max(0, entries);
        bytes = Math.max(0, bytes);
    }
}
