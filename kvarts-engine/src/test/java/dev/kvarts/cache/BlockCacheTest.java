package dev.kvarts.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.MemoryBudget.Account;
import dev.kvarts.jobs.ThreadScheduler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Blocks that are used again stay, within the capacity; a block is never another one.
final class BlockCacheTest {
    private static final long CAPACITY = 4 << 20;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final ThreadScheduler scheduler = new ThreadScheduler(1);
    private final Epochs epochs = new Epochs(scheduler);
    private BlockCache cache = new BlockCache(budget, epochs, CAPACITY, 1);

    @AfterEach
    void close() {
        cache.close();
        scheduler.close();
        assertEquals(0, budget.used(Account.BLOCK_CACHE), "seed=" + seed);
    }

    private void open(long capacity, int shards) {
        cache.close();
        cache = new BlockCache(budget, epochs, capacity, shards);
    }

    /// Every block says in every word which it is.
    private static long content(long file, long position) {
        return BlockCache.hash(file, position) | 1;
    }

    private static int sizeOf(long file, long position) {
        return 3_500 + (int) (BlockCache.hash(position, file) >>> 54); // .. 4,523
    }

    private Block loaded(long file, long position, int size) throws IOException {
        return cache.load(
                file,
                position,
                size,
                (segment, offset, bytes) -> {
                    assertEquals(size, bytes);
                    for (int i = 0; i + 8 <= bytes; i += 8) {
                        segment.set(Bytes.LONG, offset + i, content(file, position));
                    }
                });
    }

    private void check(Block block, long file, long position, int size) {
        assertEquals(size, block.size, "seed=" + seed);
        long expected = content(file, position);
        for (int i = 0; i + 8 <= size; i += 64) {
            assertEquals(
                    expected,
                    block.segment.get(Bytes.LONG, block.offset + i),
                    "seed=" + seed + " file=" + file + " position=" + position + " at=" + i);
        }
    }

    /// Reads a block as tables do. Returns whether it was there.
    private boolean read(long file, long position) throws IOException {
        return read(file, position, sizeOf(file, position));
    }

    private boolean read(long file, long position, int size) throws IOException {
        int token = epochs.enter();
        try {
            Block block = cache.get(file, position);
            boolean hit = block != null;
            if (!hit) {
                block = loaded(file, position, size);
            }
            if (block != null) {
                check(block, file, position, size);
            }
            return hit;
        } finally {
            epochs.exit(token);
        }
    }

    private long skewed(int blocks, int power) {
        long block = (long) (blocks * Math.pow(random.nextDouble(), power));
        return block * 4096;
    }

    @Test
    void aBlockIsLoadedOnceAndFoundAgain() throws IOException {
        assertNull(cache.get(1, 4096));
        assertTrue(!read(1, 4096));
        assertTrue(read(1, 4096));
        assertNull(cache.get(1, 8192));
        assertNull(cache.get(2, 4096));
        assertEquals(1, cache.statistics().hits());
        assertEquals(1, cache.statistics().misses());
        assertEquals(1, cache.statistics().blocks());
    }

    @Test
    void everyReadIsRightWhateverTheSizes() throws IOException {
        open(CAPACITY, 4);
        for (int step = 0; step < 60_000; step++) {
            long file = 1L + random.nextInt(8);
            long position = skewed(800, 3);
            long chosen = BlockCache.hash(file, ~position) >>> 1;
            int size =
                    (int)
                            switch ((int) (chosen % 40)) {
                                case 0 -> chosen / 40 % 300_000;
                                case 1, 2, 3 -> chosen / 40 % 40_000;
                                case 4 -> 0;
                                default -> chosen / 40 % 6_000;
                            };
            read(file, position, size);
            if (step % 5_000 == 4_999) {
                cache.forget(1 + random.nextInt(8));
            }
            assertTrue(
                    budget.used(Account.BLOCK_CACHE) <= CAPACITY,
                    "seed=" + seed + " step=" + step + " " + cache.statistics());
        }
        assertTrue(cache.statistics().hits() > 10_000, cache.statistics().toString());
    }

    @Test
    void theCapacityIsUsedAndNotExceeded() throws IOException {
        for (int step = 0; step < 8_000; step++) {
            read(1, random.nextInt(5_000) * 4096L);
            assertTrue(
                    budget.used(Account.BLOCK_CACHE) <= CAPACITY,
                    "seed=" + seed + " " + cache.statistics());
            assertEquals(cache.statistics().reservedBytes(), budget.used(Account.BLOCK_CACHE));
        }
        BlockCacheStatistics statistics = cache.statistics();
        assertTrue(statistics.blockBytes() > CAPACITY * 0.82, statistics.toString());
        assertEquals(0, statistics.passing(), statistics.toString());
    }

    @Test
    void smallBlocksDoNotExceedTheCapacityByTheirObjects() throws IOException {
        for (int step = 0; step < 60_000; step++) {
            read(1, random.nextInt(100_000), 100);
        }
        assertTrue(cache.statistics().reservedBytes() <= CAPACITY, cache.statistics().toString());
        assertTrue(cache.statistics().blocks() > 10_000, cache.statistics().toString());
    }

