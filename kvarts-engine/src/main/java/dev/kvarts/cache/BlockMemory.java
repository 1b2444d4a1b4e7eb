package dev.kvarts.cache;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The memory of one shard of the block cache: chunks of any size, cut from slabs and merged with
/// their neighbours when they are free.
///
/// Free chunks are listed by size, 32 lists for every doubling, and a bitmap says which lists have
/// some: two-level segregated fit (Masmano, Ripoll, Crespo, Real, 2004). Blocks of a table differ
/// little in size, and their chunks are rounded up to the smallest size of a list (3 % at most,
/// from 2 KiB on), so what one leaves the next one fills. In a slab every byte belongs to a chunk:
///
/// ```
///  0  4  size of the chunk, a multiple of 64; + 1 if it is free
///  4  4  size of the chunk before it, 0 if it is the first
///  8  8  next in its list   (of a free chunk; a place is slab << 32 | offset, 0 is none)
/// 16  8  previous in its list
/// 16     bytes of the block (of a chunk that is used)
/// ```
///
/// Thread safety: one thread at a time, under the shard's lock.
final class BlockMemory implements AutoCloseable {
    private static final int UNIT = 64;
    private static final int HEADER_SIZE = 16;
    private static final int FREE = 1;
    private static final int NEXT = 8;
    private static final int PREVIOUS = 16;
    private static final int STEPS_BITS = 5; // lists for every doubling
    private static final int UNIT_BITS = 6;
    private static final int LISTS = 32 - UNIT_BITS << STEPS_BITS;
    private static final long NONE = 0; // no place: slabs count from one

    private final MemoryBudget budget;
    private final int slabSize;
    private final List<Slab> slabs = new ArrayList<>(); // null: given back
    private final long[] heads = new long[LISTS];
    private final long[] bytes = new long[LISTS]; // in the list's chunks
    private final long[] filled = new long[LISTS + 63 >>> 6]; // bits: which lists are not empty
    private long freeBytes;
    private long reservedBytes;
    private long keptBytes; // of them, not in slabs that are to be given back

    /// One piece from the system.
    static final class Slab {
        final int number;
        final Arena arena;
        final MemorySegment segment;
        boolean retired; // to be given back when nothing is left in it
        int used;

        private Slab(Arena arena, int number, int size) {
            this.arena = arena;
            this.number = number;
            this.segment = arena.allocate(size, UNIT);
        }

        private long place(long offset) {
            return (long) number << 32 | offset;
        }
    }

    BlockMemory(MemoryBudget budget, int slabSize) {
        this.budget = budget;
        this.slabSize = slabSize;
    }

    /// Bytes in free chunks; no block is as large as all of them together.
    long freeBytes() {
        return freeBytes;
    }

    /// Bytes taken from the system.
    long reservedBytes() {
        return reservedBytes;
    }

    /// Bytes in slabs that are not to be given back.
    long keptBytes() {
        return keptBytes;
    }

    /// Bytes that a block of this size takes.
    static int chunkSize(int size) {
        int least = Math.max(size + HEADER_SIZE, UNIT);
        int step = Math.max(Integer.highestOneBit(least) >>> STEPS_BITS, UNIT);
        return least + step - 1 & -step;
    }

    /// Takes one more slab from the system.
    void grow() {
        int at = slabs.indexOf(null);
        var slab = new Slab(budget.newArena(), (at < 0 ? slabs.size() : at) + 1, slabSize);
        if (at < 0) {
            slabs.add(slab);
        } else {
            slabs.set(at, slab);
        }
        reservedBytes += slabSize;
        keptBytes += slabSize;
        budget.charge(MemoryBudget.Account.BLOCK_CACHE, slabSize);
        setSizes(slab, 0, slabSize, 0);
        list(slab, 0, slabSize);
    }

    /// Memory for a block, or null if no free chunk is large enough.
    Block allocate(long file, long position, int size) {
        int wanted = chunkSize(size);
        long place = find(wanted);
        if (place == NONE) {
            return null;
        }
        Slab slab = slabs.get((int) (place >>> 32) - 1);
        int offset = (int) place;
        int found = size(slab, offset);
        unlist(slab, offset, found);
        int rest = found - wanted;
        if (rest > 0) {
            setSizes(slab, offset + wanted, rest, wanted);
            list(slab, offset + wanted, rest);
        }
        setSizes(slab, offset, wanted, slab.segment.get(Bytes.INT, offset + 4));
        slab.used++;
        return new Block(file, position, size, slab, offset + HEADER_SIZE);
    }

