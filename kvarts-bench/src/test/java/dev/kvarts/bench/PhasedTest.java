package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class PhasedTest {
    private static Phased phased(String phase, int round, double ops) {
        return new Phased(
                phase,
                new Measurement(
                        StoreKind.KVARTS, Workload.OVERWRITE, round, Map.of(Figure.OPS, ops)));
    }

    private static final List<Phased> SAMPLE =
            List.of(
                    phased("none", 1, 1000),
                    phased("long", 1, 900),
                    phased("long", 2, 400),
                    phased("none", 2, 500),
                    phased("none", 3, 100),
                    phased("long", 3, 100),
                    phased("long", 4, 7));

    @Test
    void whatIsLostIsComparedWithinARound() {
        Spread lost = Phased.lost(SAMPLE, "long", "none");
        assertEquals(0, lost.min(), 1e-9);
        assertEquals(0.1, lost.median(), 1e-9);
        assertEquals(0.2, lost.max(), 1e-9);
    }

    @Test
    void whatIsAddedIsTimeOfAnOperation() {
        Spread added = Phased.added(SAMPLE, "long", "none");
        assertEquals(1.0 / 9, added.median(), 1e-9);
        assertEquals(0.25, added.max(), 1e-9);
    }

    @Test
    void aPhaseWithoutACounterpartIsNotCompared() {
        assertFalse(Phased.lost(SAMPLE, "long", "short").known());
        assertFalse(Phased.lost(SAMPLE, "short", "none").known());
    }

    @Test
    void phasesSurviveTheWayToTheParent() {
        Phased phased = phased("long", 3, 12345.678);
        assertTrue(Phased.isLine(phased.toLine()));
        assertEquals(phased, Phased.parse(phased.toLine()));
        assertFalse(Phased.isLine(phased.measurement().toLine()));
        assertThrows(
                IllegalArgumentException.class, () -> Phased.parse(phased.measurement().toLine()));
    }
}
