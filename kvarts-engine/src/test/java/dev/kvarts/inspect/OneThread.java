package dev.kvarts.inspect;

import dev.kvarts.jobs.Scheduler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/// A scheduler that runs jobs on the test's own thread, in the order in which they came, when
/// somebody awaits something. Repeated jobs run only when the test asks. The same calls give the
/// same files.
final class OneThread implements Scheduler {
    private static final long NANOS_PER_LOOK = 100;

    private final SplittableRandom random;
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final List<Runnable> repeated = new ArrayList<>();
    private final long laterMillis;
    private long nanos;

    OneThread(long seed) {
        this(seed, 0);
    }

    /// @param laterMillis how much later it is than for others
    OneThread(long seed, long laterMillis) {
        this.random = new SplittableRandom(seed);
        this.laterMillis = laterMillis;
    }

    @Override
    public void submit(String name, Runnable job) {
        queue.add(job);
    }

    @Override
    public AutoCloseable repeat(String name, long periodNanos, Runnable job) {
        repeated.add(job);
        return () -> repeated.remove(job);
    }

    /// Runs each of the repeated jobs once.
    void runRepeated() {
        List.copyOf(repeated).forEach(Runnable::run);
    }

    @Override
    public void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (queue.isEmpty()) {
                throw new AssertionError("awaited condition can never hold");
            }
            queue.poll().run();
        }
    }

    @Override
    public boolean await(BooleanSupplier condition, long timeoutNanos) {
        while (!condition.getAsBoolean()) {
            if (queue.isEmpty()) {
                nanos += timeoutNanos;
                return condition.getAsBoolean();
            }
            queue.poll().run();
        }
        return true;
    }

    @Override
    public void wakeUp() {}

    void runAll() {
        while (!queue.isEmpty()) {
            queue.poll().run();
        }
    }

    @Override
    public void overlap(String name, Runnable job) {
        submit(name, job);
    }

    @Override
    public long wallMillis() {
        return 1_700_000_000_000L + nanoTime() / 1_000_000 + laterMillis;
    }

    @Override
    public long nanoTime() {
        nanos += NANOS_PER_LOOK;
        return nanos;
    }

    @Override
    public long random() {
        return random.nextLong();
    }

    @Override
    public void close() {
        queue.clear();
    }
}
