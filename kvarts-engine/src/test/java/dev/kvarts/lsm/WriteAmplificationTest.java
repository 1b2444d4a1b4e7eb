package dev.kvarts.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What the strategies cost, in bytes written per byte flushed, bytes stored per byte alive, and
/// runs that a lookup finds in its way. Everything is a hundredth of the size that is named:
/// 100,000 entries of 120 bytes and stores of 0.64 MiB behave as 10 M and 64 MiB do.
final class WriteAmplificationTest {
    private static final int ENTRY_BYTES = 120;
    private static final int ENTRIES = 100_000;
    private static final long STORE_BYTES = (64L << 20) / 100;
    private static final Set<String> TABLE = new TreeSet<>();

    private enum Load {
        SEQUENTIAL,
        RANDOM,
        OVERWRITE,
        ZIPF
    }

    private record Cost(
            double writes, double space, double spaceMost, double runs, int runsMost, int tables) {}

    @AfterAll
    static void print() {
        System.out.printf(
                "%-12s %-11s %9s %7s %7s %6s %6s %7s%n",
                "strategy", "load", "WA_store", "SA", "SA max", "runs", "max", "tables");
        TABLE.forEach(System.out::println);
    }

    private static Cost measure(Compaction strategy, Load load, long seed, int size) {
        CompactionPicker picker = CompactionPicker.of(strategy);
        var tree = new SimulatedTree(ENTRY_BYTES, STORE_BYTES, STORE_BYTES, 64 * STORE_BYTES);
        var random = new Random(seed);
        int perStore = (int) (STORE_BYTES / ENTRY_BYTES);
        int[] order = random.ints(size, 0, size).toArray();
        int[] shuffled = permutation(size, random);
        long total = load == Load.OVERWRITE || load == Load.ZIPF ? 4L * size : size;
        boolean[] known = new boolean[size];
        long alive = 0;
        var store = new TreeMap<Long, Long>();
        double spaceSum = 0;
        double spaceMost = 0;
        double runsSum = 0;
        int runsMost = 0;
        int flushes = 0;
        for (long i = 0; i < total; i++) {
            int key =
                    switch (load) {
                        case SEQUENTIAL -> (int) i;
                        case RANDOM -> shuffled[(int) i];
                        case OVERWRITE ->
                                i < size ? shuffled[(int) i] : order[(int) (i % size)] ^ 1;
                        case ZIPF -> shuffled[(int) (Math.pow(size, random.nextDouble()) - 1)];
                    };
            key = Math.min(key, size - 1);
            alive += known[key] ? 0 : 1;
            known[key] = true;
            store.put((long) key, tree.nextSequence());
            if (store.size() == perStore || i == total - 1) {
                tree.flush(store, picker);
                store.clear();
                tree.nowMillis += 100;
                runsMost = Math.max(runsMost, tree.view().layers().size());
                tree.settle(picker, 200, strategy + " " + load + " seed=" + seed);
                flushes++;
                double space = (double) tree.bytes() / (alive * ENTRY_BYTES);
                spaceSum += space;
                spaceMost = Math.max(spaceMost, space);
                runsSum += tree.view().layers().size();
            }
        }
        var cost =
                new Cost(
                        (double) tree.writtenBytes / tree.flushedBytes,
                        spaceSum / flushes,
                        spaceMost,
                        runsSum / flushes,
                        runsMost,
                        tree.tableCount());
        TABLE.add(
                "%-12s %-11s %9.2f %7.2f %7.2f %6.1f %6d %7d"
                        .formatted(
                                strategy,
                                load + (size == ENTRIES ? "" : " x" + size / ENTRIES),
                                cost.writes,
                                cost.space,
                                cost.spaceMost,
                                cost.runs,
                                cost.runsMost,
                                cost.tables));
        return cost;
    }

