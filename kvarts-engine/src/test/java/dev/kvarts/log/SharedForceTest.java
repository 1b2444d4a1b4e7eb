package dev.kvarts.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// Threads share forces; nobody returns too early, waits for ever, or does not hear of a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SharedForceTest {
    private static final int THREADS = 8;
    private static final long FORCE_NANOS = 3_000_000;

    private final Scheduler scheduler = new ThreadScheduler(1);
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong appended = new AtomicLong();
    private final AtomicLong durable = new AtomicLong();
    private final AtomicInteger forces = new AtomicInteger();
    private volatile IllegalStateException failure;

    private final SharedForce shared =
            new SharedForce(scheduler, lock, durable::get, this::forceSlowly);

    @AfterEach
    void close() {
        scheduler.close();
    }

    private void forceSlowly() {
        assertTrue(lock.isHeldByCurrentThread());
        long upTo = appended.get();
        long end = System.nanoTime() + FORCE_NANOS;
        for (long left = FORCE_NANOS; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        if (failure != null) {
            throw failure;
        }
        forces.incrementAndGet();
        durable.set(upTo);
    }

    private void write() {
        long sequence = appended.incrementAndGet();
        shared.await(sequence);
        assertTrue(durable.get() >= sequence);
    }

    private static List<FutureTask<Void>> start(int threads, Runnable work) {
        List<FutureTask<Void>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            var task = new FutureTask<Void>(work, null);
            all.add(task);
            Thread.ofPlatform().start(task);
        }
        return all;
    }

    @Test
    void aForceServesMostOfThoseWhoWrite() throws Exception {
        int rounds = 100;
        for (FutureTask<Void> each :
                start(
                        THREADS,
                        () -> {
                            for (int i = 0; i < rounds; i++) {
                                write();
                            }
                        })) {
            each.get();
        }
        assertEquals((long) THREADS * rounds, durable.get());
        int all = forces.get();
        assertTrue(all >= rounds && all < rounds * THREADS / 2, "forces=" + all);
    }

    @Test
    void whoIsAloneForcesAtOnce() {
        for (int i = 0; i < 50; i++) {
            write();
        }
        assertEquals(50, forces.get());
    }

    @Test
    void nobodyWaitsForWhoStaysAway() throws Exception {
        for (FutureTask<Void> each : start(THREADS, this::write)) {
            each.get();
        }
        int before = forces.get();
        write();
        write();
        assertEquals(before + 2, forces.get());
    }

    @Test
    void whatWasForcedMeanwhileIsNotForcedAgain() throws Exception {
        long sequence = appended.incrementAndGet();
        shared.await(sequence);
        shared.await(sequence);
        assertEquals(1, forces.get());
    }

    @Test
    void aFailureIsToldToAllWhoWait() throws Exception {
        failure = new IllegalStateException("device is gone");
        List<FutureTask<Void>> all = start(THREADS, this::write);
        for (FutureTask<Void> each : all) {
            var told = assertThrows(Exception.class, each::get);
            assertEquals(failure, told.getCause());
        }
        assertEquals(0, forces.get());
        failure = null;
        write();
        assertFalse(lock.isLocked());
    }

    /// Others hold the lock too, and wake nobody.
    @Test
    void whoFindsTheLockTakenComesBack() throws Exception {
        List<FutureTask<Void>> all = new ArrayList<>();
        lock.lock();
        try {
            var begun = new CountDownLatch(2);
            all.addAll(
                    start(
                            2,
                            () -> {
                                begun.countDown();
                                write();
                            }));
            begun.await();
            LockSupport.parkNanos(FORCE_NANOS);
        } finally {
            lock.unlock();
        }
        for (FutureTask<Void> each : all) {
            each.get();
        }
    }

    @Test
    void anInterruptIsKeptAndEndsNothing() throws Exception {
        var task =
                new FutureTask<>(
                        () -> {
                            Thread.currentThread().interrupt();
                            write();
                            return Thread.interrupted();
                        });
        Thread.ofPlatform().start(task);
        assertTrue(task.get());
    }
}
