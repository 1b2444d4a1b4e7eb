package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.cache.Pinnable;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeTombstones;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A memory store of ordered keys: recent versions of entries in the order of the keys, newest
/// first for each key, and the ranges that were deleted.
///
/// It absorbs overwrites: the memory of an overwritten version is used again. When it is full it is
/// frozen, written as a table, and released.
///
/// Thread safety: readers inside an epoch need no lock and wait for nobody; a cursor either stays
/// in the epoch in which it was made or pins the store in it. Writers hold the lock of the shard,
/// which belongs to the keyspace and outlives the store; shards are there only to let several
/// threads write, the keys of all are in one index.
public final class SortedStore implements Pinnable {
    // Fixed at construction.
    private final StoreMemory memory;
    private final int shardBits;
    private final SortedShard[] shards;
    private final SortedIndex index;
    private final DeletedRanges deletedRanges;

    /// @param before the store that was filled before, or null: this one expects keys that begin
    ///   alike. It is not released yet
    /// @param born every version that comes into the store is newer than this sequence number
    public SortedStore(
            ChunkPool pool,
            MemoryBudget budget,
            Epochs epochs,
            LiveSnapshots snapshots,
            int shardBits,
            SortedStore before,
            long born) {
        this(pool, budget, epochs, snapshots, shardBits, before, born, BPlusTree::new);
    }

    SortedStore(
            ChunkPool pool,
            MemoryBudget budget,
            Epochs epochs,
            LiveSnapshots snapshots,
            int shardBits,
            SortedStore before,
            long born,
            SortedIndex.Factory indexes) {
        this.memory = new StoreMemory(pool, budget, epochs, snapshots, born);
        this.shardBits = shardBits;
        this.deletedRanges = new DeletedRanges(memory);
        var arenas = new RecordArena[1 << shardBits];
        Arrays.setAll(arenas, _ -> new RecordArena(memory, RecordLayout.SORTED_HEADER_SIZE));
        byte[] prefix = before == null ? new byte[0] : before.commonPrefix();
        this.index = indexes.of(memory, arenas, new KeyHeads(prefix));
        this.shards = new SortedShard[arenas.length];
        var longKeys = new KeyBuffer(memory);
        Arrays.setAll(shards, i -> new SortedShard(memory, i, index, arenas[i], longKeys));
    }

    /// What the keys of this store begin with, all of them.
    private byte[] commonPrefix() {
        SortedIndex.Cursor cursor = index.cursor();
        long first = cursor.first();
        long last = cursor.last();
        if (first == 0) {
            return new byte[0];
        }
        byte[] low = key(first);
        byte[] high = key(last);
        int common = Arrays.mismatch(low, high);
        return common < 0 ? new byte[0] : Arrays.copyOf(low, common);
    }

    private byte[] key(long reference) {
        byte[] key =
                new byte[RecordLayout.keySize(memory.chunk(reference), memory.offset(reference))];
        RecordLayout.copyKey(memory, reference, key);
        return key;
    }

    private SortedShard shard(long hash) {
        return shards[shardIndex(hash, shardBits)];
    }

    /// Which shard keys of this hash are in.
    public static int shardIndex(long hash, int shardBits) {
        return HashStore.shardIndex(hash, shardBits);
    }

    /// Answers with the newest version of the key that may be seen, a tombstone too; deleted ranges
    /// are the asker's to apply. Requires: the asker is inside an epoch.
    public void find(Lookup lookup) {
        if (!memory.mayShow(lookup.visible)) {
            return;
        }
        long newest = index.find(lookup.key, lookup.keySize);
        long reference =
                newest == 0 ? 0 : RecordLayout.visibleVersion(memory, newest, lookup.visible);
        if (reference != 0) {
            MemorySegment chunk = memory.chunk(reference);
            long at = memory.offset(reference);
            lookup.touch(chunk, at, RecordLayout.TOUCH_LINES, chunk.byteSize());
            lookup.answer(
                    RecordLayout.kind(chunk, at),
                    chunk,
                    at + RecordLayout.SORTED_HEADER_SIZE + RecordLayout.keySize(chunk, at),
                    RecordLayout.valueSize(chunk, at),
                    RecordLayout.sequence(chunk, at),
                    this);
        }
    }

