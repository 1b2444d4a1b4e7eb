package dev.kvarts.jobs;

/// So many units per second and no more; whoever takes more waits.
///
/// Thread safety: any number of threads.
public final class RateLimit {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final Scheduler scheduler;
    private final long unitsPerSecond;
    private long freeAt; // guarded by this: when everything taken so far is paid for

    /// @param unitsPerSecond 0 is no limit
    public RateLimit(Scheduler scheduler, long unitsPerSecond) {
        this.scheduler = scheduler;
        this.unitsPerSecond = unitsPerSecond;
        this.freeAt = scheduler.nanoTime();
    }

    /// Takes units, and waits until they are paid for.
    public void take(long units) {
        if (unitsPerSecond == 0) {
            return;
        }
        long wait;
        synchronized (this) {
            long now = scheduler.nanoTime();
            freeAt =
                    Math.max(freeAt, now)
                            + (long) ((double) units / unitsPerSecond * NANOS_PER_SECOND);
            wait = freeAt - now;
        }
        scheduler.await(() -> false, wait);
    }
}
