package dev.kvarts.api;

import java.util.Map;
import java.util.TreeMap;

/// Who uses how much of the one memory number.
///
/// @param limitBytes [Options#memoryBytes()]
/// @param usedBytes sum of the items
/// @param items bytes by what they are used for, for example `memory stores` or `maplets`
public record MemoryReport(long limitBytes, long usedBytes, Map<String, Long> items) {
    public MemoryReport {
        items = java.util.Collections.unmodifiableMap(new TreeMap<>(items));
    }
}
