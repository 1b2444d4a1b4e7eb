package dev.kvarts.log;

import dev.kvarts.jobs.Scheduler;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Lets the threads that want the log forced share forces.
///
/// Whoever finds nobody forcing forces for all; the others sleep and are woken together, each by
/// himself: those who are served go, and the first of the others begins the next force. (When they
/// queued for the lock, each had to be woken by the one before him.) He lets those come who were
/// there the last time: they have been woken and are about to append their next record, and a force
/// for all of them takes as long as one for half. Somebody alone waits for nobody.
///
/// Thread safety: any number of threads.
final class SharedForce {
    private static final long WAIT_NANOS_MAX = 1_000_000;
    private static final long GATHER_NANOS_MAX = 500_000;

    // Fixed at construction.
    private final Scheduler scheduler;
    private final ReentrantLock lock;
    private final LongSupplier durable;
    private final Runnable force;

    private final AtomicInteger present = new AtomicInteger(); // threads that want a force
    private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();

    // Guarded by the lock.
    private int expected; // threads, by the next force
    private long lastNanos; // that the last force took

    /// @param lock held while forcing; others may hold it, too
    /// @param durable every record up to this sequence number is durable
    /// @param force makes everything appended so far durable
    SharedForce(Scheduler scheduler, ReentrantLock lock, LongSupplier durable, Runnable force) {
        this.scheduler = scheduler;
        this.lock = lock;
        this.durable = durable;
        this.force = force;
    }

    /// Returns when every record up to this sequence number is durable. Not ended by an interrupt,
    /// which is kept.
    void await(long sequence) {
        if (isDurable(sequence)) {
            return;
        }
        present.incrementAndGet();
        boolean interrupted = false;
        try {
            while (!isDurable(sequence)) {
                if (lock.tryLock()) {
                    lead(sequence);
                    continue;
                }
                waiting.add(Thread.currentThread());
                if (!isDurable(sequence) && lock.isLocked()) {
                    LockSupport.parkNanos(this, WAIT_NANOS_MAX); // not all who hold it wake others
                }
                interrupted |= Thread.interrupted();
            }
        } finally {
            present.decrementAndGet();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean isDurable(long sequence) {
        return durable.getAsLong() >= sequence;
    }

    /// Forces for all who are there. Requires: the lock, which it gives up.
    private void lead(long sequence) {
        try {
            if (!isDurable(sequence)) {
                gather();
                long begin = scheduler.nanoTime();
                force.run();
                lastNanos = scheduler.nanoTime() - begin;
                expected = present.get();
            }
        } finally {
            lock.unlock();
            for (Thread each = waiting.poll(); each != null; each = waiting.poll()) {
                LockSupport.unpark(each);
            }
        }
    }

    private void gather() {
        if (present.get() < expected) {
            long most = Math.min(GATHER_NANOS_MAX, lastNanos / 2);
            long begin = scheduler.nanoTime();
            while (present.get() < expected && scheduler.nanoTime() - begin < most) {
                Thread.yield();
            }
        }
    }
}
