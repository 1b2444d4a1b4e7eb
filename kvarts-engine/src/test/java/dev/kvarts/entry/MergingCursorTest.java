package dev.kvarts.entry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.entry.ListCursor.Version;

import org.junit.jupiter.api.Test;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/// A merging cursor against a map.
final class MergingCursorTest {
    private static NavigableMap<byte[], Version> map() {
        return new TreeMap<>(Arrays::compareUnsigned);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ListCursor source(Object... keysAndSequences) {
        var versions = map();
        for (int i = 0; i < keysAndSequences.length; i += 2) {
            byte[] key = bytes((String) keysAndSequences[i]);
            long sequence = (int) keysAndSequences[i + 1];
            versions.put(key, new Version(key, sequence, key));
        }
        return new ListCursor(versions);
    }

    private static String at(EntryCursor cursor) {
        return new String(cursor.key(), 0, cursor.keySize(), StandardCharsets.UTF_8)
                + cursor.sequence();
    }

    @Test
    void withoutSourcesThereIsNothing() {
        var cursor = new MergingCursor(List.of());
        assertFalse(cursor.next());
        assertFalse(cursor.previous());
        assertFalse(cursor.first());
        assertFalse(cursor.last());
        assertFalse(cursor.seek(new byte[0], 0));
        assertFalse(cursor.valid());
        cursor.close();
    }

    @Test
    void highestSequenceOfAKeyWinsAndTheOthersAreSkipped() {
        var cursor =
                new MergingCursor(
                        List.of(
                                source("a", 3, "b", 7),
                                source("a", 5, "b", 6, "c", 1),
                                source("a", 4, "c", 2)));
        assertFalse(cursor.valid());
        assertTrue(cursor.next());
        assertEquals("a5", at(cursor));
        assertTrue(cursor.next());
        assertEquals("b7", at(cursor));
        assertTrue(cursor.next());
        assertEquals("c2", at(cursor));
        assertTrue(cursor.previous());
        assertEquals("b7", at(cursor));
        assertTrue(cursor.next());
        assertFalse(cursor.next());
        assertFalse(cursor.next());
        assertTrue(cursor.previous());
        assertEquals("c2", at(cursor));
    }

    @Test
    void ofEqualSequencesTheNewerSourceWinsBothWays() {
        for (int sources = 1; sources <= 9; sources++) {
            for (int newest = 0; newest < sources; newest++) {
                List<ListCursor> all = new ArrayList<>();
                for (int i = 0; i < sources; i++) {
                    byte[] key = bytes("key");
                    var versions = map();
                    versions.put(key, new Version(key, i < newest ? 1 : 2, new byte[] {(byte) i}));
                    all.add(new ListCursor(versions));
                }
                var cursor = new MergingCursor(all);
                assertTrue(cursor.first());
                assertEquals(newest, value(cursor)[0]);
                assertFalse(cursor.next());
                assertTrue(cursor.previous());
                assertEquals(newest, value(cursor)[0]);
                assertFalse(cursor.previous());
                assertTrue(cursor.next());
                assertEquals(newest, value(cursor)[0]);
            }
        }
    }

    @Test
    void keysThatPadToTheSameHeadAreToldApart() {
        var cursor =
                new MergingCursor(
                        List.of(
                                source("a\0", 1, "\u00ff", 2),
                                source("a", 3, "a\0\0", 4),
                                source("a\0\0\0\0\0\0\0", 5, "a\0\0\0\0\0\0\0\0", 6)));
        List<Integer> sizes = new ArrayList<>();
        while (cursor.next()) {
            sizes.add(cursor.keySize());
        }
        assertEquals(List.of(1, 2, 3, 8, 9, 2), sizes);
        while (cursor.previous()) {
            assertEquals(sizes.removeLast(), cursor.keySize());
        }
    }

    @Test
    void sourceOfHighestHeadsIsNotTakenForAnEmptyOne() {
        byte[] high = new byte[9];
        Arrays.fill(high, (byte) 0xFF);
        byte[] low = new byte[8];
        for (byte[] key : List.of(high, low)) {
            var one = map();
            one.put(key, new Version(key, 1, key));
            for (int place = 0; place < 3; place++) {
                List<ListCursor> sources = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    sources.add(new ListCursor(i == place ? one : map()));
                }
                var cursor = new MergingCursor(sources);
                assertTrue(cursor.first());
                assertFalse(cursor.next());
                assertTrue(cursor.last());
                assertFalse(cursor.previous());
            }
        }
    }

