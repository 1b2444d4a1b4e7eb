package dev.kvarts.vlog;

import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Real threads, and a time that goes on by a step whenever somebody looks at it: so everything
/// takes as long as a test says.
final class SteppingClock implements Scheduler {
    private final Scheduler threads = new ThreadScheduler(3);
    private final AtomicLong now = new AtomicLong();
    volatile long stepNanos;

    SteppingClock(long stepNanos) {
        this.stepNanos = stepNanos;
    }

    @Override
    public long nanoTime() {
        return now.addAndGet(stepNanos);
    }

    @Override
    public void submit(String name, Runnable job) {
        threads.submit(name, job);
    }

    @Override
    public void overlap(String name, Runnable job) {
        threads.overlap(name, job);
    }

    @Override
    public AutoCloseable repeat(String name, long periodNanos, Runnable job) {
        return threads.repeat(name, periodNanos, job);
    }

    @Override
    public void await(BooleanSupplier condition) {
        threads.await(condition);
    }

    @Override
    public boolean await(BooleanSupplier condition, long timeoutNanos) {
        return threads.await(condition, timeoutNanos);
    }

    @Override
    public void wakeUp() {
        threads.wakeUp();
    }

    @Override
    public long wallMillis() {
        return threads.wallMillis();
    }

    @Override
    public long random() {
        return threads.random();
    }

    @Override
    public void close() {
        threads.close();
    }
}
