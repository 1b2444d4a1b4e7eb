package dev.kvarts.table;

import dev.kvarts.cache.BlockCache;
import dev.kvarts.cache.Epochs;

import java.util.List;

/// What the tables of a database have in common to bring their blocks into memory.
///
/// @param codecs what blocks may be compressed with
/// @param cache where blocks that cannot be read in place are kept; null: nowhere
/// @param epochs that lookups are in while they look at a block of the cache
public record SharedBlocks(Codecs codecs, BlockCache cache, Epochs epochs) {
    /// For who reads a table once, without a database.
    public static SharedBlocks uncached(Codecs codecs) {
        return new SharedBlocks(codecs, null, null);
    }

    /// Codecs that are built in, no cache.
    public static SharedBlocks builtIn() {
        return uncached(new Codecs(List.of()));
    }
}
