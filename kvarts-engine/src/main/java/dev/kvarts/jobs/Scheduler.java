package dev.kvarts.jobs;

import java.lang.foreign.Arena;
import java.util.function.BooleanSupplier;

/// Runs jobs, tells the time and draws random numbers: all that makes one execution differ from
/// another.
///
/// Thread safety: any number of threads.
public interface Scheduler extends AutoCloseable {
    /// Runs the job soon, on a background thread. Jobs must not throw.
    void submit(String name, Runnable job);

    /// Runs the job beside many others, because it mostly waits for a device; or forgets it when
    /// there are too many. For [Errand]s.
    void overlap(String name, Runnable job);

    /// Runs the job again and again, with at least `periodNanos` between two runs, until the handle
    /// is closed. Closing waits for a run that is under way, unless it is called from it.
    AutoCloseable repeat(String name, long periodNanos, Runnable job);

    /// Waits until `condition` holds; checks it again after [#wakeUp()] and from time to time. Not
    /// ended by an interrupt, which is kept. Requires: the caller holds no lock that a job needs. A
    /// job that calls it occupies its thread.
    void await(BooleanSupplier condition);

    /// As [#await(BooleanSupplier)], at most this long. Returns whether the condition holds.
    boolean await(BooleanSupplier condition, long timeoutNanos);

    /// Tells the waiting ones that something changed.
    void wakeUp();

    /// Monotonic time.
    long nanoTime();

    /// Milliseconds since 1970 by the clock on the wall, which may jump.
    long wallMillis();

    /// A random number, for seeds and identities.
    long random();

    /// An arena for memory that jobs and their clients use, whose user closes it. Closing one that
    /// many threads may use is a handshake with all of them.
    default Arena newArena() {
        return Arena.ofShared();
    }

    /// Ends background work: waits for running jobs, forgets waiting ones and those to come.
    @Override
    void close();
}
