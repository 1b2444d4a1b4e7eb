package dev.kvarts.lsm;

import java.util.ArrayList;
import java.util.List;

/// The key range divided into slices that are compacted each by itself, so that no compaction must
/// read everything: bounds are first keys of tables in the largest run.
///
/// Thread safety: immutable.
final class Slices {
    private final List<byte[]> bounds; // ascending, between slices

    private Slices(List<byte[]> bounds) {
        this.bounds = bounds;
    }

    /// As many as it takes for each to have at most half of what a job may read.
    static Slices of(LevelView view, PickContext context) {
        long count = view.bytes() / Math.max(1, context.jobBytesMax() / 2);
        List<byte[]> bounds = new ArrayList<>();
        if (count > 1) {
            RunInfo largest = view.runs().getFirst();
            for (RunInfo run : view.runs()) {
                largest = run.bytes() > largest.bytes() ? run : largest;
            }
            long bytesEach = Math.max(1, largest.bytes() / count);
            long before = 0;
            for (TableInfo table : largest.tables()) {
                if (before >= bytesEach) {
                    bounds.add(table.keys().from());
                    before = 0;
                }
                before += table.bytes();
            }
        }
        return new Slices(List.copyOf(bounds));
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

    /// How many slices a stretch of keys touches.
    int touched(KeySpan keys) {
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

    /// Every so many of the bounds, so that about `bytes` bytes spread over all keys make pieces of
    /// at least `pieceBytes`. The steps are powers of two, so that coarse bounds are fine ones too.
    List<byte[]> cuts(long bytes, long pieceBytes) {
        int step = 1;
        while (step <= bounds.size() && bytes / count() * step < pieceBytes) {
            step *= 2;
        }
        List<byte[]> cuts = new ArrayList<>();
        for (int i = step - 1; i < bounds.size(); i += step) {
            cuts.add(bounds.get(i));
        }
        return cuts;
    }
}
