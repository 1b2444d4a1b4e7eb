package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.cache.Pinnable;
import dev.kvarts.entry.LiveSnapshots;
import dev.kvarts.entry.Lookup;

import java.lang.foreign.MemorySegment;

/// A memory store of hashed keys: recent versions of entries, newest first for each key, in shards
/// by the top bits of the hash.
///
/// It absorbs overwrites: the memory of an overwritten version is used again. When it is full it is
/// frozen, written as a run sorted by hash, and released.
///
/// Thread safety: readers inside an epoch need no lock. Writers hold the lock of the shard, which
/// belongs to the keyspace and outlives the store.
public final class HashStore implements Pinnable {
    // Fixed at construction.
    private final StoreMemory memory;
    private final int shardBits;
    private final Shard[] shards;

    /// @param before the store that was filled before, of the same shape, or null: this one will
    ///   need tables as large as that one did
    /// @param born every version that comes into the store is newer than this sequence number
    public HashStore(
            ChunkPool pool,
            MemoryBudget budget,
            Epochs epochs,
            LiveSnapshots snapshots,
            int shardBits,
            HashStore before,
            long born) {
        this.memory = new StoreMemory(pool, budget, epochs, snapshots, born);
        this.shardBits = shardBits;
        this.shards = new Shard[1 << shardBits];
        for (int i = 0; i < shards.length; i++) {
            shards[i] =
                    new Shard(
                            this,
                            memory,
                            shardBits,
                            before == null ? 0 : before.shards[i].tableBits());
        }
    }

    private Shard shard(long hash) {
        return shards[shardIndex(hash, shardBits)];
    }

    /// Which shard keys of this hash are in.
    public static int shardIndex(long hash, int shardBits) {
        return shardBits == 0 ? 0 : (int) (hash >>> 64 - shardBits);
    }

    public void find(Lookup lookup) {
        if (memory.mayShow(lookup.visible)) {
            shard(lookup.hash).find(lookup);
        }
    }

    /// Loads the key's slot into the processor's caches. Requires no lock.
    public void touch(long hash) {
        shard(hash).touch(hash);
    }

    /// Takes memory for an entry with a key and a value of together so many bytes.
    public long reserve(long hash, long userBytes) {
        return shard(hash).reserve(RecordLayout.HASHED_HEADER_SIZE + userBytes);
    }

    /// Copies an entry into its memory, not yet to be found: key and value from one array.
    public void fill(
            long hash,
            long reference,
            byte kind,
            byte[] entry,
            int keyAt,
            int keySize,
            int valueSize) {
        RecordLayout.writeHashed(
                memory.chunk(reference),
                memory.offset(reference),
                kind,
                hash,
                entry,
                keyAt,
                keySize,
                valueSize);
    }

    /// As the other, with a value that is an array or a segment.
    public void fill(
            long hash,
            long reference,
            byte kind,
            byte[] key,
            int keySize,
            Object value,
            long valueSize) {
        RecordLayout.writeHashed(
                memory.chunk(reference),
                memory.offset(reference),
                kind,
                hash,
                key,
                keySize,
                value,
                valueSize);
    }

    public void link(long hash, long reference, long sequence) {
        shard(hash).link(hash, reference, sequence);
    }

    public void abandon(long hash, long reference, long userBytes) {
        shard(hash).abandon(reference, RecordLayout.HASHED_HEADER_SIZE + userBytes);
    }

    /// Sequence number of the newest version of the key, or 0.
    public long latest(long hash, byte[] key, int keySize) {
        return shard(hash).latest(hash, key, keySize);
    }

    @Override
    public void pin() {
        memory.pin();
    }

    @Override
    public void unpin() {
        memory.unpin();
    }

    /// Bytes of memory taken.
    public long sizeBytes() {
        return memory.sizeBytes();
    }

    /// Number of keys, deleted ones included.
    public long keyCount() {
        long sum = 0;
        for (Shard shard : shards) {
            sum += shard.keys();
        }
        return sum;
    }

    public boolean isEmpty() {
        for (Shard shard : shards) {
            if (shard.keys() != 0) {
                return false;
            }
        }
        return true;
    }

    public int shardCount() {
        return shards.length;
    }

    /// Adds the newest versions of one shard's keys, sorted by hash. Shards come in ascending
    /// order; who looks at the records of a shard before he goes on to the next finds them in the
    /// processor's caches. Requires: no writer is in the shard.
    ///
    /// @param horizon what has expired by this time is a tombstone
    public void sort(int shard, SortedEntries target, long horizon) {
        shards[shard].sort(target, horizon);
    }

    /// Takes an entry; both arrays are its own.
    @FunctionalInterface
    public interface EntryConsumer {
        /// Takes one.
        ///
        /// @param expiry when it expires; 0 if it does not
        void accept(byte kind, long expiry, byte[] key, byte[] value);
    }

    /// Takes a key and whether its newest version is a value, and when that expires; 0 if it does
    /// not.
    @FunctionalInterface
    public interface KeyConsumer {
        void accept(boolean put, long expiry, byte[] key);
    }

    /// The newest visible version of each key whose hash lies in a range, both ends included.
    /// Requires: inside an epoch.
    public void forEach(long firstHash, long lastHash, long visible, EntryConsumer consumer) {
        if (!memory.mayShow(visible)) {
            return;
        }
        int lastShard = shardIndex(lastHash, shardBits);
        for (int shard = shardIndex(firstHash, shardBits); shard <= lastShard; shard++) {
            shards[shard].forEach(firstHash, lastHash, visible, consumer);
        }
    }

    /// Some of the keys, from shards all over the store. Requires: inside an epoch.
    public void sample(int most, long visible, KeyConsumer consumer) {
        int[] left = {memory.mayShow(visible) ? most : 0};
        for (int i = 0; i < shards.length && left[0] > 0; i++) {
            int share = Math.max(1, most / shards.length);
            shards[i].sample(
                    Math.min(left[0], share),
                    visible,
                    (put, expiry, key) -> {
                        left[0]--;
                        consumer.accept(put, expiry, key);
                    });
        }
    }

    /// Copies some bytes of an entry: of its key followed by its value, prefix included.
    public void copy(long reference, long from, MemorySegment target, long at, long length) {
        RecordLayout.copyHashed(
                memory.chunk(reference), memory.offset(reference), from, target, at, length);
    }

    /// Copies the key to the beginning of an array. Requires: it fits.
    public void copyKey(long reference, byte[] target) {
        MemorySegment.copy(
                memory.chunk(reference),
                Bytes.BYTE,
                memory.offset(reference) + RecordLayout.HASHED_HEADER_SIZE,
                target,
                0,
                keySize(reference));
    }

    public int keySize(long reference) {
        return RecordLayout.keySize(memory.chunk(reference), memory.offset(reference));
    }

    public long valueSize(long reference) {
        return RecordLayout.valueSize(memory.chunk(reference), memory.offset(reference));
    }

    public long sequence(long reference) {
        return RecordLayout.sequence(memory.chunk(reference), memory.offset(reference));
    }

    public byte kind(long reference) {
        return RecordLayout.kind(memory.chunk(reference), memory.offset(reference));
    }

    /// When it expires; 0 if it does not.
    public long expiry(long reference) {
        return RecordLayout.hashedExpiry(memory.chunk(reference), memory.offset(reference));
    }

    /// Whether its memory can be given back. Requires: no reader can find it any more.
    public boolean releasable() {
        return !memory.pinned();
    }

    /// Gives all memory back. Requires: [#releasable()].
    public void release() {
        memory.release();
    }
}
