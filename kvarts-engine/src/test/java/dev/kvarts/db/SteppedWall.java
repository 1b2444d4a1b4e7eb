package dev.kvarts.db;

import dev.kvarts.jobs.ForwardingScheduler;
import dev.kvarts.jobs.Scheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

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
        return new ForwardingScheduler(2) {
            @Override
            public long wallMillis() {
                return millis.get();
            }
        };
    }
}
