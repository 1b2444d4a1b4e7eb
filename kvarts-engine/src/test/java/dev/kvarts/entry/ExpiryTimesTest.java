package dev.kvarts.entry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Random;

/// What a footer says of when entries expire is never more than has, by much.
final class ExpiryTimesTest {
    @Test
    void nothingExpiresWhereNothingWasAdded() {
        var builder = new ExpiryTimes.Builder();
        builder.add(0);
        ExpiryTimes none = builder.build();
        assertEquals(ExpiryTimes.NONE, none);
        assertEquals(0, none.size());
        assertEquals(0, none.partsExpired(Long.MAX_VALUE));
        assertEquals(0, none.expired(Long.MAX_VALUE));
    }

    @Test
    void oneEntryExpiresAsAWhole() {
        var builder = new ExpiryTimes.Builder();
        builder.add(77);
        ExpiryTimes one = builder.build();
        assertEquals(0, one.expired(76));
        assertEquals(1, one.expired(77));
        assertEquals(77, one.first());
        assertEquals(77, one.last());
    }

    @Test
    void theShareThatHasExpiredIsKnownToAnEighth() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            int count = 1 + random.nextInt(1 << random.nextInt(1, 17));
            var builder = new ExpiryTimes.Builder();
            long[] times = new long[count];
            for (int i = 0; i < count; i++) {
                times[i] = 1L + random.nextInt(10_000);
                builder.add(times[i]);
            }
            ExpiryTimes built = builder.build();
            MemorySegment bytes = MemorySegment.ofArray(new byte[ExpiryTimes.SIZE + 3]);
            built.write(bytes, 3);
            assertEquals(built, ExpiryTimes.read(bytes, 3), "seed=" + seed);
            for (int now = 0; now <= 10_000; now += 500) {
                long expired = 0;
                for (long time : times) {
                    expired += time <= now ? 1 : 0;
                }
                double slack = 0.1 * count;
                long said = built.expired(now);
                String where = "seed=" + seed + " round=" + round + " now=" + now + " said=" + said;
                assertTrue(said <= expired + slack, where + " expired=" + expired);
                assertTrue(said >= expired - count / 8 - slack - 8, where + " expired=" + expired);
            }
            assertEquals(count, built.expired(built.last()), "seed=" + seed);
            assertTrue(built.expired(built.last() - 1) < count, "seed=" + seed);
        }
    }
}
