package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Nothing happens unless somebody waits, and the seed decides what happens first.
class StepSchedulerTest {
    private static List<Integer> order(long seed) {
        var scheduler = new StepScheduler(seed);
        var order = new ArrayList<Integer>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            scheduler.submit("job", () -> order.add(number));
        }
        assertEquals(10, scheduler.waiting());
        scheduler.runAll();
        return order;
    }

    @Test
    void theSeedDecidesTheOrder() {
        assertEquals(order(1), order(1));
        assertNotEquals(order(1), order(2));
    }

    @Test
    void awaitRunsJobsUntilTheConditionHolds() {
        var scheduler = new StepScheduler(1);
        var count = new AtomicInteger();
        for (int i = 0; i < 10; i++) {
            scheduler.submit("job", count::incrementAndGet);
        }
        scheduler.await(() -> count.get() == 4);
        assertEquals(4, count.get());
        assertEquals(6, scheduler.waiting());
    }

    @Test
    void awaitFailsWhenNothingCanMakeTheConditionHold() {
        var scheduler = new StepScheduler(1);
        assertThrows(AssertionError.class, () -> scheduler.await(() -> false));
        assertFalse(scheduler.await(() -> false, 1_000));
        assertTrue(scheduler.nanoTime() >= 1_000);
    }

    @Test
    void aJobMayAwaitAnother() {
        var scheduler = new StepScheduler(1);
        var inner = new AtomicBoolean();
        var outer = new AtomicBoolean();
        scheduler.submit(
                "outer",
                () -> {
                    scheduler.submit("inner", () -> inner.set(true));
                    scheduler.await(inner::get);
                    outer.set(true);
                });
        scheduler.await(outer::get);
        assertTrue(inner.get());
    }

    @Test
    void repeatedJobsRunOnlyWhenTimePasses() throws Exception {
        var scheduler = new StepScheduler(1);
        var count = new AtomicInteger();
        try (var _ = scheduler.repeat("tick", 1_000_000_000, count::incrementAndGet)) {
            scheduler.runAll();
            assertEquals(0, count.get());
            scheduler.advanceMillis(3_500);
            assertEquals(3, count.get());
        }
        scheduler.advanceMillis(3_500);
        assertEquals(3, count.get());
    }

    @Test
    void aSecondThreadIsRefused() throws InterruptedException {
        var scheduler = new StepScheduler(1);
        var refused = new AtomicBoolean();
        Thread thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        scheduler.submit("job", () -> {});
                                    } catch (AssertionError e) {
                                        refused.set(true);
                                    }
                                });
        thread.join();
        assertTrue(refused.get());
    }
}
