package dev.kvarts.jobs;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/// A part of a job that another thread may do meanwhile. Who needs it done does it himself if
/// nobody has begun: so it cannot wait in a queue behind the very jobs that wait for it.
///
/// Thread safety: offered and finished by one thread; done by any.
public final class Errand {
    private final Scheduler scheduler;
    private final Work work;
    private final AtomicBoolean begun = new AtomicBoolean();
    private Throwable failure; // written before done
    private volatile boolean done;

    /// What is to be done.
    @FunctionalInterface
    public interface Work {
        void run() throws IOException;
    }

    private Errand(Scheduler scheduler, Work work) {
        this.scheduler = scheduler;
        this.work = work;
    }

    /// Lets another thread begin.
    public static Errand offer(Scheduler scheduler, String name, Work work) {
        var errand = new Errand(scheduler, work);
        scheduler.submit(name, errand::doOnce);
        return errand;
    }

    /// As [#offer], for work that mostly waits for a device: many such may be under way at once.
    public static Errand overlap(Scheduler scheduler, String name, Work work) {
        var errand = new Errand(scheduler, work);
        scheduler.overlap(name, errand::doOnce);
        return errand;
    }

    private void doOnce() {
        if (!begun.compareAndSet(false, true)) {
            return;
        }
        try {
            work.run();
        } catch (Throwable e) { // whoever offered it gets it
            failure = e;
        } finally {
            done = true;
            scheduler.wakeUp();
        }
    }

    /// Returns when it is done.
    ///
    /// @throws IOException what the work threw; unchecked exceptions are thrown likewise
    public void finish() throws IOException {
        doOnce();
        if (!done) {
            scheduler.await(() -> done);
        }
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError("errand: unexpected exception", failure);
        }
    }

    /// Returns when it is done or, if nobody has begun, will never be. What it threw nobody hears.
    public void abandon() {
        if (begun.compareAndSet(false, true)) {
            done = true;
        } else if (!done) {
            scheduler.await(() -> done);
        }
    }
}
