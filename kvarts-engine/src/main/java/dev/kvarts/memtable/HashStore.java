package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.Lookup;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/// A memory store of hashed keys: recent versions of entries, newest first for each key, in shards
/// by the top bits of the hash.
///
/// It absorbs overwrites: the memory of an overwritten version is used again. When it is full it is
/// frozen, written as a run sorted by hash, and released.
///
/// Thread safety: readers inside an epoch need no lock. Writers hold the lock of the shard, which
/// belongs to the keyspace and outlives the store.
public final class HashStore implements Lookup.Pinnable {
    static final int UNIT_BITS = 4;
    private static final long UNIT = 1L << UNIT_BITS;
    private static final int SLICES_PER_CHUNK = 32;

    // Fixed at construction.
    private final ChunkPool pool;
    private final MemoryBudget budget;
    private final Epochs epochs;
    private final LongSupplier visible;
    private final int shardBits;
    private final Shard[] shards;
    private final int chunkShift; // of a reference

    // Guarded by this, read by all.
    private volatile MemorySegment[] chunks = new MemorySegment[0];
    private final List<ChunkPool.Chunk> owned = new ArrayList<>();
    private int sliceChunk = -1;
    private int slicesTaken = SLICES_PER_CHUNK;
    private int mediumChunk = -1;
    private long mediumTaken;
    private volatile long chunkBytes;

    private final LongAdder tableBytes = new LongAdder();
    private final AtomicInteger pins = new AtomicInteger();

