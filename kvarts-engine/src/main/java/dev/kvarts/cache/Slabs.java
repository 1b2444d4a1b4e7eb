package dev.kvarts.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Hands out blocks of any size from few large native segments, and takes them back.
///
/// Made for blocks that are replaced in turn, over and over: new blocks come from the place after
/// the last one (next fit), so the old blocks of a whole round lie side by side and merge into one
/// free stretch that moves round. A segment that is wholly free is given back to the system, but
/// for one.
///
/// Thread safety: one thread at a time. Who frees a block makes sure that no reader is in it
/// ([Epochs]).
public final class Slabs implements AutoCloseable {
    private static final long GRANULE = 16;

    private final MemoryBudget budget;
    private final MemoryBudget.Account account;
    private final long slabSizeMin;
    private final long slabSizeMax;
    private final List<Slab> slabs = new ArrayList<>();
    private int current;
    private long usedBytes;
    private long reservedBytes;

    public Slabs(
            MemoryBudget budget, MemoryBudget.Account account, long slabSizeMin, long slabSizeMax) {
        this.budget = budget;
        this.account = account;
        this.slabSizeMin = slabSizeMin;
        this.slabSizeMax = slabSizeMax;
    }

    /// A block: where it lies and how to give it back.
    public static final class Block {
        private final Slab slab;
        public final MemorySegment segment;
        public final long offset;
        public final long size;

        private Block(Slab slab, long offset, long size) {
            this.slab = slab;
            this.segment = slab.segment;
            this.offset = offset;
            this.size = size;
        }
    }

    private static final class Slab {
        final Arena arena;
        final MemorySegment segment;
        final TreeMap<Long, Long> free = new TreeMap<>(); // offset -> size
        long freeBytes;
        long next;

        Slab(Arena arena, long size) {
            this.arena = arena;
            this.segment = arena.allocate(size, GRANULE);
            free.put(0L, size);
            freeBytes = size;
        }

        long take(long size) {
            if (freeBytes < size) {
                return -1;
            }
            var floor = free.floorEntry(next);
            long found = floor == null ? -1 : fits(floor, size);
            if (found < 0) {
                found = search(free.tailMap(next), size);
            }
            if (found < 0) {
                found = search(free.headMap(next), size);
            }
            if (found < 0) {
                return -1;
            }
            long length = free.remove(found);
            if (length > size) {
                free.put(found + size, length - size);
            }
            freeBytes -= size;
            next = found + size;
            return found;
        }

        private static long search(Map<Long, Long> stretches, long size) {
            for (var stretch : stretches.entrySet()) {
                if (stretch.getValue() >= size) {
                    return stretch.getKey();
                }
            }
            return -1;
        }

        private static long fits(Map.Entry<Long, Long> stretch, long size) {
            return stretch.getValue() >= size ? stretch.getKey() : -1;
        }

        void giveBack(long offset, long size) {
            freeBytes += size;
            var before = free.floorEntry(offset);
            if (before != null && before.getKey() + before.getValue() == offset) {
                offset = before.getKey();
                size += before.getValue();
                free.remove(offset);
            }
            Long after = free.remove(offset + size);
            free.put(offset, after == null ? size : size + after);
        }
    }

    /// A block of at least `size` bytes, with undefined contents.
    public Block allocate(long size) {
        long rounded = (Math.max(size, 1) + GRANULE - 1) & -GRANULE;
        for (int i = 0; i < slabs.size(); i++) {
            int index = (current + i) % slabs.size();
            long offset = slabs.get(index).take(rounded);
            if (offset >= 0) {
                current = index;
                usedBytes += rounded;
                return new Block(slabs.get(index), offset, rounded);
            }
        }
        long slabSize =
                Math.clamp(Long.highestOneBit(reservedBytes / 16 + 1), slabSizeMin, slabSizeMax);
        var slab = new Slab(budget.newArena(), Math.max(slabSize, rounded));
        slabs.add(slab);
        current = slabs.size() - 1;
        reservedBytes += slab.segment.byteSize();
        budget.charge(account, slab.segment.byteSize());
        usedBytes += rounded;
        return new Block(slab, slab.take(rounded), rounded);
    }

    public void free(Block block) {
        block.slab.giveBack(block.offset, block.size);
        usedBytes -= block.size;
        if (block.slab.freeBytes == block.slab.segment.byteSize() && slabs.size() > 1) {
            slabs.remove(block.slab);
            current = 0;
            release(block.slab);
        }
    }

    private void release(Slab slab) {
        reservedBytes -= slab.segment.byteSize();
        budget.charge(account, -slab.segment.byteSize());
        slab.arena.close();
    }

    /// Bytes in blocks.
    public long usedBytes() {
        return usedBytes;
    }

    /// Bytes taken from the system.
    public long reservedBytes() {
        return reservedBytes;
    }

    @Override
    public void close() {
        slabs.forEach(this::release);
        slabs.clear();
        usedBytes = 0;
    }
}
