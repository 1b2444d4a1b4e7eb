package dev.kvarts.memtable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// What the writers of one shard of a sorted store share: the memory of its records, a count, a
/// buffer.
///
/// Thread safety: under the shard's lock, but for [#keys()].
final class SortedShard {
    private static final int KEY_SIZE_MAX = 1024; // of the buffer
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
    private final KeyBuffer longKeys; // of all shards
    private byte[] key = new byte[64];
    private int keys; // written and read by handle

    SortedShard(
            StoreMemory memory,
            int number,
            SortedIndex index,
            RecordArena arena,
            KeyBuffer longKeys) {
        this.memory = memory;
        this.longKeys = longKeys;
        this.number = number;
        this.index = index;
        this.arena = arena;
    }

    long reserve(long userBytes) {
        if (key.length < userBytes) {
            roomForKey(userBytes);
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

    private void roomForKey(long userBytes) {
        int size = (int) Math.min(2 * userBytes, KEY_SIZE_MAX);
        if (size > key.length) {
            byte[] larger = new byte[size];
            memory.charge(size - key.length);
            key = larger;
        }
        if (userBytes > KEY_SIZE_MAX) {
            longKeys.prepare();
        }
    }

    void link(long reference, long sequence) {
        int keySize = RecordLayout.keySize(memory.chunk(reference), memory.offset(reference));
        if (keySize <= key.length) {
            link(key, keySize, reference, sequence);
        } else {
            synchronized (longKeys) {
                link(longKeys.bytes(), keySize, reference, sequence);
            }
        }
    }

    private void link(byte[] buffer, int keySize, long reference, long sequence) {
        RecordLayout.copyKey(memory, reference, buffer);
        long older = index.link(number, buffer, keySize, reference);
        if (older == 0) {
            KEYS.setRelease(this, keys + 1);
        } else if (!RecordLayout.kept(memory, older)) {
            arena.retire(older, reference, sequence);
        }
    }

    int keys() {
        return (int) KEYS.getAcquire(this);
    }
}
