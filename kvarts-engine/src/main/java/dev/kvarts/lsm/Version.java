package dev.kvarts.lsm;

import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.vlog.ValueFile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The files of an ordered keyspace at one instant: sorted runs, the newest first, and the value
/// files that they point into. A change of the files makes a new version; who has this one pinned
/// goes on reading it.
///
/// Thread safety: immutable, but for the pins.
final class Version {
    final SortedRun[] runs;
    private final Map<Long, LiveTable> tables = new TreeMap<>(); // by number
    private final Map<Long, ValueFile> valueFiles; // by number
    final RangeTombstones rangeTombstones;
    private final AtomicInteger pins = new AtomicInteger();

    private Version(
            Collection<LiveTable> live, List<SortedRun> runs, Map<Long, ValueFile> valueFiles) {
        this.runs = runs.toArray(SortedRun[]::new);
        this.valueFiles = valueFiles;
        List<RangeTombstones> some = new ArrayList<>();
        for (LiveTable table : live) {
            tables.put(table.number(), table);
            if (!table.table.rangeTombstones().isEmpty()) {
                some.add(table.table.rangeTombstones());
            }
        }
        this.rangeTombstones = some.isEmpty() ? RangeTombstones.NONE : RangeTombstones.union(some);
    }

    static Version of(Collection<LiveTable> tables, Collection<ValueFile> files) {
        var byRun = new TreeMap<Long, List<LiveTable>>(Comparator.<Long>naturalOrder().reversed());
        for (LiveTable table : tables) {
            byRun.computeIfAbsent(table.meta.run(), _ -> new ArrayList<>()).add(table);
        }
        List<SortedRun> runs = new ArrayList<>();
        byRun.forEach(
                (id, some) -> {
                    var run = new SortedRun(id, some.getFirst().meta.level(), some);
                    if (run.count() != 0) {
                        runs.add(run);
                    }
                });
        var byNumber = new TreeMap<Long, ValueFile>();
        files.forEach(file -> byNumber.put(file.number(), file));
        return new Version(tables, runs, byNumber);
    }

    /// In ascending order of their numbers.
    Collection<LiveTable> tables() {
        return tables.values();
    }

    LiveTable table(long number) {
        return tables.get(number);
    }

    Collection<ValueFile> valueFiles() {
        return valueFiles.values();
    }

    /// The value file of this number, or null.
    ValueFile valueFile(long number) {
        return valueFiles.get(number);
    }

    /// Bytes of values in each value file that tables still point to, by the file's number.
    Map<Long, Long> liveValueBytes() {
        return liveValueBytes(tables.values());
    }

    static Map<Long, Long> liveValueBytes(Collection<LiveTable> tables) {
        var live = new TreeMap<Long, Long>();
        for (LiveTable table : tables) {
            table.table
                    .statistics()
                    .references()
                    .forEach(each -> live.merge(each.file(), each.bytes(), Long::sum));
        }
        return live;
    }

    /// Counts deleted entries near the key that a cursor had to pass.
    void metDeleted(byte[] key, int keySize, int count) {
        for (SortedRun run : runs) {
            LiveTable table = run.tableOf(key, keySize);
            if (table != null) {
                table.metDeleted(count);
            }
        }
    }

    void pin() {
        pins.incrementAndGet();
    }

    void unpin() {
        pins.decrementAndGet();
    }

    boolean pinned() {
        return pins.get() != 0;
    }
}
