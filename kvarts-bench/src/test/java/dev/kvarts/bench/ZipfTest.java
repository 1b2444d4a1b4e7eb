package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Draws are compared with the distribution's formula. Seeds are fixed, so a failure is a change of
/// the generator.
class ZipfTest {
    private static final int DRAWS = 4_000_000;

    @Test
    void frequenciesFollowTheLawForTheFirstRanks() {
        check(100_000, 0.99);
    }

    @Test
    void frequenciesFollowTheLawWhenFlat() {
        check(50_000, 0.0);
    }

    @Test
    void frequenciesFollowTheLawAtThetaOneAndAbove() {
        check(30_000, 1.0);
        check(30_000, 1.4);
    }

    @Test
    void oneRankIsAlwaysDrawn() {
        var random = new SplitMix(1);
        assertEquals(0, new Zipf(1, 0.99).next(random));
    }

    /// Ranks in ten classes of equal count on the logarithmic scale.
    private static void check(int size, double theta) {
        var zipf = new Zipf(size, theta);
        var random = new SplitMix(42);
        int[] drawn = new int[size];
        for (int i = 0; i < DRAWS; i++) {
            drawn[(int) zipf.next(random)]++;
        }
        double total = 0;
        for (int rank = 0; rank < size; rank++) {
            total += Math.pow(rank + 1.0, -theta);
        }
        int from = 0;
        while (from < size) {
            int to = Math.min(size, Math.max(from + 1, from * 2));
            double expected = 0;
            long count = 0;
            for (int rank = from; rank < to; rank++) {
                expected += Math.pow(rank + 1.0, -theta) / total * DRAWS;
                count += drawn[rank];
            }
            double tolerance = 5 * Math.sqrt(expected) + 0.002 * expected;
            assertTrue(
                    Math.abs(count - expected) <= tolerance,
                    "size="
                            + size
                            + " theta="
                            + theta
                            + " ranks="
                            + from
                            + ".."
                            + to
                            + " expected="
                            + expected
                            + " drawn="
                            + count);
            from = to;
        }
    }
}
