package dev.kvarts.bench;

import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/// Waits until a store that does not say when its background work is done has none.
///
/// It is quiet when for [#QUIET_POLLS] polls in turn the store's own counters have not moved, the
/// process has written nothing, and it has used little processor time. A merge that stands still
/// for that long on a slow device would be taken for the end of work.
final class Quiet {
    private static final int QUIET_POLLS = 4;
    private static final long POLL_NANOS = 100_000_000;
    private static final double IDLE_SHARE = 0.3;

    private Quiet() {}

    /// @param work changes whenever a piece of background work is done
    static void await(LongSupplier work) {
        int quiet = 0;
        long done = work.getAsLong();
        double written = written();
        double cpu = ProcessProbe.now().cpuNanos();
        while (quiet < QUIET_POLLS) {
            LockSupport.parkNanos(POLL_NANOS);
            long doneNow = work.getAsLong();
            double writtenNow = written();
            double cpuNow = ProcessProbe.now().cpuNanos();
            boolean idle =
                    doneNow == done
                            && writtenNow == written
                            && cpuNow - cpu < POLL_NANOS * IDLE_SHARE;
            quiet = idle ? quiet + 1 : 0;
            done = doneNow;
            written = writtenNow;
            cpu = cpuNow;
        }
    }

    private static double written() {
        double bytes = ProcessProbe.field(Path.of("/proc/self/io"), "wchar:");
        return Double.isNaN(bytes) ? 0 : bytes;
    }
}
