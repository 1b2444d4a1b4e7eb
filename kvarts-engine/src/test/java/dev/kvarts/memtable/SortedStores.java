package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeDelete;
import dev.kvarts.jobs.ThreadScheduler;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// A sorted store with all that it needs, and the writes of one thread or several.
final class SortedStores implements AutoCloseable {
    static final long SEED = 42;
    static final int CHUNK = 64 << 10;
    static final int SHARD_BITS = 2;

    final ThreadScheduler scheduler = new ThreadScheduler(1);
    final Epochs epochs = new Epochs(scheduler);
    final MemoryBudget budget = new MemoryBudget(1 << 30);
    final ChunkPool pool = new ChunkPool(budget, CHUNK, 1 << 20);
    final AtomicLong visible = new AtomicLong();
    final LiveSnapshots snapshots = new LiveSnapshots(visible::get, epochs, false);
    final SortedStore store;
    private final ReentrantLock[] locks = new ReentrantLock[1 << SHARD_BITS];

    SortedStores() {
        this.store = next(null);
        Arrays.setAll(locks, _ -> new ReentrantLock());
    }

    SortedStore next(SortedStore before) {
        return new SortedStore(pool, budget, epochs, snapshots, SHARD_BITS, before, 0);
    }

    static long hash(byte[] key) {
        return KeyHash.hash(key, key.length, SEED);
    }

    /// Writes a version; null deletes.
    void put(byte[] key, byte[] value, long sequence) {
        put(store, key, value, sequence);
    }

    static void put(SortedStore store, byte[] key, byte[] value, long sequence) {
        byte kind = value == null ? EntryFormat.DELETE : EntryFormat.PUT;
        write(store, kind, key, value == null ? new byte[0] : value, sequence);
    }

    static void write(SortedStore store, byte kind, byte[] key, byte[] value, long sequence) {
        long hash = hash(key);
        long reference = store.reserve(hash, key.length + value.length);
        if ((sequence & 1) == 0) {
            store.fill(hash, reference, kind, key, key.length, value, value.length);
        } else {
            byte[] entry = Arrays.copyOf(key, 1 + key.length + value.length);
            System.arraycopy(key, 0, entry, 1, key.length);
            System.arraycopy(value, 0, entry, 1 + key.length, value.length);
            store.fill(hash, reference, kind, entry, 1, key.length, value.length);
        }
        store.link(hash, reference, sequence);
    }

    /// As [#put], without an array between.
    static void putInPlace(SortedStore store, byte[] key, byte[] value, long sequence) {
        long hash = hash(key);
        long reference = store.reserve(hash, key.length + value.length);
        store.fill(hash, reference, EntryFormat.PUT, key, key.length, value, value.length);
        store.link(hash, reference, sequence);
    }

    void deleteRange(byte[] from, byte[] to, long sequence) {
        write(store, EntryFormat.RANGE_DELETE, from, RangeDelete.encode(to), sequence);
    }

    void publish(byte[] key, byte[] value) {
        put(key, value, visible.get() + 1);
        visible.incrementAndGet();
    }

    /// As the commit pipeline does it: under the shard's lock a sequence number is drawn and the
    /// version linked. Showing it is the caller's.
    long commit(byte[] key, byte[] value, AtomicLong sequences) {
        ReentrantLock lock = locks[SortedStore.shardIndex(hash(key), SHARD_BITS)];
        lock.lock();
        try {
            long sequence = sequences.incrementAndGet();
            put(key, value, sequence);
            return sequence;
        } finally {
            lock.unlock();
        }
    }

    Lookup find(Lookup lookup, byte[] key, long at) {
        lookup.ask(key, key.length, SEED, at);
        store.find(lookup);
        return lookup;
    }

    static byte[] key(EntryCursor cursor) {
        return Arrays.copyOf(cursor.key(), cursor.keySize());
    }

    static byte[] value(EntryCursor cursor) {
        return Bytes.copyOut(cursor.valueSegment(), cursor.valueOffset(), (int) cursor.valueSize());
    }

    /// Keys that are hard to tell apart: prefixes of each other, zeros at the end, heads that are
    /// the same, bytes above 0x7F; of one byte up to the largest.
    static byte[] nastyKey(Random random) {
        byte[] stem =
                switch (random.nextInt(6)) {
                    case 0 -> new byte[0];
                    case 1 -> new byte[random.nextInt(12)]; // zeros
                    case 2 -> filled(random.nextInt(12), (byte) 0xFF);
                    case 3 -> "customer-0000017/".getBytes(java.nio.charset.StandardCharsets.UTF_8);
                    case 4 -> filled(random.nextInt(40), (byte) 'a');
                    default ->
                            random.nextInt(200) == 0
                                    ? filled(65_500, (byte) 'x')
                                    : new byte[] {'k'};
                };
        int more = (stem.length == 0 ? 1 : 0) + random.nextInt(4);
        byte[] key = Arrays.copyOf(stem, stem.length + more);
        for (int i = stem.length; i < key.length; i++) {
            key[i] = new byte[] {0, 1, 'a', 'b', 0x7F, (byte) 0x80, (byte) 0xFF}[random.nextInt(7)];
        }
        return key;
    }

    private static byte[] filled(int size, byte with) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, with);
        return bytes;
    }

    @Override
    public void close() {
        store.release();
        pool.close();
        scheduler.close();
    }
}
