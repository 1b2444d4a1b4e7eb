package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The key range divided into slices that are compacted each by itself, so that no compaction must
/// read everything: bounds are first keys of tables in the largest run.
///
/// Thread safety: immutable.
final class Slices {
    private static final double WINDOW = 0.25; // of a slice: so far off its place a bound may be
    private static final int OFF_SHARE = 64; // a slice off weighs as this share of its bytes

    private final LevelView view;
    private final RunInfo largest; // null if there is none
    private final List<byte[]> bounds; // ascending, between slices

    private Slices(LevelView view, RunInfo largest, List<byte[]> bounds) {
        this.view = view;
        this.largest = largest;
        this.bounds = bounds;
    }

    /// As many as it takes for each to have at most half of what a job may read, or up to twice as
    /// many: a power of two, so that bounds stay where they are while a keyspace grows.
    static Slices of(LevelView view, PickContext context) {
        RunInfo largest = null;
        for (RunInfo run : view.runs()) {
            largest = largest == null || run.bytes() > largest.bytes() ? run : largest;
        }
        long wanted = view.bytes() / Math.max(1, context.jobBytesMax() / 2);
        return new Slices(
                view,
                largest,
                wanted <= 1
                        ? List.of()
                        : bounds(view, largest, 2 * Long.highestOneBit(wanted - 1)));
    }

    /// First keys of tables, about `largest.bytes() / count` apart: around each of the places where
    /// they should be the one that lies within the fewest bytes of other runs, which is one where
    /// others were cut before.
    private static List<byte[]> bounds(LevelView view, RunInfo largest, long count) {
        if (largest == null) {
            return List.of();
        }
        double apart = (double) largest.bytes() / count;
        List<byte[]> bounds = new ArrayList<>();
        byte[] best = null;
        double bestCost = 0;
        long nth = 1; // of the places
        long before = 0;
        for (TableInfo table : largest.tables()) {
            double off = before / apart - nth; // in distances
            if (off > WINDOW && best != null) {
                bounds.add(best);
                best = null;
                nth = Math.max(nth + 1, Math.round(before / apart));
                off = before / apart - nth;
            }
            if (before > 0 && off >= -WINDOW) {
                double cost = within(view, table.keys().from()) + Math.abs(off) * apart / OFF_SHARE;
                if (best == null || cost < bestCost) {
                    best = table.keys().from();
                    bestCost = cost;
                }
            }
            before += table.bytes();
        }
        if (best != null && nth < count) {
            bounds.add(best);
        }
        return List.copyOf(bounds);
    }

    /// Bytes of the tables that the key lies within, not at the beginning.
    private static long within(LevelView view, byte[] key) {
        long bytes = 0;
        for (RunInfo run : view.runs()) {
            int index = RunInfo.endingBehind(run.tables(), key);
            if (index < run.tables().size()) {
                TableInfo table = run.tables().get(index);
                bytes += Arrays.compareUnsigned(table.keys().from(), key) < 0 ? table.bytes() : 0;
            }
        }
        return bytes;
    }

    int count() {
        return bounds.size() + 1;
    }

    /// Between the slices, ascending.
    List<byte[]> bounds() {
        return bounds;
    }

    KeySpan span(int index) {
        byte[] from = index == 0 ? KeySpan.ALL.from() : bounds.get(index - 1);
        return new KeySpan(from, index == bounds.size() ? null : bounds.get(index));
    }

    /// About how many bytes tables have in each slice that they touch.
    long bytesEach(List<TableInfo> tables) {
        long bytes = 0;
        for (TableInfo table : tables) {
            bytes += table.bytes() / touched(table.keys());
        }
        return bytes;
    }

    private int touched(KeySpan keys) {
        int low = indexOf(keys.from());
        int high = low;
        while (high < bounds.size() && KeySpan.endsBehind(keys.to(), bounds.get(high))) {
            high++;
        }
        return high - low + 1;
    }

    /// Index of the slice that holds the key.
    private int indexOf(byte[] key) {
        int low = 0;
        int high = bounds.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (KeySpan.endsBehind(bounds.get(middle), key)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /// Where tables should end, so that about `bytes` bytes spread over all keys make pieces of
    /// `pieceBytes` or up to twice as much: of the same places as the bounds of slices.
    List<byte[]> cuts(long bytes, long pieceBytes) {
        long pieces = bytes / pieceBytes;
        return pieces <= 1 ? List.of() : bounds(view, largest, Long.highestOneBit(pieces));
    }
}
