package dev.kvarts.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The tables of a keyspace without files: entries are numbers, and bytes are counted.
final class SimulatedTree {
    final long entryBytes;
    final long targetTableBytes;
    final long memoryStoreBytes;
    final long jobBytesMax;
    long nowMillis;
    long windowMillis = 1_000;

    private final Map<Long, SimulatedTable> tables = new HashMap<>();
    private final List<CompactionPlan> running = new ArrayList<>();
    private long nextNumber = 1;
    private long nextRun = LevelView.FLUSHED_RUNS_FROM;
    private long sequence;

    // Counted.
    long flushedBytes;
    long writtenBytes; // by flushes and compactions
    long movedTables;
    long plans;

    /// A table: keys ascending; a tombstone's sequence number is negative.
    private record SimulatedTable(TableInfo info, long[] keys, long[] sequences) {
        /// Its sequence number, 0 if the key is not there.
        long find(long key) {
            int index = Arrays.binarySearch(keys, key);
            return index < 0 ? 0 : sequences[index];
        }
    }

    SimulatedTree(long entryBytes, long targetTableBytes, long memoryStoreBytes, long jobBytesMax) {
        this.entryBytes = entryBytes;
        this.targetTableBytes = targetTableBytes;
        this.memoryStoreBytes = memoryStoreBytes;
        this.jobBytesMax = jobBytesMax;
    }

    static byte[] key(long key) {
        return ByteBuffer.allocate(8).putLong(key).array();
    }

    LevelView view() {
        return LevelView.of(tables.values().stream().map(SimulatedTable::info).toList());
    }

    PickContext context() {
        return new PickContext(
                targetTableBytes, memoryStoreBytes, jobBytesMax, nowMillis, windowMillis, running);
    }

    long bytes() {
        return tables.values().stream().mapToLong(table -> table.info.bytes()).sum();
    }

    long tombstones() {
        return tables.values().stream().mapToLong(table -> table.info.tombstones()).sum();
    }

    int tableCount() {
        return tables.size();
    }

    Collection<TableInfo> infos() {
        return tables.values().stream().map(SimulatedTable::info).toList();
    }

    long nextSequence() {
        return ++sequence;
    }

    /// Writes a memory store: ascending keys to sequence numbers, those of tombstones negative.
    void flush(Map<Long, Long> store, CompactionPicker picker) {
        long[] keys = store.keySet().stream().mapToLong(key -> key).toArray();
        long[] sequences = store.values().stream().mapToLong(each -> each).toArray();
        List<byte[]> cuts = picker.cuts(view(), context(), keys.length * entryBytes);
        long before = writtenBytes;
        write(keys, sequences, cuts, 0, nextRun++, nowMillis, nowMillis);
        flushedBytes += writtenBytes - before;
    }

    private void write(
            long[] keys,
            long[] sequences,
            List<byte[]> cuts,
            int level,
            long run,
            long oldest,
            long newest) {
        int perTable = (int) Math.max(1, targetTableBytes / entryBytes);
        int from = 0;
        int cut = 0;
        for (int i = 0; i <= keys.length; i++) {
            boolean ends = i == keys.length || i - from == perTable;
            while (i < keys.length
                    && cut < cuts.size()
                    && Arrays.compareUnsigned(cuts.get(cut), key(keys[i])) <= 0) {
                ends = true;
                cut++;
            }
            if (ends && i > from) {
                add(
                        Arrays.copyOfRange(keys, from, i),
                        Arrays.copyOfRange(sequences, from, i),
                        level,
                        run,
                        oldest,
                        newest);
                from = i;
            }
        }
    }

    private void add(long[] keys, long[] sequences, int level, long run, long oldest, long newest) {
        long bytes = keys.length * entryBytes;
        long number = nextNumber++;
        var info =
                new TableInfo(
                        number,
                        level,
                        run,
                        bytes,
                        keys.length,
                        Arrays.stream(sequences).filter(each -> each < 0).count(),
                        0,
                        KeySpan.closed(key(keys[0]), key(keys[keys.length - 1])),
                        Arrays.stream(sequences).map(Math::abs).min().orElse(0),
                        Arrays.stream(sequences).map(Math::abs).max().orElse(0),
                        oldest,
                        newest,
                        0);
        tables.put(number, new SimulatedTable(info, keys, sequences));
        writtenBytes += bytes;
    }

    /// Says that cursors have passed so many tombstones in every table.
    void meetTombstones(long count) {
        tables.replaceAll(
                (_, table) ->
                        new SimulatedTable(met(table.info, count), table.keys, table.sequences));
    }

