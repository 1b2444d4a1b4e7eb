package dev.kvarts.jobs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/// A lock for sections of a few hundred nanoseconds: spins, then yields, then sleeps in short naps.
/// Not reentrant.
///
/// A [java.util.concurrent.locks.ReentrantLock] parks a waiter almost at once; waking it costs more
/// than a hundred such sections.
public class SpinLock {
    private static final int SPINS = 64;
    private static final int YIELDS = 64;
    private static final long NAP_NANOS = 50_000;
    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(SpinLock.class, "held", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int held;

    public final void lock() {
        if (!HELD.compareAndSet(this, 0, 1)) {
            lockSlowly();
        }
    }

    private void lockSlowly() {
        for (int attempt = 0; ; attempt++) {
            if (held == 0 && HELD.compareAndSet(this, 0, 1)) {
                return;
            }
            pause(attempt);
        }
    }

    public final void unlock() {
        HELD.setRelease(this, 0);
    }

    /// One step of waiting for something that another thread is about to do.
    public static void pause(int attempt) {
        if (attempt < SPINS) {
            Thread.onSpinWait();
        } else if (attempt < SPINS + YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }
}
