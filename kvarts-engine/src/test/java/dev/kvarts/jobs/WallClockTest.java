package dev.kvarts.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The time of a database never goes back, and never stands still for long.
final class WallClockTest {
    private static final long MILLI = 1_000_000;

    private final Hands hands = new Hands();

    @AfterEach
    void close() {
        hands.close();
    }

    @Test
    void itIsTheTimeOnTheWall() {
        var clock = new WallClock(hands, 0);
        hands.wall = 500;
        assertEquals(500, clock.nowMillis());
        hands.wall = 700;
        assertEquals(700, clock.nowMillis());
    }

    @Test
    void whenTheWallGoesBackItGoesOnFromWhereItStood() {
        var clock = new WallClock(hands, 0);
        hands.wall = 500;
        assertEquals(500, clock.nowMillis());
        hands.wall = 100;
        assertEquals(500, clock.nowMillis());
        hands.nanos += 30 * MILLI + 1;
        assertEquals(530, clock.nowMillis());
        hands.nanos += MILLI / 2;
        assertEquals(530, clock.nowMillis());
        hands.nanos += MILLI / 2;
        assertEquals(531, clock.nowMillis());
        hands.wall = 532;
        assertEquals(532, clock.nowMillis());
    }

    @Test
    void itIsNotEarlierThanWhatWasKnownOnce() {
        var clock = new WallClock(hands, 900);
        hands.wall = 500;
        assertEquals(900, clock.nowMillis());
        clock.learn(1_000);
        assertEquals(1_000, clock.nowMillis());
        clock.learn(950);
        assertEquals(1_000, clock.nowMillis());
    }

    @Test
    void aTimeHasComeWhenItIsNotAhead() {
        var clock = new WallClock(hands, 0);
        hands.wall = 100_000;
        assertTrue(clock.hasCome(100_000));
        assertFalse(clock.hasCome(100_001));
        hands.wall = 100_001;
        assertTrue(clock.hasCome(100_001));
        long far = 100_001 + 24 * 3_600_000L;
        assertFalse(clock.hasCome(far));
        hands.wall = far;
        clock.nowMillis(); // as the database does now and then
        assertTrue(clock.hasCome(far));
    }

    @Test
    void itTellsOnceThatSomebodyReliedOnIt() {
        var clock = new WallClock(hands, 0);
        assertFalse(clock.takeRelied());
        clock.rely();
        clock.rely();
        assertTrue(clock.takeRelied());
        assertFalse(clock.takeRelied());
    }

    /// Time that the test moves; there is nothing to run.
    private static final class Hands extends ForwardingScheduler {
        long wall;
        long nanos;

        Hands() {
            super(1);
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public long wallMillis() {
            return wall;
        }
    }
}
