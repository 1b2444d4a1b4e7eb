package dev.kvarts.entry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Deleted ranges against a list of them.
final class RangeTombstonesTest {
    private static final int KEYS = 20; // of one byte

    /// `from` may be -1: no beginning; `to` may be [#KEYS]: no end.
    private record Deleted(int from, int to, long sequence) {
        byte[] fromBytes() {
            return from < 0 ? new byte[0] : new byte[] {(byte) (120 + from)}; // across 0x7F
        }

        byte[] toBytes() {
            return to == KEYS ? null : new byte[] {(byte) (120 + to)};
        }
    }

    private static Deleted random(Random random, long sequence) {
        int from = random.nextInt(KEYS) - 1;
        int to = from + 1 + random.nextInt(KEYS - from);
        return new Deleted(from, to, sequence);
    }

    private static long covering(List<Deleted> all, int key, long visible) {
        long newest = 0;
        for (Deleted deleted : all) {
            if (deleted.from <= key && key < deleted.to && deleted.sequence <= visible) {
                newest = Math.max(newest, deleted.sequence);
            }
        }
        return newest;
    }

    private static void check(
            List<Deleted> expected, RangeTombstones actual, long visibleMin, String where) {
        for (int key = 0; key < KEYS; key++) {
            for (long visible = visibleMin; visible <= expected.size() + 1; visible++) {
                assertEquals(
                        covering(expected, key, visible),
                        actual.covering(new byte[] {(byte) (120 + key)}, 1, visible),
                        where + " key=" + key + " visible=" + visible);
            }
        }
        RangeTombstones.Fragment before = null;
        for (RangeTombstones.Fragment fragment : actual.fragments()) {
            if (before != null) {
                assertTrue(
                        before.to() != null
                                && Arrays.compareUnsigned(before.to(), fragment.from()) <= 0,
                        where);
            }
            before = fragment;
        }
    }

    @Test
    void addedOneByOneTheyAreWhatTheyAreTogether() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<Deleted> all = new ArrayList<>();
            List<RangeTombstones> single = new ArrayList<>();
            RangeTombstones added = RangeTombstones.NONE;
            int count = 1 + random.nextInt(12);
            for (long sequence : shuffled(count, random)) {
                Deleted one = random(random, sequence);
                all.add(one);
                added = added.with(one.fromBytes(), one.toBytes(), sequence);
                single.add(RangeTombstones.of(one.fromBytes(), one.toBytes(), sequence));
            }
            String where = "seed=" + seed + " " + all;
            check(all, added, 0, where);
            RangeTombstones union = RangeTombstones.union(single);
            check(all, union, 0, where);
            assertEquals(union.newest(), added.newest(), where);
            assertEquals(union.fragments().size(), added.fragments().size(), where);
            for (int i = 0; i < added.fragments().size(); i++) {
                assertArrayEquals(
                        union.fragments().get(i).sequences(),
                        added.fragments().get(i).sequences(),
                        where);
            }
        }
    }

    private static long[] shuffled(int count, Random random) {
        long[] sequences = new long[count];
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i + 1);
            sequences[i] = sequences[other];
            sequences[other] = i + 1L;
        }
        return sequences;
    }

    @Test
    void whoSeesEverythingUpToANumberMissesNothingThatIsForgotten() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<Deleted> all = new ArrayList<>();
            RangeTombstones added = RangeTombstones.NONE;
            for (int i = 1; i <= 12; i++) {
                Deleted one = random(random, i);
                all.add(one);
                added = added.with(one.fromBytes(), one.toBytes(), i);
            }
            long seen = random.nextInt(14);
            check(all, added.asSeenFrom(seen), seen, "seed=" + seed + " seen=" + seen + " " + all);
        }
    }

    @Test
    void aBeginningThatIsDeletedAgainAndAgainIsOneTombstoneInTheEnd() {
        RangeTombstones trimmed = RangeTombstones.NONE;
        for (int i = 1; i <= 100; i++) {
            trimmed = trimmed.with(new byte[0], new byte[] {(byte) i}, i);
        }
        assertEquals(100, trimmed.fragments().size());
        RangeTombstones last = trimmed.asSeenFrom(100);
        assertEquals(1, last.fragments().size());
        assertArrayEquals(new long[] {100}, last.fragments().getFirst().sequences());
        assertArrayEquals(new byte[] {100}, last.fragments().getFirst().to());
    }

    @Test
    void partsWithinBoundsAreCutAtThem() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            RangeTombstones all = RangeTombstones.NONE;
            for (int i = 1; i <= 6; i++) {
                Deleted one = random(random, i);
                all = all.with(one.fromBytes(), one.toBytes(), i);
            }
            Deleted bounds = random(random, 1);
            RangeTombstones parts = all.within(bounds.fromBytes(), bounds.toBytes());
            for (int key = 0; key < KEYS; key++) {
                byte[] bytes = {(byte) (120 + key)};
                boolean inside = bounds.from <= key && key < bounds.to;
                assertEquals(
                        inside ? all.covering(bytes, 1, 9) : 0,
                        parts.covering(bytes, 1, 9),
                        "seed=" + seed + " " + bounds + " key=" + key);
            }
        }
    }
}