    @Test
    void everyWalkIsThatOfTheMap() {
        for (long seed = 1; seed <= 300; seed++) {
            walk(seed);
        }
    }

    private static void walk(long seed) {
        var random = new Random(seed);
        int alphabet = 2 + random.nextInt(3);
        int longest = 1 + random.nextInt(12);
        byte[] stem = new byte[random.nextInt(4) * random.nextInt(24)];
        random.nextBytes(stem);
        NavigableMap<byte[], Version> model = map();
        List<NavigableMap<byte[], Version>> maps = new ArrayList<>();
        int count = 1 + random.nextInt(random.nextBoolean() ? 3 : 17);
        for (int i = 0; i < count; i++) {
            maps.add(map());
        }
        boolean inOrderOfAge = random.nextBoolean();
        int entries = random.nextInt(random.nextBoolean() ? 8 : 200);
        for (int sequence = 1; sequence <= entries; sequence++) {
            byte[] key = key(random, stem, alphabet, longest);
            byte[] value = random.nextInt(4) == 0 ? null : bytes("v" + sequence);
            var version = new Version(key, sequence, value);
            int source =
                    inOrderOfAge
                            ? count - 1 - sequence * count / (entries + 1)
                            : random.nextInt(count);
            maps.get(source).put(key, version);
            model.put(key, version);
        }
        List<ListCursor> sources = maps.stream().map(ListCursor::new).toList();
        var cursor = new MergingCursor(sources);
        byte[] bound = key(random, stem, alphabet, longest); // of the last seek
        Map.Entry<byte[], Version> expected = null;
        int place = -1; // before the first, 0 on an entry, 1 behind the last
        for (int step = 0; step < 500; step++) {
            boolean moved;
            int move = random.nextInt(24);
            if (move >= 12 && place != 0 && random.nextInt(4) != 0) {
                move = random.nextInt(12);
            }
            switch (move) {
                case 0 -> {
                    moved = cursor.first();
                    expected = model.firstEntry();
                    place = expected == null ? 1 : 0;
                }
                case 1 -> {
                    moved = cursor.last();
                    expected = model.lastEntry();
                    place = expected == null ? -1 : 0;
                }
                case 2, 3 -> {
                    bound = key(random, stem, alphabet, longest);
                    moved = cursor.seek(bound, bound.length);
                    expected = model.ceilingEntry(bound);
                    place = expected == null ? 1 : 0;
                }
                case 4, 5 -> {
                    bound = key(random, stem, alphabet, longest);
                    moved = cursor.seekBefore(bound, bound.length);
                    expected = model.lowerEntry(bound);
                    place = expected == null ? -1 : 0;
                }
                case 6, 7, 8, 12, 13, 14, 15, 16, 17 -> {
                    moved = cursor.next();
                    expected =
                            place > 0
                                    ? null
                                    : place < 0
                                            ? model.firstEntry()
                                            : model.higherEntry(expected.getKey());
                    place = expected == null ? 1 : 0;
                }
                default -> {
                    moved = cursor.previous();
                    expected =
                            place < 0
                                    ? null
                                    : place > 0
                                            ? model.lastEntry()
                                            : model.lowerEntry(expected.getKey());
                    place = expected == null ? -1 : 0;
                }
            }
            String facts = "seed=" + seed + " step=" + step + " move=" + move;
            assertEquals(expected != null, moved, facts);
            assertEquals(moved, cursor.valid(), facts);
            if (moved) {
                byte[] key = Arrays.copyOf(cursor.key(), cursor.keySize());
                Version version = expected.getValue();
                assertArrayEquals(expected.getKey(), key, facts);
                assertEquals(version.sequence(), cursor.sequence(), facts);
                boolean deleted = version.value() == null;
                assertEquals(deleted ? EntryFormat.DELETE : EntryFormat.PUT, cursor.kind(), facts);
                assertArrayEquals(deleted ? new byte[0] : version.value(), value(cursor), facts);
                assertEquals(
                        ByteBuffer.wrap(Arrays.copyOf(key, 8)).getLong(), cursor.head(), facts);
            }
        }
        cursor.close();
        sources.forEach(source -> assertTrue(source.closed, "seed=" + seed));
    }

