package dev.kvarts.cache;

import dev.kvarts.jobs.SpinLock;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/// One shard of [BlockCache]: a table, two queues, and memory.
///
/// ```
/// loaded ----> small queue, a tenth ---- used twice ----> main queue <---- used: once round again
///                  | put out                ^               | put out
///                  v                        |               v
///              ghost queue -- loaded again -+             limbo ---- two epochs, no pin ----> free memory
///                  and limbo
/// ```
///
/// Readers look into the table without a lock. It is open-addressed and at most a quarter full, and
/// whoever holds the lock moves entries while readers look: a reader may miss a block that is
/// there, and asks again under the lock; it never takes one block for another, because a block
/// carries its name.
final class BlockCacheShard extends SpinLock {
    /// Heap that a cached block takes, about: the object, its share of table and queues.
    static final int HEAP_PER_BLOCK = 112;

    private static final int TABLE_SIZE_MIN = 64;
    private static final int SLOTS_PER_BLOCK = 4;
    private static final byte USES_MAX = 3;
    private static final int ROUNDS_MAX = 128; // of used blocks, before one goes nevertheless
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Block[].class);

    // Fixed at construction.
    private final Epochs epochs;
    private final MemoryBudget budget;
    private final BlockMemory memory;
    private final int slabSize;

    // Written under the lock, read by all.
    private volatile Block[] table = new Block[TABLE_SIZE_MIN];

    // Guarded by the lock.
    private final ArrayDeque<Block> small = new ArrayDeque<>(); // and those that were forgotten
    private final ArrayDeque<Block> main = new ArrayDeque<>();
    private final ArrayDeque<Block> limbo = new ArrayDeque<>(); // unlinked, in the order of epochs
    private final List<Block> held = new ArrayList<>(); // out of every epoch, but pinned
    private final List<Arena> done = new ArrayList<>(); // to be closed without the lock
    private GhostQueue ghost = new GhostQueue(TABLE_SIZE_MIN / SLOTS_PER_BLOCK);
    private long capacityBytes;
    private int blocks; // linked
    private long smallBytes; // in chunks
    private long mainBytes;
    private long limboBytes;
    private long ownBytes; // of blocks with memory of their own
    private long misses;
    private long evictions;
    private long returned;
    private long passing;

    BlockCacheShard(Epochs epochs, MemoryBudget budget, long capacityBytes, int slabSize) {
        this.epochs = epochs;
        this.budget = budget;
        this.memory = new BlockMemory(budget, slabSize);
        this.slabSize = slabSize;
        this.capacityBytes = capacityBytes;
    }

    /// Requires: the caller is in an epoch.
    Block find(long hash, long file, long position) {
        Block[] table = this.table;
        int mask = table.length - 1;
        int at = (int) hash & mask;
        while (true) {
            Block block = (Block) SLOT.getAcquire(table, at);
            if (block == null) {
                return null;
            }
            if (block.is(file, position)) {
                if (block.uses < USES_MAX) {
                    block.uses++;
                }
                return block;
            }
            at = at + 1 & mask;
        }
    }

    /// Memory for a block that is to be loaded, or the block if somebody else has loaded it.
    /// Requires: the caller is in an epoch.
    Block reserve(long hash, long file, long position, int size) {
        lock();
        try {
            Block found = find(hash, file, position);
            if (found != null) {
                return found;
            }
            misses++;
            reclaim();
            Block block = size <= slabSize / 2 ? allocate(file, position, size) : null;
            makeRoom(BlockMemory.chunkSize(size));
            if (block == null && size <= slabSize / 2) {
                reclaim();
                block = memory.allocate(file, position, size);
            }
            return block != null ? block : allocateAlone(file, position, size);
        } finally {
            unlock();
        }
    }

    private Block allocate(long file, long position, int size) {
        Block block = memory.allocate(file, position, size);
        if (block == null && mayGrow()) {
            memory.grow();
            block = memory.allocate(file, position, size);
        }
        return block;
    }

    /// Whether one more slab, full of blocks, is within the capacity.
    private boolean mayGrow() {
        return memory.reservedBytes() + slabSize + slabSize / 32 + heapBytes() <= capacityBytes
                || memory.reservedBytes() == 0;
    }

    private long heapBytes() {
        return (long) blocks * HEAP_PER_BLOCK;
    }

    /// Puts blocks out ahead of need, because their memory comes back only when the epochs have
    /// passed.
    private void makeRoom(int chunkSize) {
        long reserve = Math.min(Math.max(capacityBytes / 64, 8L * chunkSize), capacityBytes / 4);
        while ((!mayGrow() && memory.freeBytes(chunkSize) + limboBytes < reserve
                        || memory.keptBytes() + heapBytes() > capacityBytes)
                && evict()) {}
    }

    /// A block that is not kept: too large, or readers stay so long that no memory comes back.
    private Block allocateAlone(long file, long position, int size) {
        Arena arena = Arena.ofShared();
        try {
            var block = new Block(file, position, size, arena);
            ownBytes += size;
            budget.charge(MemoryBudget.Account.BLOCK_CACHE, size);
            passing++;
            return block;
        } catch (OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    /// Takes a block from [#reserve] that is loaded now. Returns it, or the one that somebody else
    /// was faster with. Requires: the caller is still in the epoch.
    Block admit(long hash, Block block) {
        lock();
        try {
            Block found = find(hash, block.file, block.position);
            if (found != null) {
                release(block);
                return found;
            }
            block.loading = false;
            if (block.slab == null) {
                retire(block);
                return block;
            }
            link(hash, block);
            int chunk = BlockMemory.chunkSize(block.size);
            if (ghost.contains(hash, blocks)) {
                returned++;
                main.add(block);
                mainBytes += chunk;
            } else {
                small.add(block);
                smallBytes += chunk;
            }
            return block;
        } finally {
            unlock();
        }
    }

    /// Gives back a block from [#reserve] that could not be loaded.
    void abandon(Block block) {
        lock();
        try {
            release(block);
        } finally {
            unlock();
        }
    }

    /// Puts out one block. Returns false if there is none that may go.
    private boolean evict() {
        int rounds = 0;
        for (int tries = small.size() + main.size() + ROUNDS_MAX; tries > 0; tries--) {
            boolean fromSmall = main.isEmpty() || !small.isEmpty() && smallBytes * 9 >= mainBytes;
            Block block = fromSmall ? small.poll() : main.poll();
            if (block == null) {
                return false;
            }
            if (!block.linked) {
                continue; // forgotten
            }
            int chunk = BlockMemory.chunkSize(block.size);
            smallBytes -= fromSmall ? chunk : 0;
            mainBytes -= fromSmall ? 0 : chunk;
            boolean used = block.uses > (fromSmall ? 1 : 0);
            if (block.pinned() || used && rounds++ < ROUNDS_MAX) {
                block.uses = (byte) (fromSmall ? 0 : Math.max(block.uses - 1, 0));
                main.add(block);
                mainBytes += chunk;
                continue;
            }
            evictions++;
            if (fromSmall) {
                ghost.add(BlockCache.hash(block.file, block.position));
            }
            unlink(block);
            retire(block);
            return true;
        }
        return false;
    }

    private void retire(Block block) {
        block.unlinked = epochs.current();
        limbo.add(block);
        limboBytes += block.slab == null ? 0 : BlockMemory.chunkSize(block.size);
    }

    /// Frees what nobody can be looking at any more.
    private void reclaim() {
        if (!held.isEmpty()) {
            held.removeIf(this::releaseUnpinned);
        }
        while (!limbo.isEmpty() && epochs.passed(limbo.peek().unlinked)) {
            Block block = limbo.poll();
            limboBytes -= block.slab == null ? 0 : BlockMemory.chunkSize(block.size);
            if (!releaseUnpinned(block)) {
                held.add(block);
            }
        }
    }

    private boolean releaseUnpinned(Block block) {
        if (block.pinned()) {
            return false;
        }
        release(block);
        return true;
    }

    private void release(Block block) {
        if (block.slab != null) {
            memory.free(block);
        } else {
            ownBytes -= block.size;
            budget.charge(MemoryBudget.Account.BLOCK_CACHE, -block.size);
            done.add(block.arena);
        }
    }

    private void link(long hash, Block block) {
        if ((blocks + 1) * SLOTS_PER_BLOCK > table.length) {
            enlargeTable();
        }
        put(table, hash, block);
        block.linked = true;
        blocks++;
        budget.charge(MemoryBudget.Account.BLOCK_CACHE, HEAP_PER_BLOCK);
    }

    private static void put(Block[] table, long hash, Block block) {
        int mask = table.length - 1;
        int at = (int) hash & mask;
        while (table[at] != null) {
            at = at + 1 & mask;
        }
        SLOT.setRelease(table, at, block);
    }

    private void enlargeTable() {
        var larger = new Block[table.length * 2];
        for (Block block : table) {
            if (block != null) {
                put(larger, BlockCache.hash(block.file, block.position), block);
            }
        }
        table = larger;
        ghost = new GhostQueue(larger.length / SLOTS_PER_BLOCK);
    }

    /// Later blocks of the chain move up.
    private void unlink(Block block) {
        Block[] table = this.table;
        int mask = table.length - 1;
        int hole = (int) BlockCache.hash(block.file, block.position) & mask;
        while (table[hole] != block) {
            hole = hole + 1 & mask;
        }
        for (int at = hole + 1 & mask; table[at] != null; at = at + 1 & mask) {
            int home = (int) BlockCache.hash(table[at].file, table[at].position) & mask;
            if ((at - home & mask) >= (at - hole & mask)) {
                SLOT.setRelease(table, hole, table[at]);
                hole = at;
            }
        }
        SLOT.setRelease(table, hole, null);
        block.linked = false;
        blocks--;
        budget.charge(MemoryBudget.Account.BLOCK_CACHE, -HEAP_PER_BLOCK);
    }

    /// Puts out what the predicate chooses. The queues find out later.
    private void putOut(Predicate<Block> chosen) {
        for (Block block : small) {
            if (block.linked && chosen.test(block)) {
                smallBytes -= BlockMemory.chunkSize(block.size);
                unlink(block);
                retire(block);
            }
        }
        for (Block block : main) {
            if (block.linked && chosen.test(block)) {
                mainBytes -= BlockMemory.chunkSize(block.size);
                unlink(block);
                retire(block);
            }
        }
        small.removeIf(block -> !block.linked);
        main.removeIf(block -> !block.linked);
    }

    /// Requires: `files` is sorted.
    void forget(long[] files) {
        lock();
        try {
            putOut(block -> Arrays.binarySearch(files, block.file) >= 0);
            reclaim();
        } finally {
            unlock();
        }
    }

    void resize(long capacityBytes) {
        lock();
        try {
            this.capacityBytes = capacityBytes;
            memory.shrink(Math.max(capacityBytes - slabSize / 32, slabSize));
            putOut(block -> block.slab.retired);
            makeRoom(BlockMemory.chunkSize(1));
            reclaim();
        } finally {
            unlock();
        }
    }

    /// What was done without the lock. The arenas of blocks that had memory of their own: closing
    /// one asks every thread.
    void closeDone() {
        if (done.isEmpty()) {
            return; // read without the lock: who comes later closes them
        }
        List<Arena> closing;
        lock();
        try {
            closing = List.copyOf(done);
            done.clear();
        } finally {
            unlock();
        }
        closing.forEach(Arena::close);
    }

    void addTo(BlockCacheStatistics.Sum sum) {
        lock();
        try {
            sum.misses += misses;
            sum.evictions += evictions;
            sum.returned += returned;
            sum.passing += passing;
            sum.blocks += blocks;
            sum.blockBytes += smallBytes + mainBytes;
            sum.reservedBytes += memory.reservedBytes() + ownBytes + heapBytes();
        } finally {
            unlock();
        }
    }

    /// Requires: nobody uses the cache any more.
    void close() {
        lock();
        try {
            putOut(_ -> true);
            limbo.addAll(held);
            limbo.forEach(
                    block -> {
                        if (block.slab == null) {
                            release(block);
                        }
                    });
            limbo.clear();
            held.clear();
            memory.close();
        } finally {
            unlock();
        }
        closeDone();
    }
}
