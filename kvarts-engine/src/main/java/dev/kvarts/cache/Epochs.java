package dev.kvarts.cache;

import dev.kvarts.jobs.Scheduler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Tells when memory that was unlinked can no longer be seen by anybody.
///
/// A reader [enters][#enter()], looks, and [exits][#exit(int)]; between the two it must not wait
/// for anything. Whoever unlinks memory reads the [current][#current()] epoch afterwards; two
/// epochs later no reader can still be inside. Epoch based reclamation (Fraser 2004), with readers
/// counted in striped counters instead of announced per thread, so that any number of threads,
/// virtual ones too, may come and go.
///
/// ```
/// epoch e: readers may be counted under e and under e-1, under no other
/// e -> e+1 is allowed when nobody is counted under e-1
/// unlinked in e: everybody who may have seen it is gone when the epoch is e+2
/// ```
public final class Epochs {
    private static final int STRIPES = 64;
    private static final int PADDING = 16; // longs: two cache lines, which are fetched in pairs
    private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(long[].class);

    private final Scheduler scheduler;
    private final long[] counters = new long[(2 * STRIPES + 1) * PADDING];
    private volatile long epoch = 2;

    public Epochs(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /// Returns what [#exit(int)] wants back.
    public int enter() {
        int stripe = (int) Thread.currentThread().threadId() & STRIPES - 1;
        while (true) {
            long now = epoch;
            int counter = (2 * stripe + (int) (now & 1) + 1) * PADDING;
            COUNTER.getAndAdd(counters, counter, 1L);
            if (epoch == now) {
                return counter;
            }
            COUNTER.getAndAdd(
                    counters, counter,
                    -1L); // the epoch moved in between: not counted where it must be
        }
    }

    public void exit(int token) {
        COUNTER.getAndAdd(counters, token, -1L);
    }

    public long current() {
        return epoch;
    }

    /// Whether everything unlinked before `unlinked` was read from [#current()] is out of sight;
    /// moves on if it can.
    public boolean passed(long unlinked) {
        if (epoch - unlinked < 2) {
            advance();
        }
        return epoch - unlinked >= 2;
    }

    private synchronized void advance() {
        int previous = (int) (epoch + 1 & 1);
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            if ((long) COUNTER.getVolatile(counters, (2 * stripe + previous + 1) * PADDING) != 0) {
                return;
            }
        }
        epoch++;
    }

    /// Waits until everything unlinked before the call is out of sight. Requires: the caller is not
    /// inside.
    public void await() {
        long unlinked = epoch;
        for (int spin = 0; spin < 100; spin++) {
            if (passed(unlinked)) {
                return;
            }
            Thread.onSpinWait();
        }
        for (int yield = 0; yield < 100; yield++) {
            if (passed(unlinked)) {
                return;
            }
            Thread.yield();
        }
        scheduler.await(() -> passed(unlinked));
    }
}