    /// Begins with the stem, or with a part of it, or goes its own way within it.
    private static byte[] key(Random random, byte[] stem, int alphabet, int longest) {
        boolean strays = random.nextInt(40) == 0;
        int shared = strays ? random.nextInt(stem.length + 1) : stem.length;
        byte[] key = Arrays.copyOf(stem, shared + 1 + random.nextInt(longest));
        for (int i = shared; i < key.length; i++) {
            int letter = random.nextInt(alphabet);
            key[i] = (byte) (letter == 0 ? 0 : letter == 1 ? 0xFF : letter);
        }
        return key;
    }

    private static byte[] value(EntryCursor cursor) {
        return cursor.valueSegment()
                .asSlice(cursor.valueOffset(), cursor.valueSize())
                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    @Test
    void stepCostsAboutLog2OfTheSourcesInComparisons() {
        for (int count : new int[] {1, 2, 3, 4, 8, 13, 16}) {
            var random = new Random(count);
            List<NavigableMap<byte[], Version>> maps = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                maps.add(map());
            }
            int entries = 4_000;
            for (int i = 0; i < entries; i++) { // all heads are equal: matches look at keys
                byte[] key = bytes("a common prefix %08d".formatted(i));
                maps.get(random.nextInt(count)).put(key, new Version(key, i, key));
            }
            List<ListCursor> sources = maps.stream().map(ListCursor::new).toList();
            var cursor = new MergingCursor(sources);
            while (cursor.next()) {
                assertTrue(cursor.valid());
            }
            while (cursor.previous()) {
                assertTrue(cursor.valid());
            }
            long looks = sources.stream().mapToLong(source -> source.keyLooks).sum();
            long moves = sources.stream().mapToLong(source -> source.moves).sum();
            int depth = 32 - Integer.numberOfLeadingZeros(count - 1);
            assertTrue(looks <= 2L * (depth * 2L * entries + 2L * count), "looks=" + looks);
            assertEquals(2L * entries + 2L * count, moves, "sources=" + count);
        }
    }

    @Test
    void keysAreLookedAtOncePerStepWhereTheyShareWhatTheyBeginWith() {
        int count = 16;
        var random = new Random(1);
        List<NavigableMap<byte[], Version>> maps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            maps.add(map());
        }
        int entries = 8_000;
        for (int i = 0; i < entries; i++) {
            byte[] key = bytes("a common prefix %08d".formatted(i));
            maps.get(random.nextInt(count)).put(key, new Version(key, i, key));
        }
        List<ListCursor> sources = maps.stream().map(ListCursor::new).toList();
        var cursor = new MergingCursor(sources);
        while (cursor.next()) {
            assertTrue(cursor.valid());
        }
        long looks = sources.stream().mapToLong(source -> source.keyLooks).sum();
        assertTrue(looks <= 1.2 * entries, "looks=" + looks); // 8 per step without a prefix
    }

    @Test
    void turningSeeksOnceInEverySourceButTheOneItStandsOn() {
        List<ListCursor> sources =
                List.of(
                        source("a", 1, "e", 5, "i", 9),
                        source("b", 2, "e", 4, "j", 10),
                        source("c", 3, "g", 7),
                        source("d", 4, "h", 8));
        var cursor = new MergingCursor(sources);
        cursor.seek(bytes("e"), 1);
        assertEquals("e5", at(cursor));
        sources.forEach(source -> source.seeks = 0);
        assertTrue(cursor.previous());
        assertEquals("d4", at(cursor));
        assertEquals(List.of(0L, 1L, 1L, 1L), sources.stream().map(s -> s.seeks).toList());
        assertTrue(cursor.next());
        assertEquals("e5", at(cursor));
        assertEquals(List.of(1L, 2L, 2L, 1L), sources.stream().map(s -> s.seeks).toList());
        assertTrue(cursor.next());
        assertEquals("g7", at(cursor));
    }

    @Test
    void failedMoveLosesThePositionUntilTheNextSeek() {
        ListCursor failing = source("b", 1, "d", 1);
        var cursor = new MergingCursor(List.of(source("a", 1, "c", 1), failing));
        assertTrue(cursor.next());
        failing.failAt = 1;
        assertTrue(cursor.next());
        assertEquals("b1", at(cursor));
        failing.failAt = 0;
        assertThrows(UncheckedIOException.class, cursor::next);
        assertFalse(cursor.valid());
        assertThrows(IllegalStateException.class, cursor::next);
        assertThrows(IllegalStateException.class, cursor::previous);
        assertTrue(cursor.seek(bytes("c"), 1));
        assertEquals("c1", at(cursor));
        assertTrue(cursor.next());
        assertEquals("d1", at(cursor));
    }
}
