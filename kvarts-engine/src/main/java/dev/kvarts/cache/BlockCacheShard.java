package dev.kvarts.cache;

import dev.kvarts.jobs.SpinLock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    static final int HEAP_PER_BLOCK = 128;

    private static final int TABLE_SIZE_MIN = 64;
    private static final int FORGOTTEN_MAX = 64;
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
    private final ArrayDeque<Block> small = new ArrayDeque<>(); // with blocks that are forgotten
    private final ArrayDeque<Block> main = new ArrayDeque<>();
    private final ArrayDeque<Block> limbo = new ArrayDeque<>(); // unlinked, in the order of epochs
    private final List<Block> held = new ArrayList<>(); // out of every epoch, but pinned
    private GhostQueue ghost = new GhostQueue(TABLE_SIZE_MIN / SLOTS_PER_BLOCK);
    private long capacityBytes;
    private final Map<Long, Block.OfFile> files = new HashMap<>();
    private int blocks; // linked
    private int forgotten; // in the queues, but not linked
    private long smallBytes; // in chunks
    private long mainBytes;
    private long limboBytes;
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

    /// Memory for a block that is to be loaded, or the block if somebody else has loaded it. Null
    /// if it is too large, or readers stay in their epochs so long that no memory comes back.
    /// Requires: the caller is in an epoch.
    Block reserve(long hash, long file, long position, int size) {
        lock();
        try {
            Block found = find(hash, file, position);
            if (found != null) {
                return found;
            }
            misses++;
            Block block = null;
            if (size <= slabSize / 2) {
                block = allocate(file, position, size);
                makeRoom(BlockMemory.chunkSize(size));
                if (block == null) {
                    reclaim();
                    block = memory.allocate(file, position, size);
                }
            }
            passing += block == null ? 1 : 0;
            return block;
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
        return memory.reservedBytes() + slabSize + slabSize / 32 + heapBytes() <= capacityBytes;
    }

    private long heapBytes() {
        return (long) blocks * HEAP_PER_BLOCK;
    }

    /// Puts blocks out ahead of need, because their memory comes back only when the epochs have
    /// passed; and has it come back, many blocks at a time.
    private void makeRoom(int chunkSize) {
        long reserve = Math.min(Math.max(capacityBytes / 64, 8L * chunkSize), capacityBytes / 4);
        if (limboBytes > reserve / 2) {
            reclaim();
        }
        while ((!mayGrow() && memory.freeBytes(chunkSize) + limboBytes < reserve
                        || memory.keptBytes() + heapBytes() > capacityBytes)
                && evict()) {}
    }

    /// Takes a block from [#reserve] that is loaded now. Returns it, or the one that somebody else
    /// was faster with. Requires: the caller is still in the epoch.
    Block admit(long hash, Block block) {
        lock();
        try {
            Block found = find(hash, block.file, block.position);
            if (found != null) {
                memory.free(block);
                return found;
            }
            block.loading = false;
            if (block.slab.retired) {
                retire(block);
                return block;
            }
            link(hash, block);
            boolean again = ghost.contains(hash, blocks);
            returned += again ? 1 : 0;
            enqueue(block, again);
            return block;
        } finally {
            unlock();
        }
    }

    /// Gives back a block from [#reserve] that could not be loaded.
    void abandon(Block block) {
        lock();
        try {
            memory.free(block);
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
                forgotten--;
                continue;
            }
            uncount(block);
            boolean used = block.uses > (fromSmall ? 1 : 0);
            if (block.pinned() || used && rounds++ < ROUNDS_MAX) {
                block.uses = (byte) (fromSmall ? 0 : Math.max(block.uses - 1, 0));
                enqueue(block, true);
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
        // Unlinked in everybody's eyes before the epoch is read: else one who enters the next epoch
        // could still find the block, and would not be waited for.
        VarHandle.fullFence();
        block.unlinked = epochs.current();
        limbo.add(block);
        limboBytes += BlockMemory.chunkSize(block.size);
    }

    /// Frees what nobody can be looking at any more.
    private void reclaim() {
        if (!held.isEmpty()) {
            held.removeIf(this::releaseUnpinned);
        }
        while (!limbo.isEmpty() && epochs.passed(limbo.peek().unlinked)) {
            Block block = limbo.poll();
            limboBytes -= BlockMemory.chunkSize(block.size);
            if (!releaseUnpinned(block)) {
                held.add(block);
            }
        }
    }

    private boolean releaseUnpinned(Block block) {
        if (block.pinned()) {
            return false;
        }
        memory.free(block);
        return true;
    }

    private void link(long hash, Block block) {
        if ((blocks + 1) * SLOTS_PER_BLOCK > table.length) {
            enlargeTable();
        }
        put(table, hash, block);
        files.computeIfAbsent(block.file, Block.OfFile::new).add(block);
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
        block.siblings.remove(block);
        if (block.siblings.first == null) {
            files.remove(block.file);
        }
        block.linked = false;
        blocks--;
        budget.charge(MemoryBudget.Account.BLOCK_CACHE, -HEAP_PER_BLOCK);
    }

    void forget(long file) {
        lock();
        try {
            Block.OfFile ofFile = files.get(file);
            while (ofFile != null && ofFile.first != null) {
                putOut(ofFile.first);
            }
            purge();
            reclaim();
        } finally {
            unlock();
        }
    }

    /// Puts out a block, wherever it is; its queue finds out when it meets it.
    private void putOut(Block block) {
        uncount(block);
        unlink(block);
        retire(block);
        forgotten++;
    }

    private void count(Block block) {
        int chunk = BlockMemory.chunkSize(block.size);
        smallBytes += block.main ? 0 : chunk;
        mainBytes += block.main ? chunk : 0;
    }

    private void uncount(Block block) {
        int chunk = BlockMemory.chunkSize(block.size);
        smallBytes -= block.main ? 0 : chunk;
        mainBytes -= block.main ? chunk : 0;
    }

    private void enqueue(Block block, boolean main) {
        block.main = main;
        (main ? this.main : small).add(block);
        count(block);
    }

    /// Queues whose blocks are mostly forgotten are cleared of them.
    private void purge() {
        if (forgotten > blocks + FORGOTTEN_MAX) {
            small.removeIf(block -> !block.linked);
            main.removeIf(block -> !block.linked);
            forgotten = 0;
        }
    }

    void resize(long capacityBytes) {
        lock();
        try {
            this.capacityBytes = capacityBytes;
            memory.shrink(capacityBytes - slabSize / 32);
            putOutRetired(small);
            putOutRetired(main);
            purge();
            makeRoom(BlockMemory.chunkSize(1));
            reclaim();
        } finally {
            unlock();
        }
    }

    private void putOutRetired(ArrayDeque<Block> queue) {
        for (Block block : queue) {
            if (block.linked && block.slab.retired) {
                putOut(block);
            }
        }
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
            sum.reservedBytes += memory.reservedBytes() + heapBytes();
        } finally {
            unlock();
        }
    }

    int queued() {
        lock();
        try {
            return small.size() + main.size();
        } finally {
            unlock();
        }
    }

    long freeBytes() {
        lock();
        try {
            return memory.freeBytes();
        } finally {
            unlock();
        }
    }

    /// Requires: nobody uses the cache any more.
    void close() {
        lock();
        try {
            budget.charge(MemoryBudget.Account.BLOCK_CACHE, -heapBytes());
            table = new Block[TABLE_SIZE_MIN];
            blocks = 0;
            memory.close();
        } finally {
            unlock();
        }
    }
}