    /// @param before the store that was filled before, of the same shape, or null: this one will
    ///   need tables as large as that one did
    public HashStore(
            ChunkPool pool,
            MemoryBudget budget,
            Epochs epochs,
            LongSupplier visible,
            int shardBits,
            HashStore before) {
        this.pool = pool;
        this.budget = budget;
        this.epochs = epochs;
        this.visible = visible;
        this.shardBits = shardBits;
        this.chunkShift = 63 - Long.numberOfLeadingZeros(pool.chunkSize()) - UNIT_BITS;
        this.shards = new Shard[1 << shardBits];
        for (int i = 0; i < shards.length; i++) {
            shards[i] =
                    new Shard(this, shardBits, before == null ? 0 : before.shards[i].tableBits());
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
        shard(lookup.hash).find(lookup);
    }

    /// Loads the key's slot into the processor's caches. Requires no lock.
    public void touch(long hash) {
        shard(hash).touch(hash);
    }

    /// Takes memory for an entry with a key and a value of together so many bytes.
    public long reserve(long hash, long userBytes) {
        return shard(hash).reserve(RecordLayout.HEADER_SIZE + userBytes);
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
        MemorySegment chunk = chunk(reference);
        long at = offset(reference);
        RecordLayout.writeHeader(chunk, at, kind, hash, keySize, valueSize);
        MemorySegment.copy(
                entry,
                keyAt,
                chunk,
                Bytes.BYTE,
                at + RecordLayout.HEADER_SIZE,
                keySize + valueSize);
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
        MemorySegment chunk = chunk(reference);
        long at = offset(reference);
        RecordLayout.writeHeader(chunk, at, kind, hash, keySize, valueSize);
        MemorySegment.copy(key, 0, chunk, Bytes.BYTE, at + RecordLayout.HEADER_SIZE, keySize);
        if (valueSize != 0) {
            Bytes.copyValue(value, chunk, at + RecordLayout.HEADER_SIZE + keySize, valueSize);
        }
    }

    public void link(long hash, long reference, long sequence) {
        shard(hash).link(hash, reference, sequence);
    }

    public void abandon(long hash, long reference, long userBytes) {
        shard(hash).abandon(reference, RecordLayout.HEADER_SIZE + userBytes);
    }

    /// Sequence number of the newest version of the key, or 0.
    public long latest(long hash, byte[] key, int keySize) {
        return shard(hash).latest(hash, key, keySize);
    }

    // References: chunk number and offset in units of 16 bytes, plus one chunk so that 0 is none.

    MemorySegment chunk(long reference) {
        return chunks[(int) (reference >>> chunkShift) - 1];
    }

    long offset(long reference) {
        return (reference & (1L << chunkShift) - 1) << UNIT_BITS;
    }

    long sliceSize() {
        return pool.chunkSize() / SLICES_PER_CHUNK;
    }

    synchronized long allocateSlice() {
        if (slicesTaken == SLICES_PER_CHUNK) {
            sliceChunk = add(pool.take());
            slicesTaken = 0;
        }
        long offset = slicesTaken++ * sliceSize();
        return (sliceChunk + 1L << chunkShift) + (offset >>> UNIT_BITS);
    }

    /// For records that would waste too much of a slice: they share chunks, or get one of their
    /// own.
    synchronized long allocateLarge(long size) {
        long rounded = Bytes.roundUp(size, UNIT);
        if (rounded > pool.chunkSize() / 2) {
            return add(pool.takeLarge(rounded)) + 1L << chunkShift;
        }
        if (mediumChunk < 0 || mediumTaken + rounded > pool.chunkSize()) {
            mediumChunk = add(pool.take());
            mediumTaken = 0;
        }
        long reference = (mediumChunk + 1L << chunkShift) + (mediumTaken >>> UNIT_BITS);
        mediumTaken += rounded;
        return reference;
    }

    private int add(ChunkPool.Chunk chunk) {
        int number = owned.size();
        MemorySegment[] present = chunks;
        if (number == present.length) {
            present = Arrays.copyOf(present, Math.max(16, 2 * number));
        }
        present[number] = chunk.segment();
        owned.add(chunk);
        chunkBytes += chunk.segment().byteSize();
        chunks = present; // a volatile write: who gets a reference into the chunk sees it
        return number;
    }

    void tableGrew(long bytes) {
        tableBytes.add(bytes);
        budget.charge(MemoryBudget.Account.MEMORY_STORES, bytes);
    }

    Epochs epochs() {
        return epochs;
    }

    LongSupplier visible() {
        return visible;
    }

    boolean pinned() {
        return pins.get() != 0;
    }

    @Override
    public void pin() {
        pins.incrementAndGet();
    }

    @Override
    public void unpin() {
        pins.decrementAndGet();
    }

    /// Bytes of memory taken.
    public long sizeBytes() {
        return chunkBytes + tableBytes.sum();
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
    public void sort(int shard, SortedEntries target) {
        shards[shard].sort(target);
    }

    /// Takes an entry; both arrays are its own.
    @FunctionalInterface
    public interface EntryConsumer {
        void accept(byte kind, byte[] key, byte[] value);
    }

    /// Takes a key and whether its newest version is a value.
    @FunctionalInterface
    public interface KeyConsumer {
        void accept(boolean put, byte[] key);
    }

    /// The newest visible version of each key whose hash lies in a range, both ends included.
    /// Requires: inside an epoch.
    public void forEach(long firstHash, long lastHash, long visible, EntryConsumer consumer) {
        int lastShard = shardIndex(lastHash, shardBits);
        for (int shard = shardIndex(firstHash, shardBits); shard <= lastShard; shard++) {
            shards[shard].forEach(firstHash, lastHash, visible, consumer);
        }
    }

    /// Some of the keys, from shards all over the store. Requires: inside an epoch.
    public void sample(int most, long visible, KeyConsumer consumer) {
        int[] left = {most};
        for (int i = 0; i < shards.length && left[0] > 0; i++) {
            int share = Math.max(1, most / shards.length);
            shards[i].sample(
                    Math.min(left[0], share),
                    visible,
                    (put, key) -> {
                        left[0]--;
                        consumer.accept(put, key);
                    });
        }
    }

    public MemorySegment segmentOf(long reference) {
        return chunk(reference);
    }

    public long keyOffset(long reference) {
        return offset(reference) + RecordLayout.HEADER_SIZE;
    }

    public int keySize(long reference) {
        return RecordLayout.keySize(chunk(reference), offset(reference));
    }

    public long valueSize(long reference) {
        return RecordLayout.valueSize(chunk(reference), offset(reference));
    }

    public long sequence(long reference) {
        return RecordLayout.sequence(chunk(reference), offset(reference));
    }

    public byte kind(long reference) {
        return RecordLayout.kind(chunk(reference), offset(reference));
    }

    /// Whether its memory can be given back. Requires: no reader can find it any more.
    public boolean releasable() {
        return !pinned();
    }

    /// Gives all memory back. Requires: [#releasable()].
    public synchronized void release() {
        owned.forEach(pool::giveBack);
        owned.clear();
        budget.charge(MemoryBudget.Account.MEMORY_STORES, -tableBytes.sum());
        tableBytes.reset();
        chunks = new MemorySegment[0];
        chunkBytes = 0;
    }
}
