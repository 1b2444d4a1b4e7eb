package dev.kvarts.jobs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The time of a database, in milliseconds since 1970: that of the wall, but it never goes back.
///
/// What has expired must not come back when somebody sets the clock, also not after a restart: so
/// the latest time known is told to the next opening (see [#learn]). While the wall's clock is
/// behind, this one goes on from where it stood, as fast as time passes.
///
/// Thread safety: any number of threads.
public final class WallClock {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long NEAR_MILLIS = 3_600_000;
    private static final VarHandle LATEST;

    static {
        try {
            LATEST = MethodHandles.lookup().findVarHandle(WallClock.class, "latest", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Scheduler scheduler;

    private volatile long latest;
    private volatile boolean relied;

    // Guarded by this: where it went on from by itself.
    private long heldMillis;
    private long heldNanos;

    /// @param known it is not earlier than this
    public WallClock(Scheduler scheduler, long known) {
        this.scheduler = scheduler;
        this.latest = known;
    }

    /// Now, and not before any time that was ever told.
    public long nowMillis() {
        long wall = scheduler.wallMillis();
        return wall >= latest ? advance(wall) : held();
    }

    /// Whether a time has come. Most are far ahead, and for those the wall is not asked: who has a
    /// clock asks it for the time now and then, so that a jump of hours is seen within a moment.
    public boolean hasCome(long millis) {
        return millis - latest <= NEAR_MILLIS && millis <= nowMillis();
    }

    /// Says that it was as late as this once.
    public void learn(long millis) {
        advance(millis);
    }

    private long advance(long millis) {
        long known = latest;
        while (millis > known) {
            if (LATEST.compareAndSet(this, known, millis)) {
                return millis;
            }
            known = latest;
        }
        return known;
    }

    private synchronized long held() {
        long known = latest;
        long nanos = scheduler.nanoTime();
        if (known != heldMillis) {
            heldMillis = known;
            heldNanos = nanos;
            return known;
        }
        long passed = (nanos - heldNanos) / NANOS_PER_MILLI;
        if (passed > 0) {
            heldNanos += passed * NANOS_PER_MILLI;
            heldMillis = advance(known + passed);
        }
        return heldMillis;
    }

    /// Notes that somebody was told of something because of what time it is: it has to stay so.
    public void rely() {
        if (!relied) {
            relied = true;
        }
    }

    /// Whether somebody relied on it since the last call.
    public boolean takeRelied() {
        boolean taken = relied;
        if (taken) {
            relied = false;
        }
        return taken;
    }
}
