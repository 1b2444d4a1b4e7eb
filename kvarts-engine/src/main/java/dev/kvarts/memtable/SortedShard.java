package dev.kvarts.memtable;

import dev.kvarts.api.Limits;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// What the writers of one shard of a sorted store share: the memory of its records, a count, a
/// buffer.
///
/// Thread safety: under the shard's lock, but for [#keys()].
final class SortedShard {
    private static final VarHandle KEYS;

    static {
        try {
            KEYS = MethodHandles.lookup().findVarHandle(SortedShard.class, "keys", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final StoreMemory memory;
    private final int number;
    private final SortedIndex index;
    private final RecordArena arena;
    private byte[] key = new byte[64];
    private int keys; // written and read by handle

    SortedShard(StoreMemory memory, int number, SortedIndex index, RecordArena arena) {
        this.memory = memory;
        this.number = number;
        this.index = index;
        this.arena = arena;
    }

    long reserve(long userBytes) {
        int keySizeMax = (int) Math.min(userBytes, Limits.KEY_SIZE_MAX);
        if (key.length < keySizeMax) {
            int size = Math.min(Limits.KEY_SIZE_MAX, 2 * keySizeMax);
            memory.charge(size);
            key = new byte[size];
        }
        index.reserve(number);
        try {
            return arena.allocate(RecordLayout.SORTED_HEADER_SIZE + userBytes);
        } catch (OutOfMemoryError e) {
            index.abandon(number);
            throw e;
        }
    }

    void abandon(long reference, long userBytes) {
        index.abandon(number);
        arena.free(reference, RecordLayout.SORTED_HEADER_SIZE + userBytes);
    }

    void link(long reference, long sequence) {
        MemorySegment chunk = memory.chunk(reference);
        int keySize = RecordLayout.keySize(chunk, memory.offset(reference));
        RecordLayout.copyKey(memory, reference, key);
        long older = index.link(number, key, keySize, reference);
        if (older == 0) {
            KEYS.setRelease(this, keys + 1);
        } else if (!RecordLayout.kept(memory, older)) {
            arena.retire(older, sequence);
        }
    }

    int keys() {
        return (int) KEYS.getAcquire(this);
    }
}
