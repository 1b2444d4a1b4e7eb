package dev.kvarts.memtable;

import dev.kvarts.bytes.KeyHash;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots;
import dev.kvarts.entry.Lookup;

/// A sorted memory store without its keyspace: what a write does behind the commit log, and a read
/// before it asks any table.
///
/// It stands in the engine's package, which the class path allows, because nobody else has to see
/// what an index of a store is.
///
/// Thread safety: one thread.
public final class BareStore implements AutoCloseable {
    private static final long SEED = 42;
    private static final int CHUNK = 1 << 20;
    private static final long KEEP_BYTES = 256 << 20;
    private static final int SHARD_BITS = 7; // as a store of 64 MiB has them

    private final MemoryBudget budget = new MemoryBudget(Long.MAX_VALUE);
    private final ChunkPool pool = new ChunkPool(budget, CHUNK, KEEP_BYTES);
    private final Epochs epochs = new Epochs(null); // nobody waits
    private final SortedIndex.Factory indexes;
    private SortedStore store;
    private long sequence;
    private final LiveSnapshots snapshots = new LiveSnapshots(() -> sequence, epochs, false);

    private BareStore(SortedIndex.Factory indexes) {
        this.indexes = indexes;
        this.store = next(null);
    }

    /// With the index that the engine uses.
    public static BareStore withTree() {
        return new BareStore(BPlusTree::new);
    }

    public static BareStore withSkipList() {
        return new BareStore(SkipList::new);
    }

    private SortedStore next(SortedStore before) {
        return new SortedStore(pool, budget, epochs, snapshots, SHARD_BITS, before, 0, indexes);
    }

    /// Gives the memory back and begins an empty store with it.
    public void clear() {
        SortedStore full = store;
        store = next(full);
        full.release();
    }

    public void put(byte[] key, byte[] value) {
        long hash = KeyHash.hash(key, key.length, SEED);
        long reference = store.reserve(hash, key.length + value.length);
        store.fill(hash, reference, EntryFormat.PUT, key, key.length, value, value.length);
        store.link(hash, reference, ++sequence);
    }

    /// Asks for the newest version of the key.
    public void find(byte[] key, Lookup lookup) {
        lookup.ask(key, key.length, SEED, sequence);
        int token = epochs.enter();
        store.find(lookup);
        epochs.exit(token);
    }

    public EntryCursor cursor() {
        return store.cursor(sequence);
    }

    public long keyCount() {
        return store.keyCount();
    }

    public long sizeBytes() {
        return store.sizeBytes();
    }

    @Override
    public void close() {
        store.release();
        pool.close();
    }
}
