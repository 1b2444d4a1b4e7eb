package dev.kvarts.memtable;

import java.util.Arrays;

/// The memory of a tree's nodes: blocks in arrays on the heap, which other stores use again.
///
/// On the heap, because a node is then an array's bounds check away; a segment's bounds, alignment
/// and liveness cost a search through five nodes a third more.
///
/// A block out of use is used again when two epochs have passed and the store is not pinned.
///
/// Thread safety: under the lock of the tree's structure, but for [#available()] and for looking
/// into blocks.
final class TreeBlocks {
    private static final int RETIRED_BATCH = 64;

    // Fixed at construction.
    private final StoreMemory memory;
    private final int blockBits; // of a block's number within its chunk
    private final int lastInChunk; // is not there: a chunk is a little less than a power of two

    /// Grows. A chunk is put into it before a block of it is shown; who goes to an older block may
    /// meet the larger array as it is put here, therefore it is volatile.
    private volatile long[][] chunks = new long[4][];

    private int chunkCount;
    private long unused = 1; // the next block never used; 0 is none
    private long left; // free or never used
    private volatile long available; // the same, for those without the lock

    // A ring: free blocks, such that wait for readers to leave, such that were retired since. It
    // has room for every block.
    private int[] ring = new int[0];
    private long freeAt;
    private long waitingAt;
    private long retiredAt;
    private long ringEnd;
    private long waitingSince;

    TreeBlocks(StoreMemory memory) {
        this.memory = memory;
        this.blockBits =
                31
                        - Integer.numberOfLeadingZeros(
                                memory.nodeChunkSize() / Long.BYTES / TreeNode.WORDS);
        this.lastInChunk = (1 << blockBits) - 1;
    }

    long[] words(long block) {
        return chunks[(int) (block >>> blockBits)];
    }

    int base(long block) {
        return ((int) block & lastInChunk) * TreeNode.WORDS;
    }

    /// How many blocks can be taken.
    long available() {
        return available;
    }

    private void count(long more) {
        left += more;
        available = left;
    }

    /// Takes a block. Requires: one is available.
    long take() {
        if (left == 0) {
            throw new AssertionError("memory store: a link needs more than was reserved");
        }
        count(-1);
        if (freeAt < waitingAt) {
            return ring[(int) freeAt++ & ring.length - 1];
        }
        if ((unused & lastInChunk) == lastInChunk) {
            unused++;
        }
        return unused++;
    }

    /// Takes back a block that no new reader can reach. It stays as it is for those who are there.
    void retire(long block) {
        ring[(int) ringEnd++ & ring.length - 1] = (int) block;
        if (ringEnd - retiredAt >= RETIRED_BATCH) {
            recycle();
        }
    }

    private void recycle() {
        if (waitingAt < retiredAt) {
            if (!memory.epochs().passed(waitingSince) || memory.pinned()) {
                return;
            }
            count(retiredAt - waitingAt);
            waitingAt = retiredAt;
        }
        retiredAt = ringEnd;
        waitingSince = memory.epochs().current();
    }

    /// Adds memory until so many blocks are available.
    ///
    /// @throws OutOfMemoryError if there is none
    void ensure(long blocks) {
        while (left < blocks) {
            int[] grown = ring;
            if (ring.length < chunkCount + 1 << blockBits) {
                grown = new int[Math.max(2 * ring.length, 1 << blockBits)];
                for (long i = freeAt; i < ringEnd; i++) {
                    grown[(int) i & grown.length - 1] = ring[(int) i & ring.length - 1];
                }
            }
            if (chunkCount == chunks.length) {
                chunks = Arrays.copyOf(chunks, 2 * chunkCount);
            }
            chunks[chunkCount] = memory.takeNodeChunk();
            memory.charge((long) Integer.BYTES * (grown.length - ring.length));
            ring = grown;
            count(lastInChunk - (chunkCount == 0 ? 1 : 0));
            chunkCount++;
        }
    }
}
