package dev.kvarts.entry;

import dev.kvarts.cache.Epochs;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// What a keyspace looked like before its last changes that only old snapshots must not see: each
/// view stays exactly as long as a snapshot needs it.
///
/// A flush writes the newest version of each key, everything up to `to`; snapshots from `from` on
/// and below `to` go on with the view from before it.
///
/// Thread safety: readers any, inside an epoch; changed by one thread at a time.
///
/// @param <V> what a keyspace looks like
public final class KeptViews<V> {
    private final LiveSnapshots snapshots;
    private final Epochs epochs;
    private final Consumer<V> whenGone;

    // Written by one thread at a time, read by all.
    private volatile List<Kept<V>> all = List.of();

    private static final class Kept<V> {
        final V view;
        final long from;
        final long to;
        long passed = -1; // the epoch in which the watermark had reached `to`; -1: not yet

        Kept(V view, long from, long to) {
            this.view = view;
            this.from = from;
            this.to = to;
        }
    }

    /// @param whenGone gives a view back that no snapshot needs
    public KeptViews(LiveSnapshots snapshots, Epochs epochs, Consumer<V> whenGone) {
        this.snapshots = snapshots;
        this.epochs = epochs;
        this.whenGone = whenGone;
    }

    /// Keeps a view for snapshots in `[from, to)`. Before readers see what replaces it.
    public void add(V view, long from, long to) {
        var more = new ArrayList<>(all);
        more.add(new Kept<>(view, from, to));
        all = List.copyOf(more);
    }

    /// The view of a live snapshot that began before the present view.
    ///
    /// @throws IllegalStateException if it is live no more
    public V at(long sequence) {
        for (Kept<V> kept : all) {
            if (kept.from <= sequence && sequence < kept.to) {
                return kept.view;
            }
        }
        throw new IllegalStateException("snapshot is closed");
    }

    public int count() {
        return all.size();
    }

    /// Tells that what replaces the views is seen, so that two epochs later it is known who needs
    /// them.
    public void notePassed() {
        for (Kept<V> kept : all) {
            if (kept.passed < 0 && snapshots.visible() >= kept.to) {
                kept.passed = epochs.current();
            }
        }
    }

    /// Gives back the views that no live snapshot needs. Returns whether there were any.
    public boolean release() {
        if (all.isEmpty()) {
            return false;
        }
        notePassed();
        List<Kept<V>> needed = new ArrayList<>();
        List<Kept<V>> gone = new ArrayList<>();
        for (Kept<V> kept : all) {
            boolean needless =
                    kept.passed >= 0
                            && epochs.passed(kept.passed)
                            && !snapshots.anyIn(kept.from, kept.to);
            (needless ? gone : needed).add(kept);
        }
        if (!gone.isEmpty()) {
            all = List.copyOf(needed);
            gone.forEach(kept -> whenGone.accept(kept.view));
        }
        return !gone.isEmpty();
    }

    /// Gives all views back. Requires: no reader is inside.
    public void releaseAll() {
        List<Kept<V>> gone = all;
        all = List.of();
        gone.forEach(kept -> whenGone.accept(kept.view));
    }
}
