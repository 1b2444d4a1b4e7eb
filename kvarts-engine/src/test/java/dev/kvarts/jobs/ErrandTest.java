package dev.kvarts.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

class ErrandTest {
    private final ThreadScheduler scheduler = new ThreadScheduler(1);

    @AfterEach
    void close() {
        scheduler.close();
    }

    @Test
    void anotherThreadDoesItMeanwhile() throws Exception {
        var begun = new CountDownLatch(1);
        var doer = new AtomicReference<Thread>();
        Errand errand =
                Errand.offer(
                        scheduler,
                        "test",
                        () -> {
                            doer.set(Thread.currentThread());
                            begun.countDown();
                        });
        begun.await();
        errand.finish();
        assertNotSame(Thread.currentThread(), doer.get());
    }

    @Test
    void whoeverNeedsItDoesItWhereTheOthersAreBusy() throws Exception {
        var free = new CountDownLatch(1);
        scheduler.submit("busy", () -> awaitQuietly(free));
        var done = new AtomicInteger();
        Errand.offer(scheduler, "test", done::incrementAndGet).finish();
        assertEquals(1, done.get());
        free.countDown();
        var last = new CountDownLatch(1);
        scheduler.submit("last", last::countDown);
        last.await();
        assertEquals(1, done.get(), "done once only");
    }

    @Test
    void aClosedSchedulerLeavesItToWhoeverNeedsIt() throws Exception {
        scheduler.close();
        var done = new AtomicInteger();
        Errand.offer(scheduler, "test", done::incrementAndGet).finish();
        assertEquals(1, done.get());
    }

    @Test
    void whatItThrowsIsThrownToWhoeverNeedsIt() {
        var failure = new IOException("no");
        Errand errand =
                Errand.offer(
                        scheduler,
                        "test",
                        () -> {
                            throw failure;
                        });
        assertSame(failure, assertThrows(IOException.class, errand::finish));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
