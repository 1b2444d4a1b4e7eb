package dev.kvarts.lsm;

import java.util.Arrays;
import java.util.List;

/// Tables that do not overlap, in the order of their keys: read as if they were one.
final class SortedRun {
    final long id;
    final int level;
    private final LiveTable[] tables;

    /// Tables without entries, whose range tombstones the version knows, are left out.
    SortedRun(long id, int level, List<LiveTable> tables) {
        this.id = id;
        this.level = level;
        this.tables = tables.stream().filter(table -> table.hasEntries).toArray(LiveTable[]::new);
        Arrays.sort(
                this.tables, (one, other) -> Arrays.compareUnsigned(one.firstKey, other.firstKey));
    }

    int count() {
        return tables.length;
    }

    LiveTable get(int index) {
        return tables[index];
    }

    List<LiveTable> tables() {
        return List.of(tables);
    }

    /// Index of the first table whose last key is not lower than the key; the number of tables if
    /// there is none.
    int indexOf(byte[] key, int keySize) {
        int low = 0;
        int high = tables.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            byte[] last = tables[middle].lastKey;
            if (Arrays.compareUnsigned(last, 0, last.length, key, 0, keySize) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// The table that may have the key, or null.
    LiveTable tableOf(byte[] key, int keySize) {
        int index = tables.length == 1 ? 0 : indexOf(key, keySize);
        return index < tables.length && tables[index].mayContain(key, keySize)
                ? tables[index]
                : null;
    }
}