    /// Whether it may have versions up to this sequence number, now or later.
    public boolean mayShow(long visible) {
        return memory.mayShow(visible) && !isEmpty();
    }

    /// A walk over the newest versions that may be seen. Requires: [#mayShow(long)]; the asker is
    /// inside an epoch; it stays there, or pins the store and unpins it after the cursor's last
    /// move.
    public EntryCursor cursor(long visible) {
        return new SortedCursor(memory, index.cursor(), visible);
    }

    /// The ranges that were deleted, up to now.
    public RangeTombstones rangeTombstones() {
        return deletedRanges.present();
    }

    /// How many deletions of ranges it took.
    public long rangeTombstoneCount() {
        return deletedRanges.count();
    }

    /// Takes memory for an entry with a key and a value of together so many bytes.
    ///
    /// @throws OutOfMemoryError if there is none; nothing has happened then
    public long reserve(long hash, long userBytes) {
        return shard(hash).reserve(userBytes);
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
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        RecordLayout.writeSortedHeader(chunk, at, kind, keySize, valueSize);
        MemorySegment.copy(
                entry,
                keyAt,
                chunk,
                Bytes.BYTE,
                at + RecordLayout.SORTED_HEADER_SIZE,
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
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference) + RecordLayout.SORTED_HEADER_SIZE;
        RecordLayout.writeSortedHeader(chunk, memory.offset(reference), kind, keySize, valueSize);
        MemorySegment.copy(key, 0, chunk, Bytes.BYTE, at, keySize);
        if (valueSize != 0) {
            Bytes.copyValue(value, chunk, at + keySize, valueSize);
        }
    }

    /// Makes a filled entry the newest version of its key, or its range deleted.
    public void link(long hash, long reference, long sequence) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        byte kind = RecordLayout.kind(chunk, at);
        RecordLayout.version(chunk, at, sequence, kind);
        if (kind == EntryFormat.RANGE_DELETE) {
            int keySize = RecordLayout.keySize(chunk, at);
            long valueSize = RecordLayout.valueSize(chunk, at);
            deletedRanges.add(
                    chunk, at + RecordLayout.SORTED_HEADER_SIZE, keySize, valueSize, sequence);
            shard(hash).abandon(reference, keySize + valueSize);
        } else {
            // Nodes of the index, and the keys in it, are of other shards too.
            int token = memory.epochs().enter();
            try {
                shard(hash).link(reference, sequence);
            } finally {
                memory.epochs().exit(token);
            }
        }
    }

    /// Gives reserved memory back.
    public void abandon(long hash, long reference, long userBytes) {
        shard(hash).abandon(reference, userBytes);
    }

    /// Sequence number of the newest version of the key or of a deleted range that it is in,
    /// whichever is newer; 0 if there is neither.
    public long latest(long hash, byte[] key, int keySize) {
        long covering = rangeTombstones().covering(key, keySize, Long.MAX_VALUE);
        int token = memory.epochs().enter();
        try {
            long newest = index.find(key, keySize);
            return newest == 0
                    ? covering
                    : Math.max(
                            covering,
                            RecordLayout.sequence(memory.chunk(newest), memory.offset(newest)));
        } finally {
            memory.epochs().exit(token);
        }
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
        for (SortedShard shard : shards) {
            sum += shard.keys();
        }
        return sum;
    }

    /// Whether it holds neither a key nor a deleted range.
    public boolean isEmpty() {
        for (SortedShard shard : shards) {
            if (shard.keys() != 0) {
                return false;
            }
        }
        return rangeTombstoneCount() == 0;
    }

    public int shardCount() {
        return shards.length;
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
