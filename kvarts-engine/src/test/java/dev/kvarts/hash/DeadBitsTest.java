package dev.kvarts.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A bit is set once, and stays.
final class DeadBitsTest {
    @Test
    void onlyTheFirstSetSaysThatTheBitWasClear() {
        var bits = new DeadBits(130);
        for (int i : new int[] {0, 63, 64, 129}) {
            assertFalse(bits.get(i));
            assertTrue(bits.set(i));
            assertFalse(bits.set(i));
            assertTrue(bits.get(i));
        }
        assertFalse(bits.get(1));
        assertEquals(24, bits.memoryBytes());
    }

    @Test
    void bitsOfOneWordSetByManyThreadsAreAllSetOnce() throws InterruptedException {
        var bits = new DeadBits(10_000);
        var sets = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 10_000; i++) {
                                            if (bits.set(i)) {
                                                sets.incrementAndGet();
                                            }
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(10_000, sets.get());
    }
}
