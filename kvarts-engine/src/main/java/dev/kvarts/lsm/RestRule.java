package dev.kvarts.lsm;

import java.util.List;

/// When a slice of a keyspace that nobody writes to is merged into its last run, though its
/// strategy would wait for more: if what is above that run is an eighth of it or more. That writes
/// nine bytes for one at the most, once; values that were overwritten can be reclaimed afterwards.
final class RestRule {
    private static final int SHARE = 8;

    private RestRule() {}

    static boolean isDue(LevelView view, Slices slices, KeySpan slice) {
        long all = 0;
        long last = 0;
        for (RunInfo run : view.runs()) {
            List<TableInfo> tables = run.overlapping(slice);
            if (!tables.isEmpty()) {
                last = slices.bytesEach(tables);
                all += last;
            }
        }
        return all > last && all - last >= all / (SHARE + 1);
    }
}