    private static int[] permutation(int size, Random random) {
        int[] all = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            all[i] = all[j];
            all[j] = i;
        }
        return all;
    }

    @Test
    void whatArrivesInOrderIsWrittenOnce() {
        for (Compaction strategy : Compaction.values()) {
            Cost cost = measure(strategy, Load.SEQUENTIAL, 1, ENTRIES);
            assertEquals(1, cost.writes, 0.001, strategy + " " + cost);
            assertTrue(cost.runs <= 1.5, strategy + " " + cost);
        }
    }

    @Test
    void unifiedWritesAnEntryAtMostFiveTimes() {
        for (long seed = 1; seed <= 3; seed++) {
            Cost random = measure(Compaction.UNIFIED, Load.RANDOM, seed, ENTRIES);
            assertTrue(random.writes <= 4, "seed=" + seed + " " + random);
            Cost larger = measure(Compaction.UNIFIED, Load.RANDOM, seed, 5 * ENTRIES);
            assertTrue(larger.writes <= 5, "seed=" + seed + " " + larger);
        }
        Cost overwritten = measure(Compaction.UNIFIED, Load.OVERWRITE, 1, 3 * ENTRIES);
        assertTrue(overwritten.writes <= 5, overwritten.toString());
        assertTrue(overwritten.runsMost <= 12, overwritten.toString());
        assertTrue(overwritten.space <= 1.7, overwritten.toString());
        Cost skewed = measure(Compaction.UNIFIED, Load.ZIPF, 1, ENTRIES);
        assertTrue(skewed.writes <= 3.5, skewed.toString());
        assertTrue(skewed.runsMost <= 8, skewed.toString());
    }

    @Test
    void leveledReadsFewRunsAndStoresLittleThatIsDead() {
        for (Load load : List.of(Load.RANDOM, Load.OVERWRITE, Load.ZIPF)) {
            Cost cost = measure(Compaction.LEVELED, load, 1, ENTRIES);
            assertTrue(cost.runsMost <= 8, load + " " + cost);
            assertTrue(cost.space <= 1.15, load + " " + cost);
            assertTrue(cost.writes <= 8, load + " " + cost);
        }
        Cost larger = measure(Compaction.LEVELED, Load.OVERWRITE, 1, 3 * ENTRIES);
        assertTrue(larger.runsMost <= 8 && larger.space <= 1.15, larger.toString());
        assertTrue(larger.writes <= 14, larger.toString());
    }

    @Test
    void sizeTieredWritesLeast() {
        for (Load load : List.of(Load.RANDOM, Load.OVERWRITE, Load.ZIPF)) {
            Cost cost = measure(Compaction.SIZE_TIERED, load, 1, ENTRIES);
            Cost unified = measure(Compaction.UNIFIED, load, 1, ENTRIES);
            assertTrue(cost.writes <= unified.writes, load + " " + cost + " " + unified);
            assertTrue(cost.runsMost <= 12, load + " " + cost);
            Cost windows = measure(Compaction.TIME_WINDOW, load, 1, ENTRIES);
            assertTrue(windows.writes <= 3, load + " " + windows);
        }
    }

    /// Where keys come from in a keyspace that is many times as large as a job.
    private enum Keys {
        ANYWHERE,
        OVERWRITTEN,
        SKEWED,
        MOSTLY_FROM_A_MOVING_WINDOW;

        long next(Random random, int flush) {
            return switch (this) {
                case ANYWHERE -> random.nextInt(1 << 30);
                case OVERWRITTEN -> random.nextInt(300_000);
                case SKEWED -> (long) Math.pow(1 << 24, random.nextDouble());
                case MOSTLY_FROM_A_MOVING_WINDOW ->
                        random.nextInt(8) == 0
                                ? random.nextInt(1 << 26)
                                : flush * 100_000L + random.nextInt(1_000_000);
            };
        }
    }

    /// The largest plan grows with a job and not with the keyspace.
    @Test
    void keyspaceOfManyJobsIsWrittenJobByJob() {
        CompactionPicker picker = CompactionPicker.of(Compaction.UNIFIED);
        long job = 16 * STORE_BYTES;
        int perStore = (int) (STORE_BYTES / ENTRY_BYTES);
        for (Keys keys : Keys.values()) {
            var tree = new SimulatedTree(ENTRY_BYTES, STORE_BYTES, STORE_BYTES, job);
            var random = new Random(5);
            for (int flush = 0; flush < 250; flush++) {
                var store = new TreeMap<Long, Long>();
                while (store.size() < perStore) {
                    store.put(keys.next(random, flush), tree.nextSequence());
                }
                tree.flush(store, picker);
                tree.settle(picker, 400, keys + " flush=" + flush);
            }
            double writes = (double) tree.writtenBytes / tree.flushedBytes;
            tree.rest(picker, 400, keys.toString());
            double largest = (double) tree.largestPlanBytes / job;
            TABLE.add(
                    "%-12s %-30s %9.2f, largest plan %.1f jobs"
                            .formatted(Compaction.UNIFIED, keys, writes, largest));
            boolean even = keys != Keys.MOSTLY_FROM_A_MOVING_WINDOW; // density is an estimate
            assertTrue(writes <= (even ? 6 : 11), keys + " writes=" + writes);
            assertTrue(largest <= (even ? 1.5 : 4), keys + " largest=" + largest);
            assertTrue(tree.view().layers().size() <= 8, keys.toString());
        }
    }
}
