package dev.kvarts.lsm;

import java.util.Arrays;
import java.util.List;

/// A sorted run: tables that do not overlap.
///
/// @param id the higher, the newer
/// @param tables ascending
record RunInfo(long id, List<TableInfo> tables) {
    RunInfo {
        tables = List.copyOf(tables);
    }

    long bytes() {
        long bytes = 0;
        for (TableInfo table : tables) {
            bytes += table.bytes();
        }
        return bytes;
    }

    /// Its tables that overlap the span.
    List<TableInfo> overlapping(KeySpan span) {
        return overlapping(tables, span);
    }

    /// Those that overlap the span.
    ///
    /// @param tables ascending, not overlapping each other
    static List<TableInfo> overlapping(List<TableInfo> tables, KeySpan span) {
        int from = endingBehind(tables, span.from());
        int to = from;
        while (to < tables.size() && span.overlaps(tables.get(to).keys())) {
            to++;
        }
        return tables.subList(from, to);
    }

    /// Index of the first table that ends behind the key; their number if none does.
    static int endingBehind(List<TableInfo> tables, byte[] key) {
        int low = 0;
        int high = tables.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (KeySpan.endsBehind(tables.get(middle).keys().to(), key)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    static int byFirstKey(TableInfo one, TableInfo other) {
        return Arrays.compareUnsigned(one.keys().from(), other.keys().from());
    }
}
