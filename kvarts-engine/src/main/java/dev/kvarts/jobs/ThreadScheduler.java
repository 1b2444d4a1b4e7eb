package dev.kvarts.jobs;

import java.security.SecureRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Real threads and real time. Threads are daemons: a program that forgets to close its database
/// can end.
public final class ThreadScheduler implements Scheduler {
    private static final long RECHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final int READERS_MAX = 32;
    private static final long READER_IDLE_SECONDS = 10;

    private final ThreadPoolExecutor workers;
    private final ThreadPoolExecutor readers; // come when needed and go when idle
    private final ScheduledThreadPoolExecutor timer;
    private final SecureRandom random = new SecureRandom();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    public ThreadScheduler(int threads) {
        this.workers =
                (ThreadPoolExecutor) Executors.newFixedThreadPool(threads, named("kvarts-worker-"));
        workers.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        this.readers =
                new ThreadPoolExecutor(
                        0,
                        READERS_MAX,
                        READER_IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>(),
                        named("kvarts-reader-"),
                        new ThreadPoolExecutor.DiscardPolicy());
        this.timer = new ScheduledThreadPoolExecutor(1, named("kvarts-timer-"));
        timer.setRemoveOnCancelPolicy(true);
    }

    private static ThreadFactory named(String prefix) {
        var count = new AtomicInteger();
        return runnable -> {
            var thread = new Thread(runnable, prefix + count.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void submit(String name, Runnable job) {
        workers.execute(job);
    }

    @Override
    public void overlap(String name, Runnable job) {
        readers.execute(job);
    }

    @Override
    @SuppressWarnings("LockNotBeforeTry") // the lock is taken only to see the last run end
    public AutoCloseable repeat(String name, long periodNanos, Runnable job) {
        var running = new ReentrantLock();
        var future =
                timer.scheduleWithFixedDelay(
                        () -> {
                            running.lock();
                            try {
                                job.run();
                            } finally {
                                running.unlock();
                            }
                        },
                        periodNanos,
                        periodNanos,
                        TimeUnit.NANOSECONDS);
        return () -> {
            future.cancel(false);
            running.lock();
            running.unlock();
        };
    }

    @Override
    public void await(BooleanSupplier condition) {
        await(condition, Long.MAX_VALUE);
    }

    @Override
    public boolean await(BooleanSupplier condition, long timeoutNanos) {
        if (condition.getAsBoolean()) {
            return true;
        }
        long start = System.nanoTime();
        boolean interrupted = false;
        lock.lock();
        try {
            while (!condition.getAsBoolean()) {
                long left = timeoutNanos - (System.nanoTime() - start);
                if (left <= 0) {
                    return false;
                }
                try {
                    changed.awaitNanos(Math.min(left, RECHECK_NANOS));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return true;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void wakeUp() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long wallMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long random() {
        return random.nextLong();
    }

    @Override
    public void close() {
        timer.shutdown(); // no interrupt: a run that is under way may be inside a system call
        boolean interrupted = awaitEnd(timer);
        workers.getQueue().clear();
        workers.shutdown();
        interrupted |= awaitEnd(workers);
        readers.shutdown();
        interrupted |= awaitEnd(readers);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Returns whether the caller was interrupted meanwhile.
    private static boolean awaitEnd(ThreadPoolExecutor pool) {
        boolean interrupted = false;
        while (true) {
            try {
                if (pool.awaitTermination(1, TimeUnit.MINUTES)) {
                    return interrupted;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }
}
