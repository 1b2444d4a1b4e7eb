package dev.kvarts.lsm;

import dev.kvarts.jobs.Scheduler;

import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The leases of all open cursors of a keyspace. A cursor that was forgotten, not closed, is found
/// when it has been collected as garbage.
///
/// Thread safety: any number of threads.
final class Leases {
    private static final System.Logger LOGGER = System.getLogger("dev.kvarts");

    private final String keyspace;
    private final boolean noteOrigins;
    private final ReferenceQueue<Object> forgotten = new ReferenceQueue<>();
    private final Set<Lease> open = ConcurrentHashMap.newKeySet();

    Leases(String keyspace, boolean noteOrigins) {
        this.keyspace = keyspace;
        this.noteOrigins = noteOrigins;
    }

    /// Requires: inside an epoch in which the view was read.
    Lease begin(Object holder, View view) {
        var origin = noteOrigins ? new Throwable("cursor was opened here") : null;
        var lease = new Lease(holder, forgotten, view, origin);
        open.add(lease);
        return lease;
    }

    void end(Lease lease) {
        if (lease.end()) {
            open.remove(lease);
        }
    }

    /// Ends the leases of cursors that nobody has any more. Returns how many they were.
    int endForgotten() {
        int count = 0;
        for (var found = forgotten.poll(); found != null; found = forgotten.poll()) {
            var lease = (Lease) found;
            if (lease.end()) {
                open.remove(lease);
                report(lease, "was never closed");
                count++;
            }
        }
        return count;
    }

    /// Returns when no thread is inside any cursor. Requires: those who come are refused.
    void awaitOutside(Scheduler scheduler) {
        scheduler.await(() -> open.stream().noneMatch(Lease::isInside));
    }

    /// Ends those that are still open when the keyspace is closed.
    void endAll() {
        endForgotten();
        for (Lease lease : open) {
            if (lease.end()) {
                report(lease, "was open when its keyspace was closed");
            }
        }
        open.clear();
    }

    int count() {
        return open.size();
    }

    private void report(Lease lease, String what) {
        if (lease.origin() != null) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "cursor of keyspace " + keyspace + " " + what,
                    lease.origin());
        }
    }
}
