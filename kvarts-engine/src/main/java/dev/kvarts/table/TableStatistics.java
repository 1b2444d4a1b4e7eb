package dev.kvarts.table;

import dev.kvarts.entry.ExpiryTimes;

import java.util.List;

/// What the trailer of a table says of it. Sizes in bytes.
///
/// @param blocks number of blocks
/// @param entries versions of keys, tombstones included, range tombstones not
/// @param keys different keys among them
/// @param tombstones entries that delete one key
/// @param rangeTombstones sequence numbers of all fragments of ranges
/// @param keyBytes of all entries
/// @param valueBytes of the values that lie in the table
/// @param rawBytes of all blocks before compression
/// @param compressedBlocks of the blocks; the others are read where they are mapped
/// @param sequenceMin lowest sequence number of entries and range tombstones, 0 if there are none
/// @param sequenceMax highest, likewise
/// @param expiries when entries expire
/// @param references what its pointers point to, ascending by file
public record TableStatistics(
        long blocks,
        long entries,
        long keys,
        long tombstones,
        long rangeTombstones,
        long keyBytes,
        long valueBytes,
        long rawBytes,
        long compressedBlocks,
        long sequenceMin,
        long sequenceMax,
        ExpiryTimes expiries,
        List<ValueReferences> references) {
    public TableStatistics {
        references = List.copyOf(references);
    }

    /// Pointers into one value file: how many, and the bytes of the values they point to.
    public record ValueReferences(long file, long count, long bytes) {}
}
