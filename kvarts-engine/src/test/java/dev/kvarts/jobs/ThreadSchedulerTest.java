package dev.kvarts.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Jobs run, waiting ends when it should, closing waits for what is under way.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ThreadSchedulerTest {
    private static final long MILLI = 1_000_000;

    @Test
    void awaitReturnsWhenAJobHasMadeTheConditionTrue() {
        try (var scheduler = new ThreadScheduler(2)) {
            var done = new AtomicBoolean();
            scheduler.submit(
                    "job",
                    () -> {
                        done.set(true);
                        scheduler.wakeUp();
                    });
            scheduler.await(done::get);
            assertTrue(done.get());
        }
    }

    @Test
    void awaitNoticesAChangeThatNobodyAnnounced() {
        try (var scheduler = new ThreadScheduler(1)) {
            var done = new AtomicBoolean();
            scheduler.submit("job", () -> done.set(true));
            scheduler.await(done::get);
        }
    }

    @Test
    void awaitEndsAfterItsTimeout() {
        try (var scheduler = new ThreadScheduler(1)) {
            long start = scheduler.nanoTime();
            assertFalse(scheduler.await(() -> false, 30 * MILLI));
            assertTrue(scheduler.nanoTime() - start >= 30 * MILLI);
            assertFalse(scheduler.await(() -> false, -1));
            assertTrue(scheduler.await(() -> true, -1));
        }
    }

    @Test
    void awaitIsNotEndedByAnInterruptAndKeepsIt() {
        try (var scheduler = new ThreadScheduler(1)) {
            long start = scheduler.nanoTime();
            Thread.currentThread().interrupt();
            assertFalse(scheduler.await(() -> false, 30 * MILLI));
            assertTrue(scheduler.nanoTime() - start >= 30 * MILLI);
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void repeatRunsAgainAndAgainUntilItsHandleIsClosed() throws Exception {
        try (var scheduler = new ThreadScheduler(1)) {
            var runs = new AtomicInteger();
            AutoCloseable handle = scheduler.repeat("tick", MILLI, runs::incrementAndGet);
            scheduler.await(() -> runs.get() >= 3);
            handle.close();
            int after = runs.get();
            assertFalse(scheduler.await(() -> runs.get() > after, 30 * MILLI));
        }
    }

    @Test
    void closingAHandleWaitsForTheRunThatIsUnderWay() throws Exception {
        try (var scheduler = new ThreadScheduler(1)) {
            var started = new CountDownLatch(1);
            var finish = new CountDownLatch(1);
            var finished = new AtomicBoolean();
            AutoCloseable handle =
                    scheduler.repeat(
                            "slow",
                            MILLI,
                            () -> {
                                started.countDown();
                                awaitQuietly(finish);
                                finished.set(true);
                            });
            started.await();
            scheduler.submit("release", finish::countDown);
            handle.close();
            assertTrue(finished.get());
        }
    }

    @Test
    void aRepeatedJobMayCloseItsOwnHandle() throws Exception {
        try (var scheduler = new ThreadScheduler(1)) {
            var handle = new AutoCloseable[1];
            var runs = new AtomicInteger();
            var ready = new CountDownLatch(1);
            handle[0] =
                    scheduler.repeat(
                            "once",
                            MILLI,
                            () -> {
                                awaitQuietly(ready);
                                runs.incrementAndGet();
                                try {
                                    handle[0].close();
                                } catch (Exception e) {
                                    throw new AssertionError(e);
                                }
                            });
            ready.countDown();
            scheduler.await(() -> runs.get() > 0);
            assertFalse(scheduler.await(() -> runs.get() > 1, 30 * MILLI));
        }
    }

    @Test
    void closeWaitsForRunningJobsAndForgetsWaitingOnes() throws InterruptedException {
        var scheduler = new ThreadScheduler(1);
        var started = new CountDownLatch(1);
        var finish = new CountDownLatch(1);
        var finished = new AtomicBoolean();
        var forgotten = new AtomicBoolean();
        scheduler.submit(
                "slow",
                () -> {
                    started.countDown();
                    awaitQuietly(finish);
                    finished.set(true);
                });
        scheduler.submit("waiting", () -> forgotten.set(true));
        started.await();
        Thread closer = Thread.ofPlatform().start(scheduler::close);
        awaitBlocked(closer);
        assertFalse(finished.get());
        finish.countDown();
        closer.join();
        assertTrue(finished.get());
        assertFalse(forgotten.get());
    }

    @Test
    void closeWaitsForARepeatedJobThatIsRunningAndDoesNotInterruptIt() throws InterruptedException {
        var scheduler = new ThreadScheduler(1);
        var started = new CountDownLatch(1);
        var finish = new AtomicBoolean();
        var finished = new AtomicBoolean();
        var interrupted = new AtomicBoolean();
        scheduler.repeat(
                "slow",
                MILLI,
                () -> {
                    started.countDown();
                    while (!finish.get()) {
                        Thread.onSpinWait();
                    }
                    interrupted.set(Thread.interrupted());
                    finished.set(true);
                });
        started.await();
        Thread closer = Thread.ofPlatform().start(scheduler::close);
        awaitBlocked(closer);
        finish.set(true);
        closer.join();
        assertTrue(finished.get());
        assertFalse(interrupted.get());
    }

    @Test
    void randomNumbersDiffer() {
        try (var scheduler = new ThreadScheduler(1)) {
            assertNotEquals(scheduler.random(), scheduler.random());
        }
    }

    @Test
    void jobsOfSeveralThreadsAllRun() {
        try (var scheduler = new ThreadScheduler(4)) {
            var ran = new AtomicInteger();
            for (int i = 0; i < 1000; i++) {
                scheduler.submit("job", ran::incrementAndGet);
            }
            scheduler.await(() -> ran.get() == 1000);
            assertEquals(1000, ran.get());
        }
    }

    /// Until the thread waits for something, or has ended.
    private static void awaitBlocked(Thread thread) {
        while (thread.getState() == Thread.State.RUNNABLE
                || thread.getState() == Thread.State.NEW) {
            Thread.onSpinWait();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
