package dev.kvarts.jobs;

import java.util.function.BooleanSupplier;

/// Passes every call on to real threads. What a test wants otherwise it overrides.
public class ForwardingScheduler implements Scheduler {
    private final Scheduler threads;

    public ForwardingScheduler(int threads) {
        this.threads = new ThreadScheduler(threads);
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
    public long nanoTime() {
        return threads.nanoTime();
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
