package dev.kvarts.hash;

import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.cache.Slabs;

/// The maplets of a keyspace without its runs: what a lookup does between the memory store and the
/// first page.
///
/// It stands in the engine's package, which the class path allows, because nobody else has to see a
/// maplet.
///
/// Thread safety: one thread.
public final class BareMaplets implements AutoCloseable {
    private static final long SLAB_MIN = 16 << 10;
    private static final long SLAB_MAX = 32 << 20;

    private final int partitionBits;
    private final Maplet[] maplets;
    private final MapletBuilder builder = new MapletBuilder();
    private final Slabs slabs =
            new Slabs(
                    new MemoryBudget(Long.MAX_VALUE),
                    MemoryBudget.Account.MAPLETS,
                    SLAB_MIN,
                    SLAB_MAX); // as MapletIndex has them

    /// Keeps loads that are made early for their effect on the cache.
    private long touched;

    public BareMaplets(int partitionBits) {
        this.partitionBits = partitionBits;
        this.maplets = new Maplet[1 << partitionBits];
    }

    /// Makes a partition's maplet from its hashes, ascending. The low byte of each says which run
    /// holds the key.
    public void fill(int partition, long[] hashes) {
        int blocks = MapletBuilder.blocksFor(hashes.length, partition);
        build(hashes, blocks);
        while (builder.overflowed()) {
            build(hashes, ++blocks);
        }
        maplets[partition] = builder.finish(slabs);
    }

    private void build(long[] hashes, int blocks) {
        long scale = (long) blocks * Maplet.VALUES_PER_BLOCK;
        builder.begin(blocks);
        for (long hash : hashes) {
            builder.add(
                    (int) Math.unsignedMultiplyHigh(hash << partitionBits, scale),
                    (int) hash & 0xFF);
        }
    }

    /// The first run that may have a key of this hash, or -1. The same steps as a keyspace's
    /// lookup.
    public int find(long hash) {
        Maplet maplet = maplets[(int) (hash >>> 64 - partitionBits)];
        int value = maplet.value(hash << partitionBits);
        touched += maplet.touch(value);
        long group = maplet.group(value);
        long end = (group >>> 8) + (group & 0xFF);
        for (long i = group >>> 8; i < end; i++) {
            int entry = maplet.entry(i);
            if (entry >>> 8 == (value & 0xFF)) {
                return entry & 0xFF;
            }
        }
        return -1;
    }

    public long touched() {
        return touched;
    }

    /// Bytes of the maplets.
    public long usedBytes() {
        return slabs.usedBytes();
    }

    @Override
    public void close() {
        slabs.close();
    }
}
