package dev.kvarts.testkit.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// A history that a test writes down. Every transaction has a recorder of its own, so that they may
/// overlap as they like.
final class HandMadeHistory {
    private final LongSupplier clock;
    private final List<Recorder> recorders = new ArrayList<>();

    private HandMadeHistory(LongSupplier clock) {
        this.clock = clock;
    }

    /// One that knows nothing of time.
    static HandMadeHistory untimed() {
        return new HandMadeHistory(null);
    }

    /// One in which time passes from call to call.
    static HandMadeHistory timed() {
        return new HandMadeHistory(new AtomicLong()::incrementAndGet);
    }

    /// A transaction, begun. The first is `T0.0`, the next `T1.0`.
    Recorder begin() {
        var recorder = new Recorder(recorders.size(), clock);
        recorders.add(recorder);
        recorder.begin();
        return recorder;
    }

    /// A transaction that writes one key. Returns the element.
    int write(int key) {
        Recorder tx = begin();
        int element = tx.write(key);
        tx.committed();
        return element;
    }

    /// A transaction that reads one key.
    void read(int key, int... elements) {
        Recorder tx = begin();
        tx.read(key, elements);
        tx.committed();
    }

    History history() {
        return History.of(recorders);
    }

    /// Requires that the lists are wrong in exactly this way.
    Anomaly requireLists(AnomalyKind kind, String... transactions) {
        Anomaly anomaly = only(ListAppendChecker.check(history(), Level.SNAPSHOT), kind);
        assertEquals(
                anomaly.kind(),
                only(ListAppendChecker.check(history(), Level.SERIALIZABLE), kind).kind());
        assertEquals(Set.of(transactions), Set.copyOf(anomaly.transactions()), anomaly.account());
        return anomaly;
    }

    /// Requires that the registers are wrong in exactly this way.
    Anomaly requireRegisters(AnomalyKind kind, String... transactions) {
        Anomaly anomaly = only(RegisterChecker.check(history(), Level.SNAPSHOT), kind);
        assertEquals(
                anomaly.kind(),
                only(RegisterChecker.check(history(), Level.SERIALIZABLE), kind).kind());
        assertEquals(Set.of(transactions), Set.copyOf(anomaly.transactions()), anomaly.account());
        return anomaly;
    }

    void requireListsAreRight() {
        right(ListAppendChecker.check(history(), Level.SERIALIZABLE));
    }

    void requireRegistersAreRight() {
        right(RegisterChecker.check(history(), Level.SERIALIZABLE));
    }

    private static void right(Verdict verdict) {
        assertTrue(verdict.holds(), verdict::toString);
        assertTrue(verdict.examples().isEmpty(), verdict::toString);
    }

    private static Anomaly only(Verdict verdict, AnomalyKind kind) {
        assertEquals(EnumSet.of(kind), EnumSet.copyOf(nonEmpty(verdict)), verdict::toString);
        assertEquals(verdict.level().forbids(kind), !verdict.holds(), verdict::toString);
        assertEquals(1, verdict.count(kind), verdict::toString);
        assertEquals(1, verdict.examples().size());
        return verdict.examples().getFirst();
    }

    private static Set<AnomalyKind> nonEmpty(Verdict verdict) {
        assertFalse(verdict.counts().isEmpty(), "nothing was found");
        return verdict.counts().keySet();
    }
}
