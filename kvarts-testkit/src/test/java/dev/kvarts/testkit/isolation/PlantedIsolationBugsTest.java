package dev.kvarts.testkit.isolation;

import static dev.kvarts.testkit.isolation.AnomalyKind.*;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.testkit.isolation.TinyStore.Bug;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Set;

/// The workloads bring to light what is wrong with a store, and the checkers call it by its name.
class PlantedIsolationBugsTest {
    private static final long SEED = Long.getLong("kvarts.isolation.seed", 20_260_808);
    private static final int TRANSACTIONS = 4_000;
    private static final int CLIENTS = 6;
    private static final IsolationWorkload LISTS = new ListAppendWorkload(640, 16);
    private static final IsolationWorkload REGISTERS = new RegisterWorkload(1_024, 16);

    private static IsolationRun run(
            TransactionalStore store, IsolationWorkload workload, Level level) {
        return new IsolationRun(store, level, workload, SEED, TRANSACTIONS, CLIENTS, () -> {});
    }

    /// Runs the workload on a store with the bug.
    private static Verdict verdict(
            Bug bug, IsolationWorkload workload, Level level, boolean tellsSequences) {
        var store = new TinyStore(bug, tellsSequences);
        Verdict verdict = workload.check(run(store, workload, level).alone(), level);
        System.out.println(
                "planted: "
                        + bug
                        + (workload.equals(LISTS) ? " lists " : " registers ")
                        + verdict.counts()
                        + " "
                        + level);
        return verdict;
    }

    private static void requireRight(Verdict verdict) {
        requireRight(verdict, TRANSACTIONS / 2);
    }

    private static void requireRight(Verdict verdict, int committed) {
        assertTrue(verdict.holds(), () -> "seed=" + SEED + " " + verdict);
        assertTrue(verdict.committed() > committed, verdict::toString);
    }

    private static void requireNoticed(Verdict verdict, Set<AnomalyKind> kinds) {
        for (AnomalyKind kind : kinds) {
            assertTrue(
                    verdict.count(kind) > 0,
                    () -> "not noticed: " + kind + " seed=" + SEED + " " + verdict);
        }
    }

    @ParameterizedTest
    @EnumSource(Level.class)
    void aStoreThatIsRightIsFoundRight(Level level) {
        for (boolean tells : new boolean[] {false, true}) {
            for (IsolationWorkload workload : new IsolationWorkload[] {LISTS, REGISTERS}) {
                Verdict verdict = verdict(Bug.NONE, workload, level, tells);
                requireRight(verdict);
                assertEquals(level == Level.SNAPSHOT, verdict.count(G2_ITEM) > 0);
                assertEquals(level == Level.SNAPSHOT, verdict.count(G2_PREDICATE) > 0);
            }
        }
    }

    @Test
    void aStoreThatIsRightIsFoundRightWithManyThreads() throws InterruptedException {
        for (Level level : Level.values()) {
            for (IsolationWorkload workload : new IsolationWorkload[] {LISTS, REGISTERS}) {
                var store = new TinyStore(Bug.NONE, false);
                Verdict verdict = workload.check(run(store, workload, level).threads(3), level);
                // How many conflict is up to the machine's scheduler: enough to have checked.
                requireRight(verdict, TRANSACTIONS / 10);
            }
        }
    }

