package dev.kvarts.log;

import dev.kvarts.jobs.Scheduler;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Lets the threads that want the log forced share forces.
///
/// One forces for all who are there, and then wakes all whom that served. They come back with their
/// next records, so the next force is begun by the last of them: a force for all takes as long as
/// one for half, and whoever comes last is awake already. If somebody stays away the others wait
/// for him no longer than half of a force. Somebody alone waits for nobody.
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

    private final AtomicInteger present = new AtomicInteger(); // threads that are not served yet
    private final Queue<Waiter> waiting = new ConcurrentLinkedQueue<>();

    // Written under the lock, read by all.
    private volatile int expected; // threads, by the next force
    private volatile long gathered; // when those who are there wait no longer

    /// A thread that wants a force. Who is served is gone at once, not when he wakes up.
    private final class Waiter {
        final Thread thread = Thread.currentThread();
        final long sequence;
        private final AtomicBoolean served = new AtomicBoolean();

        Waiter(long sequence) {
            this.sequence = sequence;
            present.incrementAndGet();
        }

        void serve() {
            if (served.compareAndSet(false, true)) {
                present.decrementAndGet();
            }
        }
    }

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
        var waiter = new Waiter(sequence);
        boolean queued = false;
        boolean interrupted = false;
        try {
            while (!isDurable(sequence)) {
                long wait = present.get() >= expected ? 0 : gathered - scheduler.nanoTime();
                if (wait <= 0 && lock.tryLock()) {
                    lead(waiter);
                    continue;
                }
                if (!queued) {
                    queued = true;
                    waiting.add(waiter);
                }
                if (!isDurable(sequence)) {
                    LockSupport.parkNanos(this, wait <= 0 ? WAIT_NANOS_MAX : wait);
                }
                interrupted |= Thread.interrupted();
            }
        } finally {
            waiter.serve();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean isDurable(long sequence) {
        return durable.getAsLong() >= sequence;
    }

    /// Forces for all who are there. Requires: the lock, which it gives up.
    private void lead(Waiter leader) {
        List<Thread> woken = new ArrayList<>();
        boolean failed = true;
        try {
            if (!isDurable(leader.sequence)) {
                long begin = scheduler.nanoTime();
                force.run();
                long end = scheduler.nanoTime();
                expected = present.get(); // with those whom it served
                gathered = end + Math.min(GATHER_NANOS_MAX, (end - begin) / 2);
            }
            failed = false;
            leader.serve();
        } finally {
            if (failed) {
                gathered = scheduler.nanoTime();
                for (Waiter each = waiting.poll(); each != null; each = waiting.poll()) {
                    woken.add(each.thread); // to hear why; nobody serves him any more
                }
            } else {
                takeServed(woken);
            }
            lock.unlock();
            woken.forEach(LockSupport::unpark);
        }
    }

    private void takeServed(List<Thread> woken) {
        for (Iterator<Waiter> all = waiting.iterator(); all.hasNext(); ) {
            Waiter each = all.next();
            if (isDurable(each.sequence)) {
                each.serve();
                all.remove();
                woken.add(each.thread);
            }
        }
        Waiter late = waiting.peek();
        if (late != null) {
            woken.add(late.thread); // he sees to it that the next force does not wait for ever
        }
    }
}
