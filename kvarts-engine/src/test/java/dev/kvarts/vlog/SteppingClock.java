package dev.kvarts.vlog;

import dev.kvarts.jobs.ForwardingScheduler;

import java.util.concurrent.atomic.AtomicLong;

/// Real threads, and a time that goes on by a step whenever somebody looks at it: so everything
/// takes as long as a test says.
final class SteppingClock extends ForwardingScheduler {
    private final AtomicLong now = new AtomicLong();
    volatile long stepNanos;

    SteppingClock(long stepNanos) {
        super(3);
        this.stepNanos = stepNanos;
    }

    @Override
    public long nanoTime() {
        return now.addAndGet(stepNanos);
    }
}
