package dev.kvarts.testkit.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.db.Engine;
import dev.kvarts.testkit.SimulatedDisk;
import dev.kvarts.testkit.StepScheduler;
import dev.kvarts.testkit.Workload;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/// Transactions over both kinds of keyspace, contending for few keys while stores are flushed and
/// files are merged, never show what their level forbids.
class IsolationTest {
    private static final long SEED = Long.getLong("kvarts.isolation.seed", 20_260_909);
    private static final int COMMITTED =
            Integer.getInteger("kvarts.isolation.transactions", 1_000_000);
    private static final int ROUND = 40_000; // transactions of one history
    private static final int THREADS = 3;
    private static final int CLIENTS = 4; // of each thread
    private static final IsolationWorkload LISTS = new ListAppendWorkload(4_096, 48);
    private static final IsolationWorkload REGISTERS = new RegisterWorkload(8_192, 32);

    /// Adds up what is found.
    private static final class Sum {
        private final Level level;
        private final Map<AnomalyKind, Integer> counts = new EnumMap<>(AnomalyKind.class);
        private int committed;
        private int aborted;

        Sum(Level level) {
            this.level = level;
        }

        void add(Verdict verdict, long seed) {
            assertTrue(verdict.holds(), () -> "seed=" + seed + " " + verdict);
            committed += verdict.committed();
            aborted += verdict.aborted();
            verdict.counts().forEach((kind, count) -> counts.merge(kind, count, Integer::sum));
        }

        /// What shows nothing must have had something to show.
        void requireContention() {
            assertTrue(aborted > committed / 50, this::toString);
            boolean skewed =
                    counts.containsKey(AnomalyKind.G2_ITEM)
                            && counts.containsKey(AnomalyKind.G2_PREDICATE);
            assertEquals(level == Level.SNAPSHOT, skewed, this::toString);
        }

        @Override
        public String toString() {
            return level + " committed=" + committed + " aborted=" + aborted + " " + counts;
        }
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void aMillionTransactionsShowNothingThatTheirLevelForbids(Level level, @TempDir Path directory)
            throws InterruptedException {
        Options options =
                Options.defaults()
                        .withMemory(32 << 20)
                        .withMemoryStore(512 << 10)
                        .withLogSegmentBytes(1 << 20);
        var sum = new Sum(level);
        try (Database db = Kvarts.open(directory, options)) {
            var hashed = db.hashed("hashed");
            var ordered = db.ordered("ordered", KeyspaceOptions.defaults().withValueSeparation(64));
            for (int round = 0; sum.committed < COMMITTED; round++) {
                var store = new EngineStore(db, hashed, ordered, round);
                IsolationWorkload workload = round % 2 == 0 ? LISTS : REGISTERS;
                long seed = SEED + round;
                var run = new IsolationRun(store, level, workload, seed, ROUND, CLIENTS, db::flush);
                sum.add(workload.check(run.threads(THREADS), level), seed);
            }
            assertTrue(hashed.stats().flushes() > 0 && ordered.stats().flushes() > 0);
            assertEquals(0, db.stats().snapshots());
        }
        System.out.println("isolation: " + sum);
        sum.requireContention();
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void transactionsThatTakeTurnsInOneThreadShowNothingThatTheirLevelForbids(Level level) {
        Options options = Workload.tinyOptions();
        var sum = new Sum(level);
        for (long seed = SEED; seed < SEED + 4; seed++) {
            var disk = new SimulatedDisk().usedByOneThread();
            var scheduler = new StepScheduler(seed);
            try (Database db = Engine.open(disk.directory("db"), scheduler, options)) {
                var store = new EngineStore(db, db.hashed("hashed"), db.ordered("ordered"), 0);
                IsolationWorkload workload =
                        seed % 2 == 0
                                ? new ListAppendWorkload(512, 16)
                                : new RegisterWorkload(1_024, 16);
                var run = new IsolationRun(store, level, workload, seed, 4_000, 8, db::flush);
                sum.add(workload.check(run.alone(), level), seed);
            }
        }
        sum.requireContention();
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void scansOfHashedKeyspacesShowNothingThatTheirLevelForbids(
            Level level, @TempDir Path directory) throws InterruptedException {
        Options options = Options.defaults().withMemory(32 << 20).withMemoryStore(512 << 10);
        var sum = new Sum(level);
        try (Database db = Kvarts.open(directory, options)) {
            for (int round = 0; round < 4; round++) {
                var store = new EngineStore(db, db.hashed("hashed" + round), null, round);
                IsolationWorkload workload =
                        round % 2 == 0
                                ? new ListAppendWorkload(160, 16)
                                : new RegisterWorkload(320, 16);
                long seed = SEED + round;
                var run = new IsolationRun(store, level, workload, seed, 3_000, 2, db::flush);
                sum.add(workload.check(run.threads(2), level), seed);
            }
        }
        sum.requireContention();
    }
}
