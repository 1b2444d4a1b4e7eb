package dev.kvarts.table;

import dev.kvarts.table.TableStatistics.ValueReferences;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Counts pointers by value file. There are few files, and the next pointer is mostly into the file
/// of the one before.
///
/// Thread safety: one thread.
final class ReferenceCounts {
    private long[] files = new long[8];
    private long[] counts = new long[8];
    private long[] bytes = new long[8];
    private int size;
    private int latest;

    void add(long file, long valueBytes) {
        if (latest == size || files[latest] != file) {
            latest = indexOf(file);
        }
        counts[latest]++;
        bytes[latest] += valueBytes;
    }

    private int indexOf(long file) {
        for (int i = 0; i < size; i++) {
            if (files[i] == file) {
                return i;
            }
        }
        if (size == files.length) {
            files = Arrays.copyOf(files, 2 * size);
            counts = Arrays.copyOf(counts, 2 * size);
            bytes = Arrays.copyOf(bytes, 2 * size);
        }
        files[size] = file;
        return size++;
    }

    /// Ascending by file.
    List<ValueReferences> list() {
        List<ValueReferences> list = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            list.add(new ValueReferences(files[i], counts[i], bytes[i]));
        }
        list.sort(Comparator.comparingLong(ValueReferences::file));
        return list;
    }
}
