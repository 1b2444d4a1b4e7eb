package dev.kvarts.testkit;

import dev.kvarts.jobs.Scheduler;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// One thread, the test's own, and time that moves only when told. Jobs run when somebody awaits
/// something, or when the test asks, in an order drawn from the seed. The same seed and the same
/// calls give the same execution.
///
/// A job may await as well: others then run inside it.
///
/// Thread safety: none; a call from another thread than the one that made it is an error, but for
/// [#wakeUp()].
public final class StepScheduler implements Scheduler {
    private static final long NANOS_PER_LOOK =
            100; // so that a loop that waits for time to pass ends

    private record Job(String name, Runnable job) {}

    private static final class Repeated {
        final String name;
        final long periodNanos;
        final Runnable job;
        long nextNanos;

        Repeated(String name, long periodNanos, Runnable job, long nextNanos) {
            this.name = name;
            this.periodNanos = periodNanos;
            this.job = job;
            this.nextNanos = nextNanos;
        }
    }

    private final SplittableRandom random;
    private final Thread owner = Thread.currentThread();
    private final List<Job> queue = new ArrayList<>();
    private final List<Repeated> repeated = new ArrayList<>();
    private final List<String> running = new ArrayList<>();
    private long nanos;
    private long wallShift; // milliseconds
    private long jobsRun;
    private boolean closed;

    public StepScheduler(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /// One thread needs no handshake to close it, and whoever else looks at it is told.
    @Override
    public Arena newArena() {
        return Arena.ofConfined();
    }

    @Override
    public void submit(String name, Runnable job) {
        requireOwner();
        if (!closed) {
            queue.add(new Job(name, job));
        }
    }

    @Override
    public AutoCloseable repeat(String name, long periodNanos, Runnable job) {
        requireOwner();
        var entry = new Repeated(name, periodNanos, job, nanos + periodNanos);
        repeated.add(entry);
        return () -> repeated.remove(entry);
    }

    @Override
    public void await(BooleanSupplier condition) {
        requireOwner();
        while (!condition.getAsBoolean()) {
            if (!runOne()) {
                throw new AssertionError(
                        "awaited condition can never hold: no job is left to run; running="
                                + running);
            }
        }
    }

    /// Runs jobs; when none is left the time is up.
    @Override
    public boolean await(BooleanSupplier condition, long timeoutNanos) {
        requireOwner();
        while (!condition.getAsBoolean()) {
            if (!runOne()) {
                nanos += timeoutNanos;
                return condition.getAsBoolean();
            }
        }
        return true;
    }

    @Override
    public void wakeUp() {}

    /// Runs one of the waiting jobs, drawn by the seed. Returns whether there was one.
    public boolean runOne() {
        requireOwner();
        if (queue.isEmpty()) {
            return false;
        }
        Job job = queue.remove(random.nextInt(queue.size()));
        jobsRun++;
        running.add(job.name);
        try {
            job.job.run();
        } finally {
            running.removeLast();
        }
        return true;
    }

    /// Runs jobs until none is left, those included that jobs submit.
    public void runAll() {
        while (runOne()) {}
    }

    /// Lets so much time pass, with every repeated job run as often as it falls due.
    public void advance(long elapsedNanos) {
        requireOwner();
        long end = nanos + elapsedNanos;
        while (true) {
            Repeated next = null;
            for (Repeated entry : repeated) {
                if (entry.nextNanos <= end && (next == null || entry.nextNanos < next.nextNanos)) {
                    next = entry;
                }
            }
            if (next == null) {
                nanos = Math.max(nanos, end);
                return;
            }
            nanos = Math.max(nanos, next.nextNanos);
            next.nextNanos = nanos + next.periodNanos;
            running.add(next.name);
            try {
                next.job.run();
            } finally {
                running.removeLast();
            }
        }
    }

    /// As [#advance].
    public void advanceMillis(long millis) {
        advance(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /// Jobs that wait to be run.
    public int waiting() {
        return queue.size();
    }

    /// Jobs run so far.
    public long jobsRun() {
        return jobsRun;
    }

    @Override
    public void overlap(String name, Runnable job) {
        submit(name, job);
    }

    @Override
    public long wallMillis() {
        return 1_700_000_000_000L + nanoTime() / 1_000_000 + wallShift;
    }

    /// Somebody sets the clock on the wall by so much; negative: back.
    public void shiftWall(long millis) {
        wallShift += millis;
    }

    @Override
    public long nanoTime() {
        requireOwner();
        nanos += NANOS_PER_LOOK;
        return nanos;
    }

    @Override
    public long random() {
        requireOwner();
        return random.nextLong();
    }

    @Override
    public void close() {
        requireOwner();
        closed = true;
        queue.clear();
        repeated.clear();
    }

    private void requireOwner() {
        if (!Thread.currentThread().equals(owner)) {
            throw new AssertionError("called by a second thread: " + Thread.currentThread());
        }
    }
}
