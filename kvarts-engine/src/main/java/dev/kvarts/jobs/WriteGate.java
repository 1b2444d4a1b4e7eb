package dev.kvarts.jobs;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

/// Where writers wait when background work falls behind: the further behind, the longer, and never
/// all at once. It opens for good when the keyspace takes no more writes.
///
/// Thread safety: any number of threads.
public final class WriteGate {
    private static final long STEP_BYTES = 32 << 10;
    private static final long NANOS_MAX = 10_000_000;

    private final Scheduler scheduler;
    private final AtomicLong passed = new AtomicLong();
    private final AtomicInteger inside = new AtomicInteger();
    private final LongAdder delayNanos = new LongAdder();
    private volatile boolean open;

    public WriteGate(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /// Begins what may wait; [#leave()] ends it. Returns false if nobody is to wait any more.
    public boolean enter() {
        inside.incrementAndGet(); // whoever opens sees this, or this sees that it is open
        return !open;
    }

    public void leave() {
        inside.decrementAndGet();
    }

    /// Waits, once in a while, the longer the nearer `lag` is to 1.
    public void slowDown(long bytes, double lag, BooleanSupplier caughtUp) {
        if (passed.addAndGet(bytes) > STEP_BYTES) {
            passed.set(0);
            long start = scheduler.nanoTime();
            scheduler.await(() -> open || caughtUp.getAsBoolean(), (long) (lag * lag * NANOS_MAX));
            delayNanos.add(scheduler.nanoTime() - start);
        }
    }

    /// Waits until it need not.
    public void stop(BooleanSupplier caughtUp) {
        long start = scheduler.nanoTime();
        scheduler.await(() -> open || caughtUp.getAsBoolean());
        delayNanos.add(scheduler.nanoTime() - start);
    }

    /// Lets everybody through from now on.
    public void open() {
        open = true;
        scheduler.wakeUp();
    }

    /// Returns when nobody is inside who came before it was opened.
    public void awaitEmpty() {
        scheduler.await(() -> inside.get() == 0);
    }

    /// Time that writers have waited.
    public long delayNanos() {
        return delayNanos.sum();
    }
}
