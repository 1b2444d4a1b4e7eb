package dev.kvarts.memtable;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The entries of one range of hashes: an open-addressing table of references to records.
///
/// A slot is a tag of 24 hash bits and a reference of 40 bits. A slot once taken by a key stays
/// with it; overwriting replaces the reference. Slots are indexed by the bits after the shard's, so
/// that the table in slot order is nearly in hash order. It does not wrap round: some slots beyond
/// the end take what runs over.
///
/// Thread safety: writers hold the shard's lock; readers need none.
final class Shard {
    private static final int TABLE_SIZE_MIN = 8;
    private static final int OVERRUN = 32;
    private static final int REFERENCE_BITS = 40;
    private static final long REFERENCE_MASK = (1L << REFERENCE_BITS) - 1;
    private static final long NO_SLOT = ~REFERENCE_MASK; // a tag without a reference: never there
    private static final long TOUCH_MAX = RecordLayout.TOUCH_LINES * Lookup.LINE;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle KEYS;

    static {
        try {
            KEYS = MethodHandles.lookup().findVarHandle(Shard.class, "keys", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Fixed at construction.
    private final HashStore store;
    private final StoreMemory memory;
    private final int shardBits;

    // Written under the lock, read by all.
    private volatile long[] table;
    private int keys; // written and read by handle

    // Guarded by the lock.
    private int tableBits = 3;
    private final int expectedBits; // of the table when the store is full
    private final RecordArena arena;

    @SuppressWarnings("UnusedVariable")
    private long ends; // keeps loads that are made for their side effect on the cache

    Shard(HashStore store, StoreMemory memory, int shardBits, int expectedBits) {
        this.store = store;
        this.memory = memory;
        this.arena = new RecordArena(memory, RecordLayout.HASHED_HEADER_SIZE);
        this.shardBits = shardBits;
        this.expectedBits = expectedBits;
        this.table = new long[TABLE_SIZE_MIN + OVERRUN];
    }

    private int index(long hash, int bits) {
        return (int) (hash << shardBits >>> 64 - bits);
    }

    private static int bitsOf(long[] table) {
        return 31 - Integer.numberOfLeadingZeros(table.length - OVERRUN);
    }

    /// Answers with the newest version that may be seen, a tombstone too. Requires: the asker is
    /// inside an epoch.
    void find(Lookup lookup) {
        long newest = slotReference(lookup.hash, lookup.key, lookup.keySize);
        long reference = newest == 0 ? 0 : visibleVersion(newest, lookup.visible);
        if (reference != 0) {
            MemorySegment chunk = memory.chunk(reference);
            long at = memory.offset(reference);
            lookup.touch(chunk, at, RecordLayout.TOUCH_LINES, chunk.byteSize());
            lookup.answerPrefixBehind(
                    RecordLayout.kind(chunk, at),
                    chunk,
                    at + RecordLayout.HASHED_HEADER_SIZE + lookup.keySize,
                    RecordLayout.valueSize(chunk, at),
                    RecordLayout.sequence(chunk, at),
                    store);
        }
    }

    /// Reference of the newest version of the key, or 0.
    private long slotReference(long hash, byte[] key, int keySize) {
        long[] slots = table;
        long tag = hash << REFERENCE_BITS;
        for (int i = index(hash, bitsOf(slots)); i < slots.length; i++) {
            long slot = (long) SLOT.getAcquire(slots, i);
            if (slot == 0) {
                return 0;
            }
            if (((slot ^ tag) & ~REFERENCE_MASK) == 0
                    && holds(slot & REFERENCE_MASK, hash, key, keySize)) {
                return slot & REFERENCE_MASK;
            }
        }
        return 0;
    }

    private boolean holds(long reference, long hash, byte[] key, int keySize) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        return RecordLayout.hash(chunk, at) == hash
                && RecordLayout.keySize(chunk, at) == keySize
                && Bytes.equal(chunk, at + RecordLayout.HASHED_HEADER_SIZE, key, keySize);
    }

    long latest(long hash, byte[] key, int keySize) {
        long reference = slotReference(hash, key, keySize);
        return reference == 0
                ? 0
                : RecordLayout.sequence(memory.chunk(reference), memory.offset(reference));
    }

    void touch(long hash) {
        long[] slots = table;
        if ((long) SLOT.getOpaque(slots, index(hash, bitsOf(slots))) == NO_SLOT) {
            throw new AssertionError("memory store: slot without a reference");
        }
    }

    long reserve(long size) {
        if (keys + 1 > table.length - OVERRUN - (table.length - OVERRUN >> 2)) {
            grow();
        }
        return arena.allocate(size);
    }

    void abandon(long reference, long size) {
        arena.free(reference, size);
    }

    void link(long hash, long reference, long sequence) {
        MemorySegment chunk = memory.chunk(reference);
        long at = memory.offset(reference);
        RecordLayout.version(chunk, at, sequence, RecordLayout.kind(chunk, at));
        long tagged = hash << REFERENCE_BITS | reference;
        while (true) {
            long[] slots = table;
            for (int i = index(hash, tableBits); i < slots.length; i++) {
                long slot = slots[i];
                if (slot == 0) {
                    RecordLayout.previous(chunk, at, 0);
                    SLOT.setRelease(slots, i, tagged);
                    KEYS.setRelease(this, keys + 1);
                    return;
                }
                if (((slot ^ tagged) & ~REFERENCE_MASK) == 0
                        && sameKey(slot & REFERENCE_MASK, chunk, at)) {
                    RecordLayout.previous(chunk, at, slot & REFERENCE_MASK);
                    SLOT.setRelease(slots, i, tagged);
                    arena.retire(slot & REFERENCE_MASK, reference, sequence);
                    return;
                }
            }
            grow();
        }
    }

    private boolean sameKey(long reference, MemorySegment chunk, long at) {
        MemorySegment other = memory.chunk(reference);
        long otherAt = memory.offset(reference);
        int keySize = RecordLayout.keySize(chunk, at);
        return RecordLayout.hash(other, otherAt) == RecordLayout.hash(chunk, at)
                && RecordLayout.keySize(other, otherAt) == keySize
                && MemorySegment.mismatch(
                                other,
                                otherAt + RecordLayout.HASHED_HEADER_SIZE,
                                otherAt + RecordLayout.HASHED_HEADER_SIZE + keySize,
                                chunk,
                                at + RecordLayout.HASHED_HEADER_SIZE,
                                at + RecordLayout.HASHED_HEADER_SIZE + keySize)
                        < 0;
    }

    private void grow() {
        long[] old = table;
        for (int bits = Math.max(tableBits + 1, expectedBits); ; bits++) {
            long[] grown = new long[(1 << bits) + OVERRUN];
            if (moveAll(old, grown, bits)) {
                tableBits = bits;
                memory.charge(8L * (grown.length - old.length));
                table = grown;
                return;
            }
        }
    }

    private boolean moveAll(long[] from, long[] to, int bits) {
        for (long slot : from) {
            if (slot != 0) {
                long reference = slot & REFERENCE_MASK;
                int i =
                        index(
                                RecordLayout.hash(
                                        memory.chunk(reference), memory.offset(reference)),
                                bits);
                while (i < to.length && to[i] != 0) {
                    i++;
                }
                if (i == to.length) {
                    return false;
                }
                to[i] = slot;
            }
        }
        return true;
    }

    int keys() {
        return (int) KEYS.getAcquire(this);
    }

    int tableBits() {
        return tableBits;
    }

    /// Adds the newest versions, sorted by hash as unsigned numbers.
    void sort(SortedEntries target, long horizon) {
        int from = target.count();
        long touched = 0;
        for (long slot : table) {
            // Independent loads: the processor has many cache misses under way at once. The ends of
            // the records are wanted soon.
            if (slot != 0) {
                long reference = slot & REFERENCE_MASK;
                MemorySegment chunk = memory.chunk(reference);
                long at = memory.offset(reference);
                long expiry = RecordLayout.hashedExpiry(chunk, at);
                target.add(
                        RecordLayout.hash(chunk, at),
                        reference,
                        EntryFormat.isTombstone(RecordLayout.kind(chunk, at))
                                || expiry != 0 && expiry <= horizon);
                for (long line = at + Lookup.LINE;
                        line <= at + TOUCH_MAX && line < chunk.byteSize();
                        line += Lookup.LINE) {
                    touched += chunk.get(Bytes.BYTE, line);
                }
            }
        }
        ends = touched;
        target.sortFrom(from);
    }

    void forEach(long firstHash, long lastHash, long visible, HashStore.EntryConsumer consumer) {
        for (long slot : table) {
            long reference = slot == 0 ? 0 : visibleVersion(slot & REFERENCE_MASK, visible);
            if (reference == 0) {
                continue;
            }
            MemorySegment chunk = memory.chunk(reference);
            long at = memory.offset(reference);
            long hash = RecordLayout.hash(chunk, at);
            if (Long.compareUnsigned(hash, firstHash) >= 0
                    && Long.compareUnsigned(hash, lastHash) <= 0) {
                int keySize = RecordLayout.keySize(chunk, at);
                long keyAt = at + RecordLayout.HASHED_HEADER_SIZE;
                byte kind = RecordLayout.kind(chunk, at);
                int prefix = EntryFormat.prefixSize(kind);
                consumer.accept(
                        kind,
                        RecordLayout.hashedExpiry(chunk, at),
                        Bytes.copyOut(chunk, keyAt, keySize),
                        Bytes.copyOut(
                                chunk,
                                keyAt + keySize,
                                Math.toIntExact(RecordLayout.valueSize(chunk, at) - prefix)));
            }
        }
    }

    void sample(int most, long visible, HashStore.KeyConsumer consumer) {
        int taken = 0;
        for (long slot : table) {
            long reference = slot == 0 ? 0 : visibleVersion(slot & REFERENCE_MASK, visible);
            if (reference != 0) {
                MemorySegment chunk = memory.chunk(reference);
                long at = memory.offset(reference);
                consumer.accept(
                        EntryFormat.isPut(RecordLayout.kind(chunk, at)),
                        RecordLayout.hashedExpiry(chunk, at),
                        Bytes.copyOut(
                                chunk,
                                at + RecordLayout.HASHED_HEADER_SIZE,
                                RecordLayout.keySize(chunk, at)));
                if (++taken == most) {
                    return;
                }
            }
        }
    }

    private long visibleVersion(long newest, long visible) {
        long reference = newest;
        while (reference != 0) {
            MemorySegment chunk = memory.chunk(reference);
            if (RecordLayout.sequence(chunk, memory.offset(reference)) <= visible) {
                return reference;
            }
            reference = RecordLayout.previous(chunk, memory.offset(reference));
        }
        return 0;
    }
}
