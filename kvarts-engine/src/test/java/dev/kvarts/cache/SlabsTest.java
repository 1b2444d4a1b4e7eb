package dev.kvarts.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.cache.MemoryBudget.Account;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Blocks never overlap, free ones merge, and every byte is accounted for.
final class SlabsTest {
    private static final long SLAB_MIN = 4 << 10;
    private static final long SLAB_MAX = 64 << 10;

    private final MemoryBudget budget = new MemoryBudget(1 << 30);

    private Slabs slabs() {
        return new Slabs(budget, Account.MAPLETS, SLAB_MIN, SLAB_MAX);
    }

    @Test
    void randomBlocksNeverOverlapAndKeepTheirContents() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        Map<Object, TreeMap<Long, Long>> taken =
                new HashMap<>(); // segment address -> offset -> end
        List<Slabs.Block> blocks = new ArrayList<>();
        try (Slabs slabs = slabs()) {
            long used = 0;
            for (int step = 0; step < 20_000; step++) {
                boolean allocate = random.nextInt(100) < (step < 10_000 ? 55 : 45);
                if (allocate || blocks.isEmpty()) {
                    long size =
                            random.nextInt(20) == 0 ? random.nextInt(200_000) : random.nextInt(900);
                    Slabs.Block block = slabs.allocate(size);
                    String where = "seed=" + seed + " step=" + step;
                    assertTrue(block.size >= size, where);
                    assertTrue(block.offset + block.size <= block.segment.byteSize(), where);
                    var inSlab =
                            taken.computeIfAbsent(block.segment.address(), _ -> new TreeMap<>());
                    var before = inSlab.lowerEntry(block.offset + block.size);
                    assertTrue(before == null || before.getValue() <= block.offset, where);
                    inSlab.put(block.offset, block.offset + block.size);
                    block.segment.asSlice(block.offset, block.size).fill(pattern(block));
                    blocks.add(block);
                    used += block.size;
                } else {
                    Slabs.Block block = blocks.remove(random.nextInt(blocks.size()));
                    checkContents(block, seed);
                    taken.get(block.segment.address()).remove(block.offset);
                    used -= block.size;
                    slabs.free(block);
                }
                assertEquals(used, slabs.usedBytes(), "seed=" + seed);
                assertEquals(budget.used(Account.MAPLETS), slabs.reservedBytes(), "seed=" + seed);
                assertTrue(slabs.reservedBytes() >= used, "seed=" + seed);
            }
            blocks.forEach(block -> checkContents(block, seed));
        }
        assertEquals(0, budget.used(Account.MAPLETS));
    }

    private static byte pattern(Slabs.Block block) {
        return (byte) (block.offset / 64 + block.size / 64);
    }

    private static void checkContents(Slabs.Block block, long seed) {
        byte expected = pattern(block);
        for (long i = 0; i < block.size; i += 61) {
            assertEquals(
                    expected,
                    block.segment.get(java.lang.foreign.ValueLayout.JAVA_BYTE, block.offset + i),
                    "seed=" + seed);
        }
    }

    @Test
    void freeNeighboursMergeIntoOneStretch() {
        try (Slabs slabs = slabs()) {
            List<Slabs.Block> blocks = new ArrayList<>();
            for (int i = 0; i < SLAB_MIN / 64; i++) {
                blocks.add(slabs.allocate(64));
            }
            assertEquals(SLAB_MIN, slabs.reservedBytes());
            for (int i = 0; i < blocks.size(); i += 2) {
                slabs.free(blocks.get(i));
            }
            for (int i = 1; i < blocks.size(); i += 2) {
                slabs.free(blocks.get(i));
            }
            assertSame(blocks.getFirst().segment, slabs.allocate(SLAB_MIN).segment);
            assertEquals(SLAB_MIN, slabs.reservedBytes());
        }
    }

    @Test
    void aWhollyFreeSegmentGoesBackToTheSystemButForOne() {
        try (Slabs slabs = slabs()) {
            var first = slabs.allocate(SLAB_MIN);
            var second = slabs.allocate(SLAB_MIN);
            assertNotSame(first.segment, second.segment);
            slabs.free(second);
            assertEquals(SLAB_MIN, slabs.reservedBytes());
            slabs.free(first);
            assertEquals(SLAB_MIN, slabs.reservedBytes());
            assertEquals(0, slabs.usedBytes());
        }
        assertEquals(0, budget.used(Account.MAPLETS));
    }

    @Test
    void aBlockLargerThanASegmentGetsOneOfItsOwn() {
        try (Slabs slabs = slabs()) {
            var block = slabs.allocate(10 * SLAB_MAX + 1);
            assertEquals(10 * SLAB_MAX + 16, block.size);
            assertEquals(block.size, slabs.reservedBytes());
        }
    }

    @Test
    void blocksThatAreReplacedInTurnTakeLittleMoreThanTheirSize() {
        try (Slabs slabs = slabs()) {
            List<Slabs.Block> blocks = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                blocks.add(slabs.allocate(2000));
            }
            for (int round = 1; round <= 30; round++) {
                for (int i = 0; i < blocks.size(); i++) {
                    var replacement = slabs.allocate(2000 + round * 8L);
                    slabs.free(blocks.set(i, replacement));
                }
            }
            assertTrue(slabs.reservedBytes() < 1.5 * slabs.usedBytes(), slabs.reservedBytes() + "");
        }
    }
}