    private static TableInfo met(TableInfo info, long count) {
        return new TableInfo(
                info.number(),
                info.level(),
                info.run(),
                info.bytes(),
                info.entries(),
                info.tombstones(),
                info.rangeTombstones(),
                info.keys(),
                info.sequenceMin(),
                info.sequenceMax(),
                info.oldestMillis(),
                info.newestMillis(),
                count);
    }

    /// Picks a plan, checks it and lets it run until [#finish]. Returns whether there was one.
    boolean start(CompactionPicker picker) {
        return start(picker.pick(view(), context()));
    }

    boolean start(CompactionPlan plan) {
        if (plan == null) {
            return false;
        }
        plan.validate(view());
        running.add(plan);
        return true;
    }

    int runningCount() {
        return running.size();
    }

    /// Installs one of the running plans.
    void finish(int index) {
        CompactionPlan plan = running.remove(index);
        LevelView view = view();
        plan.validate(view);
        plans++;
        var merged = new TreeMap<Long, Long>();
        long oldest = Long.MAX_VALUE;
        long newest = Long.MIN_VALUE;
        for (TableInfo input : plan.inputs()) {
            SimulatedTable table = tables.remove(input.number());
            for (int i = 0; i < table.keys.length; i++) {
                merged.merge(
                        table.keys[i],
                        table.sequences[i],
                        (one, other) -> Math.abs(one) > Math.abs(other) ? one : other);
            }
            oldest = Math.min(oldest, input.oldestMillis());
            newest = Math.max(newest, input.newestMillis());
        }
        for (TableInfo moved : plan.moves()) {
            SimulatedTable table = tables.get(moved.number());
            tables.put(moved.number(), moved(table, plan.outputLevel(), plan.outputRun()));
            movedTables++;
        }
        if (plan.bottommost()) {
            merged.values().removeIf(each -> each < 0);
        }
        write(
                merged.keySet().stream().mapToLong(key -> key).toArray(),
                merged.values().stream().mapToLong(each -> each).toArray(),
                plan.cuts(),
                plan.outputLevel(),
                plan.outputRun(),
                oldest,
                newest);
        view().check();
    }

    private static SimulatedTable moved(SimulatedTable table, int level, long run) {
        TableInfo info = table.info;
        return new SimulatedTable(
                new TableInfo(
                        info.number(),
                        level,
                        run,
                        info.bytes(),
                        info.entries(),
                        info.tombstones(),
                        info.rangeTombstones(),
                        info.keys(),
                        info.sequenceMin(),
                        info.sequenceMax(),
                        info.oldestMillis(),
                        info.newestMillis(),
                        info.tombstonesMet()),
                table.keys,
                table.sequences);
    }

    /// Carries out plans until there are no more. Returns how many.
    int settle(CompactionPicker picker, int max, String facts) {
        while (!running.isEmpty()) {
            finish(0);
        }
        int count = 0;
        while (start(picker)) {
            finish(0);
            count++;
            assertTrue(count <= max, "compaction does not come to rest: " + facts);
        }
        return count;
    }

    /// Carries out a manual compaction.
    void compact(CompactionPicker picker, KeySpan span, int max, String facts) {
        int count = 0;
        while (start(picker.planRange(view(), context(), span))) {
            finish(0);
            assertTrue(++count <= max, "manual compaction does not end: " + facts);
        }
    }

    /// Looks a key up as a reader would: the first layer that has it decides. Returns its sequence
    /// number, or 0.
    long find(long key) {
        byte[] bytes = key(key);
        var span = KeySpan.closed(bytes, bytes);
        for (List<TableInfo> layer : view().layers()) {
            List<TableInfo> candidates = RunInfo.overlapping(layer, span);
            assertTrue(candidates.size() <= 1, "tables of a layer overlap");
            if (!candidates.isEmpty()) {
                long found = tables.get(candidates.getFirst().number()).find(key);
                if (found != 0) {
                    return Math.max(0, found);
                }
            }
        }
        return 0;
    }

    /// Compares everything with a model.
    void check(Map<Long, Long> model, long keys, String facts) {
        LevelView view = view();
        view.check();
        List<List<TableInfo>> layers = view.layers();
        var found = new HashMap<Long, Long>();
        for (List<TableInfo> layer : layers.reversed()) {
            for (TableInfo info : layer) {
                SimulatedTable table = tables.get(info.number());
                for (int i = 0; i < table.keys.length; i++) {
                    Long before = found.put(table.keys[i], table.sequences[i]);
                    assertTrue(
                            before == null || Math.abs(before) <= Math.abs(table.sequences[i]),
                            "an older version hides a newer one: " + facts);
                }
            }
        }
        found.values().removeIf(each -> each < 0);
        assertEquals(model, found, facts);
        assertEquals(tables.size(), layers.stream().mapToInt(List::size).sum(), "layers: " + facts);
    }
}
