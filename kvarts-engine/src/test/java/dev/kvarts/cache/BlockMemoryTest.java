package dev.kvarts.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.MemoryBudget.Account;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Chunks never overlap, free ones merge, and what one block leaves another one fills.
final class BlockMemoryTest {
    private static final int SLAB = 64 << 10;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final BlockMemory memory = new BlockMemory(budget, SLAB);
    private long number;

    @AfterEach
    void close() {
        memory.close();
        assertEquals(0, budget.used(Account.BLOCK_CACHE), "seed=" + seed);
    }

    /// A block that says in every word which it is.
    private Block allocate(int size) {
        Block block = memory.allocate(1, number++, size);
        if (block != null) {
            for (int i = 0; i + 8 <= size; i += 8) {
                block.segment.set(Bytes.LONG, block.offset + i, block.position);
            }
        }
        return block;
    }

    private void check(Block block) {
        for (int i = 0; i + 8 <= block.size; i += 8) {
            assertEquals(
                    block.position,
                    block.segment.get(Bytes.LONG, block.offset + i),
                    "seed=" + seed + " at=" + i);
        }
    }

    @Test
    void randomBlocksNeverOverlapAndKeepTheirContents() {
        List<Block> blocks = new ArrayList<>();
        Map<Object, TreeMap<Long, Long>> taken = new HashMap<>(); // slab -> offset -> end
        long used = 0;
        for (int step = 0; step < 30_000; step++) {
            String where = "seed=" + seed + " step=" + step;
            if (blocks.isEmpty() || random.nextInt(100) < (step % 3_000 < 1_500 ? 60 : 40)) {
                int size = 1 + random.nextInt(random.nextInt(10) == 0 ? SLAB / 2 : 3_000);
                Block block = allocate(size);
                if (block == null) {
                    memory.grow();
                    block = allocate(size);
                    assertNotNull(block, where);
                }
                var inSlab = taken.computeIfAbsent(block.slab, _ -> new TreeMap<>());
                long end = block.offset + size;
                assertTrue(block.offset >= 0 && end <= SLAB, where);
                var before = inSlab.lowerEntry(end);
                assertTrue(before == null || before.getValue() <= block.offset, where);
                inSlab.put(block.offset, end);
                blocks.add(block);
                used += BlockMemory.chunkSize(size);
            } else {
                Block block = blocks.remove(random.nextInt(blocks.size()));
                check(block);
                taken.get(block.slab).remove(block.offset);
                memory.free(block);
                used -= BlockMemory.chunkSize(block.size);
            }
            assertEquals(memory.reservedBytes(), memory.freeBytes() + used, where);
            assertEquals(memory.reservedBytes(), budget.used(Account.BLOCK_CACHE), where);
        }
        blocks.forEach(this::check);
        blocks.forEach(memory::free);
        assertEquals(memory.reservedBytes(), memory.freeBytes(), "seed=" + seed);
    }

    @Test
    void freeNeighboursMergeInAnyOrder() {
        memory.grow();
        for (int round = 0; round < 50; round++) {
            List<Block> blocks = new ArrayList<>();
            for (Block block = allocate(700); block != null; block = allocate(700)) {
                blocks.add(block);
            }
            assertEquals(SLAB / BlockMemory.chunkSize(700), blocks.size(), "seed=" + seed);
            while (!blocks.isEmpty()) {
                memory.free(blocks.remove(random.nextInt(blocks.size())));
            }
            Block whole = allocate(SLAB - 16);
            assertNotNull(whole, "seed=" + seed);
            memory.free(whole);
        }
    }

    @Test
    void blocksOfAboutOneSizeFillTheMemoryForEver() {
        for (int i = 0; i < 8; i++) {
            memory.grow();
        }
        List<Block> blocks = new ArrayList<>();
        long used = 0;
        double lowest = 1;
        for (int step = 0; step < 60_000; step++) {
            int size = 3_700 + random.nextInt(600);
            Block block = allocate(size);
            if (block == null) { // as the cache does: the oldest goes
                lowest = step < 5_000 ? 1 : Math.min(lowest, (double) used / (8 * SLAB));
                Block oldest = blocks.removeFirst();
                used -= oldest.size;
                memory.free(oldest);
            } else {
                blocks.add(block);
                used += size;
            }
        }
        assertTrue(lowest > 0.80, "seed=" + seed + " lowest=" + lowest);
    }

    @Test
    void aBlockThatFitsNowhereIsRefused() {
        assertNull(allocate(10));
        memory.grow();
        assertNull(allocate(SLAB));
        Block half = allocate(SLAB / 2);
        assertNotNull(half);
        assertNull(allocate(SLAB / 2));
        memory.free(half);
    }

    @Test
    void slabsAreGivenBackWhenTheirLastBlockIsFree() {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            memory.grow();
            for (int n = 0; n < 10; n++) {
                blocks.add(allocate(5_000));
            }
        }
        memory.shrink(2 * SLAB);
        assertEquals(2 * SLAB, memory.keptBytes());
        assertEquals(4 * SLAB, memory.reservedBytes());
        while (!blocks.isEmpty()) {
            Block block = blocks.remove(random.nextInt(blocks.size()));
            check(block);
            memory.free(block);
        }
        assertEquals(2 * SLAB, memory.reservedBytes(), "seed=" + seed);
        assertEquals(2 * SLAB, memory.freeBytes(), "seed=" + seed);
        for (int i = 0; i < 24; i++) {
            assertEquals(i < 24, allocate(5_000) != null, "seed=" + seed);
        }
        assertNull(allocate(5_000));
        memory.grow();
        assertNotNull(allocate(5_000));
    }

    @Test
    void listsAreInTheOrderOfSizes() {
        int list = 0;
        for (int size = 64; size <= 1 << 22; size += 64) {
            int next = BlockMemory.listOf(size);
            assertTrue(next >= list, "size=" + size);
            list = next;
        }
        assertEquals(0, BlockMemory.listOf(64));
    }

    @Test
    void everyChunkOfABlocksListIsLargeEnough() {
        for (int size = 0; size < 1 << 20; size += 1 + size / 500) {
            int chunk = BlockMemory.chunkSize(size);
            assertTrue(chunk >= size + 16 && chunk % 64 == 0, "size=" + size);
            assertTrue(chunk <= (size + 16) * 33L / 32 + 64, "size=" + size);
            assertTrue(BlockMemory.listOf(chunk - 64) < BlockMemory.listOf(chunk), "size=" + size);
        }
    }
}
