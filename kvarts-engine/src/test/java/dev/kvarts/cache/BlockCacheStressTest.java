package dev.kvarts.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.MemoryBudget.Account;
import dev.kvarts.jobs.ThreadScheduler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// Readers of a small cache under many hands never see another block's bytes, be they in an epoch
/// or have they pinned it.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BlockCacheStressTest {
    private static final long CAPACITY = 2 << 20;
    private static final int READERS = 4;
    private static final int READS = 10_000;
    private static final int FILES = 4;
    private static final int BLOCKS = 500; // of a file; all together about four times the cache

    private final long seed = new Random().nextLong();
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final ThreadScheduler scheduler = new ThreadScheduler(1);
    private final Epochs epochs = new Epochs(scheduler);
    private final BlockCache cache = new BlockCache(budget, epochs, CAPACITY, 2);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    @AfterEach
    void close() {
        cache.close();
        scheduler.close();
        assertEquals(0, budget.used(Account.BLOCK_CACHE), "seed=" + seed);
    }

    private static long content(long file, long position) {
        return BlockCache.hash(file, position) | 1;
    }

    private static int sizeOf(long file, long position) {
        return 1_000 + (int) (BlockCache.hash(~file, position) >>> 52); // .. 5,095
    }

    private static void check(Block block) {
        long expected = content(block.file, block.position);
        for (int i = 0; i + 8 <= block.size; i += 8) {
            long found = block.segment.get(Bytes.LONG, block.offset + i);
            if (found != expected) {
                throw new AssertionError(
                        "file=%d position=%d at=%d expected=%x found=%x"
                                .formatted(block.file, block.position, i, expected, found));
            }
        }
    }

    private Block get(long file, long position, Random random) throws IOException {
        Block block = cache.get(file, position);
        if (block == null) {
            block =
                    cache.load(
                            file,
                            position,
                            sizeOf(file, position),
                            (segment, offset, size) -> {
                                for (int i = 0; i + 8 <= size; i += 8) {
                                    segment.set(Bytes.LONG, offset + i, content(file, position));
                                }
                                linger(random);
                                if (random.nextInt(50) == 0) {
                                    throw new IOException("planned");
                                }
                            });
        }
        if (block == null) {
            throw new IOException("no room");
        }
        assertTrue(block.is(file, position));
        assertEquals(sizeOf(file, position), block.size);
        return block;
    }

    /// Now and then so long that others come in between.
    private static void linger(Random random) {
        if (random.nextInt(1_000) == 0) {
            Thread.yield();
        } else if (random.nextInt(20) == 0) {
            for (int i = random.nextInt(500); i > 0; i--) {
                Thread.onSpinWait();
            }
        }
    }

    private void read(Random random) {
        var pinned = new ArrayDeque<Block>();
        for (int i = 0; i < READS && failure.get() == null; i++) {
            long file = 1L + random.nextInt(FILES);
            double place = Math.pow(random.nextDouble(), 2);
            long position = (long) (place * BLOCKS);
            int token = epochs.enter();
            try {
                Block block = get(file, position, random);
                check(block);
                linger(random);
                check(block);
                if (random.nextInt(10) == 0) {
                    block.pin();
                    pinned.add(block);
                }
            } catch (IOException _) {
                continue;
            } finally {
                epochs.exit(token);
            }
            if (pinned.size() > random.nextInt(20)) {
                pinned.forEach(BlockCacheStressTest::check);
                pinned.poll().unpin();
            }
        }
        pinned.forEach(BlockCacheStressTest::check);
        pinned.forEach(Block::unpin);
    }

    private void disturb(Random random, AtomicBoolean stop) {
        while (!stop.get()) {
            switch (random.nextInt(10)) {
                case 0 -> cache.resize(CAPACITY / 2);
                case 1 -> cache.resize(CAPACITY);
                case 2, 3, 4 -> cache.statistics();
                default -> cache.forget(1 + random.nextInt(FILES));
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private Thread start(Runnable task) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                task.run();
                            } catch (Throwable e) {
                                failure.compareAndSet(null, e);
                            }
                        });
    }

    @RepeatedTest(2)
    void aReaderSeesItsOwnBlock() throws InterruptedException {
        List<Thread> readers = new ArrayList<>();
        for (int t = 0; t < READERS; t++) {
            var random = new Random(seed + t);
            readers.add(start(() -> read(random)));
        }
        var stop = new AtomicBoolean();
        Thread disturber = start(() -> disturb(new Random(seed - 1), stop));
        for (Thread reader : readers) {
            reader.join();
        }
        stop.set(true);
        disturber.join();
        if (failure.get() != null) {
            throw new AssertionError("seed=" + seed, failure.get());
        }
        assertEverythingComesBack();
    }

    private void assertEverythingComesBack() {
        cache.resize(CAPACITY);
        long found = 0;
        for (long file = 1; file <= FILES; file++) {
            for (long position = 0; position < BLOCKS; position++) {
                found += cache.get(file, position) != null ? 1 : 0;
            }
        }
        assertEquals(cache.statistics().blocks(), found, "seed=" + seed);
        for (long file = 1; file <= FILES; file++) {
            cache.forget(file);
        }
        assertNull(cache.get(1, 0));
        for (int i = 0; i < 5; i++) {
            epochs.passed(epochs.current());
        }
        cache.forget(1);
        BlockCacheStatistics statistics = cache.statistics();
        assertEquals(0, statistics.blocks(), "seed=" + seed);
        assertEquals(0, statistics.blockBytes(), "seed=" + seed);
        assertTrue(statistics.reservedBytes() <= CAPACITY, "seed=" + seed + " " + statistics);
        assertEquals(statistics.reservedBytes(), cache.freeBytes(), "seed=" + seed);
    }
}
