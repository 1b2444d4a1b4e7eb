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
import java.util.stream.IntStream;

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
    long largestPlanBytes; // read by it
    long plans;

    /// A table: keys ascending; a tombstone's sequence number is negative.
    private record SimulatedTable(TableInfo info, long[] keys, long[] sequences) {}

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

    /// The same after cursors have passed so many tombstones in it.
    static TableInfo met(TableInfo info, long count) {
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
        largestPlanBytes =
                Math.max(
                        largestPlanBytes, plan.inputs().stream().mapToLong(TableInfo::bytes).sum());
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
        List<SimulatedTable> inputs = new ArrayList<>();
        long oldest = Long.MAX_VALUE;
        long newest = Long.MIN_VALUE;
        for (TableInfo input : plan.inputs()) {
            inputs.add(tables.remove(input.number()));
            oldest = Math.min(oldest, input.oldestMillis());
            newest = Math.max(newest, input.newestMillis());
        }
        for (TableInfo moved : plan.moves()) {
            SimulatedTable table = tables.get(moved.number());
            tables.put(moved.number(), moved(table, plan.outputLevel(), plan.outputRun()));
            movedTables++;
        }
        Entries merged = merged(inputs);
        if (plan.bottommost()) {
            merged = merged.withoutTombstones();
        }
        write(
                merged.keys,
                merged.sequences,
                plan.cuts(),
                plan.outputLevel(),
                plan.outputRun(),
                oldest,
                newest);
        view().check();
    }

    private record Entries(long[] keys, long[] sequences) {
        Entries withoutTombstones() {
            int[] kept = IntStream.range(0, keys.length).filter(i -> sequences[i] >= 0).toArray();
            return new Entries(
                    Arrays.stream(kept).mapToLong(i -> keys[i]).toArray(),
                    Arrays.stream(kept).mapToLong(i -> sequences[i]).toArray());
        }

        /// Of each key the newest version.
        static Entries merged(Entries one, Entries other) {
            long[] keys = new long[one.keys.length + other.keys.length];
            long[] sequences = new long[keys.length];
            int count = 0;
            int i = 0;
            int j = 0;
            while (i < one.keys.length || j < other.keys.length) {
                boolean first =
                        j == other.keys.length
                                || i < one.keys.length && one.keys[i] < other.keys[j];
                boolean same = !first && i < one.keys.length && one.keys[i] == other.keys[j];
                if (same) {
                    first = Math.abs(one.sequences[i]) > Math.abs(other.sequences[j]);
                }
                keys[count] = first ? one.keys[i] : other.keys[j];
                sequences[count++] = first ? one.sequences[i] : other.sequences[j];
                i += first || same ? 1 : 0;
                j += !first || same ? 1 : 0;
            }
            return new Entries(Arrays.copyOf(keys, count), Arrays.copyOf(sequences, count));
        }
    }

    private static Entries merged(List<SimulatedTable> inputs) {
        List<Entries> parts = new ArrayList<>();
        for (SimulatedTable input : inputs) {
            parts.add(new Entries(input.keys, input.sequences));
        }
        while (parts.size() > 1) {
            List<Entries> halves = new ArrayList<>();
            for (int i = 0; i < parts.size(); i += 2) {
                halves.add(
                        i + 1 == parts.size()
                                ? parts.get(i)
                                : Entries.merged(parts.get(i), parts.get(i + 1)));
            }
            parts = halves;
        }
        return parts.isEmpty() ? new Entries(new long[0], new long[0]) : parts.getFirst();
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

    /// Carries out what is to be done when nobody writes.
    void rest(CompactionPicker picker, int max, String facts) {
        int count = 0;
        while (start(picker.pickAtRest(view(), context()))) {
            finish(0);
            settle(picker, max, facts);
            assertTrue(++count <= max, "there is no rest: " + facts);
        }
    }

    /// Carries out a manual compaction.
    void compact(CompactionPicker picker, KeySpan span, int max, String facts) {
        int count = 0;
        while (start(picker.planRange(view(), context(), span))) {
            finish(0);
            assertTrue(++count <= max, "manual compaction does not end: " + facts);
        }
    }

    /// Compares everything with a model.
    void check(Map<Long, Long> model, String facts) {
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
