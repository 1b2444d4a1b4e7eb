package dev.kvarts.cache;

/// What a [BlockCache] did and has.
///
/// @param hits blocks found; a few may be missing where threads counted at once
/// @param misses blocks that were to be loaded
/// @param evictions blocks put out to make room
/// @param returned blocks loaded again soon after they were put out, and kept longer therefore
/// @param passing of the misses, those that there was no room for
/// @param blocks that are there now
/// @param blockBytes in them
/// @param reservedBytes of memory, with the heap that blocks take
/// @param capacityBytes that it may have
public record BlockCacheStatistics(
        long hits,
        long misses,
        long evictions,
        long returned,
        long passing,
        long blocks,
        long blockBytes,
        long reservedBytes,
        long capacityBytes) {
    /// Over shards.
    static final class Sum {
        long misses;
        long evictions;
        long returned;
        long passing;
        long blocks;
        long blockBytes;
        long reservedBytes;
    }

    /// Share of questions that found a block; 0 if there were none.
    public double hitRatio() {
        return hits == 0 ? 0 : (double) hits / (hits + misses);
    }
}
