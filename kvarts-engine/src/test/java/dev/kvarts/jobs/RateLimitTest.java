package dev.kvarts.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.function.BooleanSupplier;

/// So many units per second and no more.
final class RateLimitTest {
    /// A clock that moves when somebody waits.
    private static final class Clock implements Scheduler {
        private long now = 1_000;

        @Override
        public void submit(String name, Runnable job) {
            throw new AssertionError(name);
        }

        @Override
        public AutoCloseable repeat(String name, long periodNanos, Runnable job) {
            throw new AssertionError(name);
        }

        @Override
        public void await(BooleanSupplier condition) {
            throw new AssertionError("no end");
        }

        @Override
        public boolean await(BooleanSupplier condition, long timeoutNanos) {
            now += Math.max(0, timeoutNanos);
            return condition.getAsBoolean();
        }

        @Override
        public void wakeUp() {}

        @Override
        public void overlap(String name, Runnable job) {
            submit(name, job);
        }

        @Override
        public long wallMillis() {
            return 1_700_000_000_000L + nanoTime() / 1_000_000;
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public long random() {
            return 4;
        }

        @Override
        public void close() {}
    }

    private final Clock clock = new Clock();

    @Test
    void takingWaitsUntilTheUnitsArePaidFor() {
        var limit = new RateLimit(clock, 1000);
        long start = clock.now;
        for (int i = 0; i < 10; i++) {
            limit.take(500);
        }
        assertEquals(5_000_000_000L, clock.now - start);
    }

    @Test
    void idleTimeIsNotSavedUp() {
        var limit = new RateLimit(clock, 1000);
        clock.now += 60_000_000_000L;
        long start = clock.now;
        limit.take(1000);
        assertEquals(1_000_000_000L, clock.now - start);
    }

    @Test
    void zeroIsNoLimit() {
        var limit = new RateLimit(clock, 0);
        long start = clock.now;
        limit.take(Long.MAX_VALUE);
        assertEquals(start, clock.now);
    }

    @Test
    void largeAmountsDoNotOverflow() {
        var limit = new RateLimit(clock, 1L << 30);
        long start = clock.now;
        limit.take(1L << 40);
        assertEquals(1024.0, (clock.now - start) / 1e9, 0.001);
    }
}