    @Test
    void theSameSeedIsTheSameHistory() {
        for (IsolationWorkload workload : new IsolationWorkload[] {LISTS, REGISTERS}) {
            String first = "";
            for (int i = 0; i < 2; i++) {
                var store = new TinyStore(Bug.READS_ARE_OF_NOW, false);
                Level level = Level.SERIALIZABLE;
                String told = workload.check(run(store, workload, level).alone(), level).toString();
                assertTrue(first.isEmpty() || first.equals(told));
                first = told;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Bug.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void isNoticedInLists(Bug bug) {
        Level level = levelThatForbids(bug);
        Set<AnomalyKind> kinds =
                switch (bug) {
                    case READS_SEE_WHAT_IS_NOT_COMMITTED -> Set.of(G1A, G1B, G1C, G_SINGLE);
                    case READS_ARE_OF_NOW -> Set.of(INTERNAL, G_SINGLE, LOST_UPDATE);
                    case SNAPSHOTS_ARE_OF_A_WHILE_AGO -> Set.of(REAL_TIME, LOST_WRITE);
                    case SNAPSHOTS_OF_ODD_GROUPS_ARE_OF_A_WHILE_AGO ->
                            Set.of(G_SINGLE, G_NONADJACENT);
                    case WRITES_ARE_THERE_AT_ONCE -> Set.of(G0, G1A, G1B, G1C);
                    case ABORTED_TRANSACTIONS_LEAVE_A_WRITE -> Set.of(G1A);
                    case WHAT_IS_TAKEN_BACK_STAYS -> Set.of(G1A);
                    case COMMITS_APPEAR_BIT_BY_BIT -> Set.of(G1B, G_SINGLE);
                    case COMMITS_LOSE_A_WRITE_NOW_AND_THEN -> Set.of(LOST_WRITE);
                    case WRITES_ARE_NOT_VALIDATED, APPENDS_ARE_NOT_VALIDATED ->
                            Set.of(LOST_UPDATE, LOST_WRITE, INCOMPATIBLE_ORDER);
                    case READS_ARE_NOT_VALIDATED -> Set.of(G2_ITEM);
                    case READS_OF_NOTHING_ARE_NOT_VALIDATED -> Set.of(G2_ITEM);
                    case SCANS_ARE_NOT_VALIDATED, SCANS_ARE_VALIDATED_WHERE_THEY_MET_SOMETHING ->
                            Set.of(G2_PREDICATE);
                    case THE_OLDEST_COMMITS_ARE_FORGOTTEN -> Set.of(LOST_WRITE);
                    case GETS_MISS_OWN_WRITES, SCANS_MISS_OWN_WRITES -> Set.of(INTERNAL);
                    case SCANS_ARE_OF_NOW -> Set.of(INTERNAL, G_SINGLE);
                    case VALUES_ARE_OF_THE_NEXT_KEY_NOW_AND_THEN -> Set.of(GARBAGE_READ);
                    // Lists are not deleted.
                    case NONE, SCANS_ARE_NOT_VALIDATED_AGAINST_DELETIONS -> Set.of();
                };
        requireNoticed(verdict(bug, LISTS, level, false), kinds);
        requireExact(bug, verdict(bug, LISTS, level, true), kinds);
    }

    @ParameterizedTest
    @EnumSource(value = Bug.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void isNoticedInRegisters(Bug bug) {
        Level level = levelThatForbids(bug);
        Set<AnomalyKind> kinds =
                switch (bug) {
                    case READS_SEE_WHAT_IS_NOT_COMMITTED -> Set.of(G1A, G1B, G1C, G_SINGLE);
                    case READS_ARE_OF_NOW -> Set.of(INTERNAL, G_SINGLE, LOST_UPDATE);
                    case SNAPSHOTS_ARE_OF_A_WHILE_AGO -> Set.of(REAL_TIME);
                    case SNAPSHOTS_OF_ODD_GROUPS_ARE_OF_A_WHILE_AGO ->
                            Set.of(G_SINGLE, LOST_UPDATE);
                    case WRITES_ARE_THERE_AT_ONCE -> Set.of(G0, G1A, G1B, G1C, LOST_UPDATE);
                    case ABORTED_TRANSACTIONS_LEAVE_A_WRITE -> Set.of(G1A);
                    case WHAT_IS_TAKEN_BACK_STAYS -> Set.of(G1A);
                    case COMMITS_APPEAR_BIT_BY_BIT -> Set.of(G1B, G_SINGLE, LOST_UPDATE);
                    case COMMITS_LOSE_A_WRITE_NOW_AND_THEN -> Set.of(G_SINGLE);
                    case WRITES_ARE_NOT_VALIDATED -> Set.of(LOST_UPDATE);
                    case READS_ARE_NOT_VALIDATED -> Set.of(G2_ITEM);
                    case SCANS_ARE_NOT_VALIDATED,
                            SCANS_ARE_VALIDATED_WHERE_THEY_MET_SOMETHING,
                            SCANS_ARE_NOT_VALIDATED_AGAINST_DELETIONS ->
                            Set.of(G2_PREDICATE);
                    case THE_OLDEST_COMMITS_ARE_FORGOTTEN -> Set.of(LOST_UPDATE);
                    case GETS_MISS_OWN_WRITES, SCANS_MISS_OWN_WRITES -> Set.of(INTERNAL);
                    case SCANS_ARE_OF_NOW -> Set.of(INTERNAL, G_SINGLE);
                    case VALUES_ARE_OF_THE_NEXT_KEY_NOW_AND_THEN -> Set.of(GARBAGE_READ);
                    // Nothing is appended; what is absent is read, but seldom written elsewhere.
                    case NONE, APPENDS_ARE_NOT_VALIDATED, READS_OF_NOTHING_ARE_NOT_VALIDATED ->
                            Set.of();
                };
        requireNoticed(verdict(bug, REGISTERS, level, false), kinds);
        requireExact(bug, verdict(bug, REGISTERS, level, true), kinds);
    }

    /// Bugs of one kind of validation make exactly the anomalies that it is there for.
    private static void requireExact(Bug bug, Verdict verdict, Set<AnomalyKind> kinds) {
        requireNoticed(verdict, kinds);
        Set<Bug> pure =
                Set.of(
                        Bug.SCANS_ARE_NOT_VALIDATED,
                        Bug.SCANS_ARE_VALIDATED_WHERE_THEY_MET_SOMETHING,
                        Bug.SCANS_ARE_NOT_VALIDATED_AGAINST_DELETIONS,
                        Bug.SNAPSHOTS_ARE_OF_A_WHILE_AGO);
        if (pure.contains(bug)) {
            assertEquals(kinds, verdict.counts().keySet(), verdict::toString);
        }
    }

    /// The lowest level that does not allow what the bug does.
    private static Level levelThatForbids(Bug bug) {
        return switch (bug) {
            case READS_ARE_NOT_VALIDATED,
                    READS_OF_NOTHING_ARE_NOT_VALIDATED,
                    SCANS_ARE_NOT_VALIDATED,
                    SCANS_ARE_VALIDATED_WHERE_THEY_MET_SOMETHING,
                    SCANS_ARE_NOT_VALIDATED_AGAINST_DELETIONS,
                    SNAPSHOTS_ARE_OF_A_WHILE_AGO ->
                    Level.SERIALIZABLE;
            default -> Level.SNAPSHOT;
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = Bug.class,
            names = {
                "READS_ARE_NOT_VALIDATED",
                "READS_OF_NOTHING_ARE_NOT_VALIDATED",
                "SCANS_ARE_NOT_VALIDATED"
            })
    void whatSnapshotsAllowIsNoMistakeOfThem(Bug bug) {
        requireRight(verdict(bug, LISTS, Level.SNAPSHOT, false));
        requireRight(verdict(bug, REGISTERS, Level.SNAPSHOT, false));
    }
}
