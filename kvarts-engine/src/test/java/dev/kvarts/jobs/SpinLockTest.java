package dev.kvarts.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// One at a time.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SpinLockTest {
    private long counter; // guarded by the lock

    @Test
    void onlyOneThreadIsInside() throws InterruptedException {
        var lock = new SpinLock();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 6; t++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 20_000; i++) {
                                            lock.lock();
                                            try {
                                                counter++;
                                            } finally {
                                                lock.unlock();
                                            }
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        lock.lock();
        assertEquals(120_000, counter);
        lock.unlock();
    }

    @Test
    void aWaiterGetsInAfterALongSection() throws InterruptedException {
        var lock = new SpinLock();
        var inside = new AtomicBoolean();
        lock.lock();
        Thread waiter =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    lock.lock();
                                    inside.set(true);
                                    lock.unlock();
                                });
        while (waiter.getState() != Thread.State.TIMED_WAITING) { // it naps
            Thread.onSpinWait();
        }
        lock.unlock();
        waiter.join();
        assertTrue(inside.get());
    }
}