    /// Requires: nobody looks at the block any more.
    void free(Block block) {
        Slab slab = block.slab;
        slab.used--;
        if (slab.retired) {
            if (slab.used == 0) {
                release(slab);
            }
            return;
        }
        int offset = (int) block.offset - HEADER_SIZE;
        int size = size(slab, offset);
        int before = slab.segment.get(Bytes.INT, offset + 4);
        int behind = offset + size;
        if (behind < slabSize && isFree(slab, behind)) {
            int more = size(slab, behind);
            unlist(slab, behind, more);
            size += more;
        }
        if (offset > 0 && isFree(slab, offset - before)) {
            unlist(slab, offset - before, before);
            offset -= before;
            size += before;
            before = slab.segment.get(Bytes.INT, offset + 4);
        }
        setSizes(slab, offset, size, before);
        list(slab, offset, size);
    }

    /// Chooses slabs to be given back, until what is left is not more than so many bytes.
    void shrink(long keptBytesMax) {
        for (int i = slabs.size() - 1; i >= 0 && keptBytes > keptBytesMax; i--) {
            Slab slab = slabs.get(i);
            if (slab != null && !slab.retired) {
                retire(slab);
            }
        }
    }

    /// Nothing is put into it any more, and its chunks do not merge.
    private void retire(Slab slab) {
        slab.retired = true;
        keptBytes -= slabSize;
        for (int offset = 0; offset < slabSize; offset += size(slab, offset)) {
            if (isFree(slab, offset)) {
                unlist(slab, offset, size(slab, offset));
            }
        }
        if (slab.used == 0) {
            release(slab);
        }
    }

    private void release(Slab slab) {
        slabs.set(slab.number - 1, null);
        reservedBytes -= slabSize;
        budget.charge(MemoryBudget.Account.BLOCK_CACHE, -slabSize);
        slab.arena.close();
    }

    /// The smallest chunks that are large enough.
    private long find(int wanted) {
        int list = filledFrom(listOf(wanted));
        return list == LISTS ? NONE : heads[list];
    }

    /// The first list from this one on that is not empty.
    private int filledFrom(int list) {
        int word = list >>> 6;
        if (word >= filled.length) {
            return LISTS;
        }
        long bits = filled[word] & -1L << list;
        while (bits == 0) {
            if (++word == filled.length) {
                return LISTS;
            }
            bits = filled[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    /// Bytes in free chunks that are large enough for such a chunk.
    long freeBytes(int chunkSize) {
        long sum = 0;
        for (int list = filledFrom(listOf(chunkSize)); list < LISTS; ) {
            sum += bytes[list];
            list = filledFrom(list + 1);
        }
        return sum;
    }

    /// Sizes grow with the list's number. No chunk of the list that a size from [#chunkSize]
    /// belongs to is smaller.
    static int listOf(int size) {
        int doubling = 31 - Integer.numberOfLeadingZeros(size);
        int step = size >>> Math.max(doubling - STEPS_BITS, 0) & (1 << STEPS_BITS) - 1;
        return doubling - UNIT_BITS << STEPS_BITS | step;
    }

    private static int size(Slab slab, int offset) {
        return slab.segment.get(Bytes.INT, offset) & -UNIT;
    }

    private static boolean isFree(Slab slab, int offset) {
        return (slab.segment.get(Bytes.INT, offset) & FREE) != 0;
    }

    /// Also tells the chunk behind it.
    private void setSizes(Slab slab, int offset, int size, int before) {
        slab.segment.set(Bytes.INT, offset, size);
        slab.segment.set(Bytes.INT, offset + 4, before);
        if (offset + size < slabSize) {
            slab.segment.set(Bytes.INT, offset + size + 4, size);
        }
    }

    private void list(Slab slab, int offset, int size) {
        int list = listOf(size);
        long next = heads[list];
        long place = slab.place(offset);
        slab.segment.set(Bytes.INT, offset, size | FREE);
        slab.segment.set(Bytes.LONG, offset + NEXT, next);
        slab.segment.set(Bytes.LONG, offset + PREVIOUS, NONE);
        if (next != NONE) {
            setLink(next, PREVIOUS, place);
        }
        heads[list] = place;
        filled[list >>> 6] |= 1L << list;
        bytes[list] += size;
        freeBytes += size;
    }

    private void unlist(Slab slab, int offset, int size) {
        long next = slab.segment.get(Bytes.LONG, offset + NEXT);
        long previous = slab.segment.get(Bytes.LONG, offset + PREVIOUS);
        if (next != NONE) {
            setLink(next, PREVIOUS, previous);
        }
        int list = listOf(size);
        bytes[list] -= size;
        if (previous != NONE) {
            setLink(previous, NEXT, next);
        } else {
            heads[list] = next;
            if (next == NONE) {
                filled[list >>> 6] &= ~(1L << list);
            }
        }
        freeBytes -= size;
    }

    private void setLink(long place, int link, long to) {
        slabs.get((int) (place >>> 32) - 1).segment.set(Bytes.LONG, (int) place + link, to);
    }

    @Override
    public void close() {
        for (Slab slab : slabs) {
            if (slab != null) {
                release(slab);
            }
        }
        Arrays.fill(heads, NONE);
        Arrays.fill(bytes, 0);
        Arrays.fill(filled, 0);
        freeBytes = 0;
        keptBytes = 0;
    }
}
