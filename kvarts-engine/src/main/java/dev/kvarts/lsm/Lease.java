package dev.kvarts.lsm;

import dev.kvarts.memtable.SortedStore;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.List;

/// What an open cursor holds: the memtables and files that it looks at. It is given back when the
/// cursor is closed, or when it is found to be forgotten.
///
/// It also tells whether a thread is inside the cursor at the moment, so that closing the database
/// can wait for it, and two threads in one cursor are noticed.
///
/// Thread safety: any number of threads.
public final class Lease extends PhantomReference<Object> {
    private static final VarHandle INSIDE;
    private static final VarHandle ENDED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            INSIDE = lookup.findVarHandle(Lease.class, "inside", int.class);
            ENDED = lookup.findVarHandle(Lease.class, "ended", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Fixed at construction.
    private final View view;
    private final Throwable origin; // null unless leaks are to be reported

    @SuppressWarnings("UnusedVariable")
    private volatile boolean ended; // written by handle

    private volatile int inside;

    /// Requires: inside an epoch in which the view was read.
    Lease(Object holder, ReferenceQueue<Object> forgotten, View view, Throwable origin) {
        super(holder, forgotten);
        this.view = view;
        this.origin = origin;
        view.pin();
    }

    /// Begins a move. Returns false if a thread is inside already.
    public boolean enter() {
        return INSIDE.compareAndSet(this, 0, 1); // a full fence: who closes sees it, or is seen
    }

    public void exit() {
        INSIDE.setRelease(this, 0);
    }

    /// The newest first.
    List<SortedStore> stores() {
        return view.frozen() == null
                ? List.of(view.active())
                : List.of(view.active(), view.frozen());
    }

    Version version() {
        return view.version();
    }

    boolean isInside() {
        return inside != 0;
    }

    /// Gives everything back. Returns whether it was not yet.
    boolean end() {
        if (!ENDED.compareAndSet(this, false, true)) {
            return false;
        }
        view.unpin();
        return true;
    }

    /// Where the cursor was opened; null if that was not noted.
    Throwable origin() {
        return origin;
    }
}
