package dev.kvarts.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.cache.Slabs;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// A maplet is a multiset of hash values and run ids, whatever is merged into it.
final class MapletTest {
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final Slabs slabs = new Slabs(budget, MemoryBudget.Account.MAPLETS, 64 << 10, 1 << 20);
    private final MapletBuilder builder = new MapletBuilder();

    @AfterEach
    void close() {
        slabs.close();
    }

    private long packed(int blocks, int runs) {
        long value = random.nextInt(blocks * Maplet.VALUES_PER_BLOCK);
        return value << 8 | random.nextInt(runs);
    }

    private Maplet built(int blocks, List<Long> entries) {
        Collections.sort(entries);
        builder.begin(blocks);
        entries.forEach(entry -> builder.add((int) (entry >>> 8), (int) (entry & 0xFF)));
        assertFalse(builder.overflowed());
        return builder.finish(slabs);
    }

    private void check(Maplet maplet, List<Long> model) {
        Collections.sort(model);
        assertEquals(model.size(), maplet.count, "seed=" + seed);
        List<Long> found = new ArrayList<>();
        for (int group = 0; group < maplet.blocks * Maplet.GROUPS_PER_BLOCK; group++) {
            long where = maplet.group(group << 8);
            long end = (where >>> 8) + (where & 0xFF);
            for (long i = where >>> 8; i < end; i++) {
                found.add((long) group << 16 | maplet.entry(i));
            }
        }
        Collections.sort(found);
        assertEquals(model, found, "seed=" + seed);
    }

    @Test
    void whatWasAddedIsFoundInItsGroup() {
        for (int blocks : new int[] {1, 2, 7, 100, 1000}) {
            List<Long> model = new ArrayList<>();
            for (int i = 0; i < blocks * 60; i++) {
                model.add(packed(blocks, 256));
            }
            check(built(blocks, model), model);
        }
        check(built(1, new ArrayList<>()), new ArrayList<>());
    }

    @Test
    void mergesOfAdditionsRemovalsAndVictimsGiveWhatTheyShould() {
        int blocks = 40;
        List<Long> model = new ArrayList<>();
        Maplet maplet = built(blocks, model);
        for (int round = 0; round < 200; round++) {
            List<Long> removed = new ArrayList<>();
            Collections.shuffle(model, random);
            int removals = random.nextInt(model.size() / 3 + 1);
            removed.addAll(model.subList(0, removals));
            model.subList(0, removals).clear();
            boolean[] victims = random.nextInt(4) == 0 ? new boolean[256] : null;
            if (victims != null) {
                victims[random.nextInt(8)] = true;
                model.removeIf(entry -> victims[(int) (entry & 0xFF)]);
                removed.removeIf(entry -> victims[(int) (entry & 0xFF)]);
            }
            List<Long> added = new ArrayList<>();
            for (int i = random.nextInt(700); i > 0 && model.size() + added.size() < 2700; i--) {
                long entry = packed(blocks, 8);
                if (victims == null || !victims[(int) (entry & 0xFF)]) {
                    added.add(entry);
                }
            }
            model.addAll(added);
            Collections.sort(added);
            Collections.sort(removed);
            builder.merge(
                    maplet, longs(added), added.size(), longs(removed), removed.size(), victims);
            assertFalse(builder.overflowed(), "seed=" + seed);
            Maplet next = builder.finish(slabs);
            slabs.free(maplet.memory);
            maplet = next;
            check(maplet, model);
        }
    }

    private static long[] longs(List<Long> list) {
        return list.stream().mapToLong(Long::longValue).toArray();
    }

    @Test
    void ofEqualEntriesOneIsRemovedAtATime() {
        List<Long> model = new ArrayList<>(List.of(5L << 8 | 3, 5L << 8 | 3, 5L << 8 | 4));
        Maplet maplet = built(1, model);
        builder.merge(maplet, new long[0], 0, new long[] {5L << 8 | 3}, 1, null);
        model.remove(5L << 8 | 3);
        check(builder.finish(slabs), model);
    }

    @Test
    void changesOutOfOrderAreNoticed() {
        Maplet maplet = built(2, new ArrayList<>());
        assertThrows(
                AssertionError.class,
                () -> builder.merge(maplet, new long[] {3000L << 8, 1}, 2, new long[0], 0, null));
    }

    @Test
    void aBlockOfTooManyEntriesIsAnOverflow() {
        builder.begin(2);
        for (int i = 0; i < 255; i++) {
            builder.add(i, 1);
        }
        assertFalse(builder.overflowed());
        builder.add(2047, 1);
        assertTrue(builder.overflowed());
        builder.begin(2);
        assertFalse(builder.overflowed());
    }

    @Test
    void blocksAreChosenSoThatThereIsRoomToGrowAndLittleWaste() {
        for (int partition = 0; partition < 1000; partition++) {
            int count = 20_000;
            int blocks = MapletBuilder.blocksFor(count, partition);
            assertFalse(MapletBuilder.overloaded(blocks, count), "partition " + partition);
            double bytesPerKey = (double) Maplet.sizeBytes(blocks, count) / count;
            assertTrue(bytesPerKey < 2.26, "partition " + partition + " bytes " + bytesPerKey);
        }
        assertEquals(1, MapletBuilder.blocksFor(0, 3));
    }

    @Test
    void aPlaceInTheHashRangeBecomesAValueInOrder() {
        Maplet maplet = built(10, new ArrayList<>());
        assertEquals(0, maplet.value(0));
        assertEquals(10 * Maplet.VALUES_PER_BLOCK - 1, maplet.value(-1L));
        assertEquals(5 * Maplet.VALUES_PER_BLOCK, maplet.value(Long.MIN_VALUE));
    }
}