    @Test
    void aHotSetSurvivesAScanTenTimesTheCache() throws IOException {
        int hot = (int) (CAPACITY / 4096 / 2);
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < hot; i++) {
                read(1, i * 4096L);
            }
        }
        int scanned = (int) (CAPACITY / 4096 * 10);
        int hits = 0;
        int reads = 0;
        for (int i = 0; i < scanned; i++) {
            assertTrue(!read(2, i * 4096L));
            if (i % 4 == 0) {
                hits += read(1, random.nextInt(hot) * 4096L) ? 1 : 0;
                reads++;
            }
        }
        assertTrue(hits > 0.97 * reads, "seed=" + seed + " hits " + hits + " of " + reads);
        int left = 0;
        for (int i = 0; i < hot; i++) {
            left += read(1, i * 4096L) ? 1 : 0;
        }
        assertTrue(left > 0.93 * hot, "seed=" + seed + " left " + left + " of " + hot);
    }

    @Test
    void skewedReadsHitMoreOftenThanWithAQueueOfRecentUse() throws IOException {
        int blocks = (int) (CAPACITY / 4096 * 10);
        var recent = new LeastRecentlyUsed((int) (CAPACITY * 0.9 / 4_100));
        int hits = 0;
        int reads = 0;
        for (int step = 0; step < 120_000; step++) {
            long position = skewed(blocks, 4);
            boolean hit = read(1, position);
            boolean recentHit = recent.read(position);
            if (step > 40_000) {
                hits += hit ? 1 : 0;
                recent.hits += recentHit ? 1 : 0;
                reads++;
            }
        }
        assertTrue(
                hits > recent.hits,
                "seed=" + seed + " hits " + hits + " and " + recent.hits + " of " + reads);
    }

    private static final class LeastRecentlyUsed {
        private final java.util.LinkedHashMap<Long, Boolean> blocks;
        private int hits;

        LeastRecentlyUsed(int capacity) {
            blocks =
                    new java.util.LinkedHashMap<>(16, 0.75f, true) {
                        private static final long serialVersionUID = 1L;

                        @Override
                        protected boolean removeEldestEntry(
                                java.util.Map.Entry<Long, Boolean> eldest) {
                            return size() > capacity;
                        }
                    };
        }

        boolean read(long position) {
            return blocks.put(position, true) != null;
        }
    }

    @Test
    void aBlockThatComesBackSoonIsKept() throws IOException {
        for (int i = 0; i < 3_000; i++) {
            read(1, i * 4096L);
        }
        assertEquals(0, cache.statistics().returned());
        assertTrue(!read(1, 2_000 * 4096L));
        assertEquals(1, cache.statistics().returned());
        for (int i = 0; i < 20_000; i++) {
            read(2, i * 4096L);
            if (i % 300 == 0) {
                assertTrue(read(1, 2_000 * 4096L), "i=" + i);
            }
        }
    }

    @Test
    void aPinnedBlockKeepsItsBytes() throws IOException {
        List<Block> pinned = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            int token = epochs.enter();
            Block block = loaded(7, i * 4096L, 5_000);
            block.pin();
            epochs.exit(token);
            pinned.add(block);
        }
        cache.forget(7);
        for (int i = 0; i < 5_000; i++) {
            read(1, i * 4096L);
        }
        for (int i = 0; i < pinned.size(); i++) {
            assertNull(cache.get(7, i * 4096L));
            check(pinned.get(i), 7, i * 4096L, 5_000);
        }
        pinned.forEach(Block::unpin);
        for (int i = 0; i < 5_000; i++) {
            read(2, i * 4096L);
        }
        assertTrue(cache.statistics().reservedBytes() <= CAPACITY, cache.statistics().toString());
    }

    @Test
    void pinnedBlocksStayInTheCache() throws IOException {
        int token = epochs.enter();
        Block block = loaded(7, 0, 5_000);
        block.pin();
        epochs.exit(token);
        for (int i = 0; i < 20_000; i++) {
            read(1, i * 4096L);
        }
        assertSame(block, cache.get(7, 0));
        block.unpin();
        for (int i = 0; i < 15_000; i++) {
            read(2, i / 3 * 4096L); // three times each: such blocks come into the main queue
        }
        assertNull(cache.get(7, 0));
    }

    @Test
    void whatAReaderInAnEpochSeesStays() throws IOException {
        int token = epochs.enter();
        Block block = loaded(7, 0, 5_000);
        cache.forget(7);
        for (int i = 0; i < 5_000; i++) {
            read(1, i * 4096L);
        }
        check(block, 7, 0, 5_000);
        // Nothing comes back meanwhile.
        assertTrue(cache.statistics().passing() > 0, cache.statistics().toString());
        epochs.exit(token);
        for (int i = 0; i < 100; i++) {
            read(1, (5_000 + i) * 4096L);
        }
        assertTrue(cache.statistics().reservedBytes() <= CAPACITY, cache.statistics().toString());
    }

    @Test
    void thereIsNoRoomForBlocksThatAreTooLarge() throws IOException {
        read(1, 0, 128 << 10);
        assertTrue(read(1, 0, 128 << 10));
        for (int size : new int[] {(128 << 10) + 1, 3 << 20}) {
            int token = epochs.enter();
            assertNull(cache.load(2, 0, size, (_, _, _) -> fail("loaded into no room")));
            epochs.exit(token);
        }
        assertEquals(2, cache.statistics().passing());
        assertEquals(1, cache.statistics().blocks());
    }

    @Test
    void queuesDoNotGrowByForgottenBlocks() throws IOException {
        for (long file = 1; file < 2_000; file++) {
            for (int i = 0; i < 10; i++) {
                read(file, i * 4096L, 1_000);
            }
            cache.forget(file);
        }
        assertTrue(cache.queued() < 200, "queued " + cache.queued());
        assertEquals(0, cache.statistics().blocks());
    }

    @Test
    void aLoadThatFailsLeavesNothing() throws IOException {
        read(1, 4096);
        for (int i = 0; i < 5_000; i++) {
            int token = epochs.enter();
            var failure =
                    assertThrows(
                            IOException.class,
                            () ->
                                    cache.load(
                                            1,
                                            0,
                                            20_000,
                                            (_, _, _) -> {
                                                throw new IOException("unreadable");
                                            }));
            epochs.exit(token);
            assertEquals("unreadable", failure.getMessage());
        }
        assertNull(cache.get(1, 0));
        assertEquals(1, cache.statistics().blocks());
        assertEquals(0, cache.statistics().passing());
    }

    @Test
    void whoLoadsSecondGetsTheFirstOnesBlock() throws IOException {
        int token = epochs.enter();
        Block[] inner = new Block[1];
        Block outer = cache.load(1, 0, 4_000, (_, _, _) -> inner[0] = loaded(1, 0, 4_000));
        assertSame(inner[0], outer);
        assertSame(outer, loaded(1, 0, 4_000));
        epochs.exit(token);
        assertEquals(1, cache.statistics().blocks());
    }

    @Test
    void forgottenFilesAreGoneAndOthersStay() throws IOException {
        open(CAPACITY, 4);
        for (int i = 0; i < 100; i++) {
            for (long file = 1; file <= 5; file++) {
                read(file, i * 4096L);
            }
        }
        cache.forget(4);
        cache.forget(2);
        for (int i = 0; i < 100; i++) {
            for (long file = 1; file <= 5; file++) {
                assertEquals(file % 2 == 1, cache.get(file, i * 4096L) != null);
            }
        }
        assertEquals(300, cache.statistics().blocks());
        for (long file : new long[] {1, 3, 5, 99}) {
            cache.forget(file);
        }
        assertEquals(0, cache.statistics().blocks());
        assertEquals(0, cache.statistics().blockBytes());
    }

    @Test
    void aSmallerCapacityIsKeptSoon() throws IOException {
        open(32 << 20, 2);
        for (int i = 0; i < 10_000; i++) {
            read(1, i * 4096L);
        }
        assertTrue(cache.statistics().reservedBytes() > 30 << 20);
        cache.resize(8 << 20);
        for (int i = 0; i < 2_000; i++) {
            read(2, random.nextInt(1_000) * 4096L);
        }
        BlockCacheStatistics smaller = cache.statistics();
        assertTrue(smaller.reservedBytes() <= 8 << 20, smaller.toString());
        assertTrue(smaller.blockBytes() > 4 << 20, smaller.toString());
        cache.resize(16 << 20);
        for (int i = 0; i < 10_000; i++) {
            read(3, i * 4096L);
        }
        BlockCacheStatistics larger = cache.statistics();
        assertTrue(larger.reservedBytes() > 14 << 20, larger.toString());
        assertTrue(larger.reservedBytes() <= 16 << 20, larger.toString());
        assertThrows(IllegalArgumentException.class, () -> cache.resize(1000));
    }

    @Test
    void aHitAllocatesNothing() throws IOException {
        var threads =
                (com.sun.management.ThreadMXBean)
                        java.lang.management.ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 100; i++) {
            read(1, i * 4096L);
        }
        long before = 0;
        for (int round = 0; round < 3; round++) {
            before = threads.getCurrentThreadAllocatedBytes();
            for (int n = 0; n < 100_000; n++) {
                int token = epochs.enter();
                assertNotNull(cache.get(1, n % 100 * 4096L));
                epochs.exit(token);
            }
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 10_000, "bytes allocated by 100,000 hits: " + allocated);
    }

    @Test
    void blocksOfAllShardsAreFound() throws IOException {
        open(64 << 20, 16);
        for (int i = 0; i < 2_000; i++) {
            read(i, i * 8192L, 1_000);
        }
        for (int i = 0; i < 2_000; i++) {
            assertTrue(read(i, i * 8192L, 1_000), "i=" + i);
            assertNotSame(cache.get(i, i * 8192L), cache.get(i + 1, (i + 1) * 8192L));
        }
    }
}
