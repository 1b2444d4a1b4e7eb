package dev.kvarts.db;

import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Real threads under a clock on the wall that stands still until it is stepped.
final class SteppedWall {
    private final AtomicLong millis = new AtomicLong(1_700_000_000_000L);

    Instant now() {
        return Instant.ofEpochMilli(millis.get());
    }

    void step(Duration by) {
        millis.addAndGet(by.toMillis());
    }

    /// A scheduler for one opening; all of them tell the same time.
    Scheduler scheduler() {
        return new Stepped(new ThreadScheduler(2), millis);
    }

    private record Stepped(Scheduler real, AtomicLong millis) implements Scheduler {
        @Override
        public void submit(String name, Runnable job) {
            real.submit(name, job);
        }

        @Override
        public void overlap(String name, Runnable job) {
            real.overlap(name, job);
        }

        @Override
        public AutoCloseable repeat(String name, long periodNanos, Runnable job) {
            return real.repeat(name, periodNanos, job);
        }

        @Override
        public void await(BooleanSupplier condition) {
            real.await(condition);
        }

        @Override
        public boolean await(BooleanSupplier condition, long timeoutNanos) {
            return real.await(condition, timeoutNanos);
        }

        @Override
        public void wakeUp() {
            real.wakeUp();
        }

        @Override
        public long nanoTime() {
            return real.nanoTime();
        }

        @Override
        public long wallMillis() {
            return millis.get();
        }

        @Override
        public long random() {
            return real.random();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
