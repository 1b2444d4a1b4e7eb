package dev.kvarts.lsm;

import dev.kvarts.bytes.Bytes;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/// Tables that do not overlap, in the order of their keys: read as if they were one.
final class SortedRun {
    final long id;
    final int level;
    private final LiveTable[] tables;

    // Of the tables' first and last keys: side by side they are a cache line or two.
    private final long[] firstHeads;
    private final long[] lastHeads;

    /// Tables without entries, whose range tombstones the version knows, are left out.
    SortedRun(long id, int level, List<LiveTable> tables) {
        this.id = id;
        this.level = level;
        this.tables = tables.stream().filter(table -> table.hasEntries).toArray(LiveTable[]::new);
        Arrays.sort(
                this.tables, (one, other) -> Arrays.compareUnsigned(one.firstKey, other.firstKey));
        this.firstHeads = heads(table -> table.firstKey);
        this.lastHeads = heads(table -> table.lastKey);
    }

    private long[] heads(Function<LiveTable, byte[]> keyOf) {
        return Arrays.stream(tables).map(keyOf).mapToLong(key -> head(key, key.length)).toArray();
    }

    /// A key's first 8 bytes as a number that orders as they do.
    private static long head(byte[] key, int keySize) {
        return Bytes.head(key, 0, keySize) ^ Long.MIN_VALUE;
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
        long head = head(key, keySize);
        int low = 0;
        int high = tables.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (lastHeads[middle] < head
                    || lastHeads[middle] == head && endsBelow(middle, key, keySize)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private boolean endsBelow(int table, byte[] key, int keySize) {
        byte[] last = tables[table].lastKey;
        return Arrays.compareUnsigned(last, 0, last.length, key, 0, keySize) < 0;
    }

    /// The table that may have the key, or null.
    LiveTable tableOf(byte[] key, int keySize) {
        int index = indexOf(key, keySize);
        if (index == tables.length) {
            return null;
        }
        long head = head(key, keySize);
        boolean begins =
                firstHeads[index] < head
                        || firstHeads[index] == head && !beginsAbove(index, key, keySize);
        return begins ? tables[index] : null;
    }

    private boolean beginsAbove(int table, byte[] key, int keySize) {
        byte[] first = tables[table].firstKey;
        return Arrays.compareUnsigned(first, 0, first.length, key, 0, keySize) > 0;
    }
}
