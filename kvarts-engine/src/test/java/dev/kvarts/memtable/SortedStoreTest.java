package dev.kvarts.memtable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.MemoryBudget.Account;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeTombstones;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/// A sorted memory store against a map.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SortedStoreTest {
    private final SortedStores stores = new SortedStores();
    private final SortedStore store = stores.store;
    private final Lookup lookup = new Lookup();

    /// Versions of keys by sequence number; an empty value is a tombstone.
    private final NavigableMap<byte[], NavigableMap<Long, byte[]>> model =
            new TreeMap<>(Arrays::compareUnsigned);

    @AfterEach
    void close() {
        stores.close();
        assertEquals(0, stores.budget.used(Account.MEMORY_STORES));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] key) {
        return key.length > 100 ? "bytes " + key.length : HexFormat.of().formatHex(key);
    }

    private void fillAtRandom(Random random, int writes) {
        for (int i = 0; i < writes; i++) {
            byte[] key = SortedStores.nastyKey(random);
            if (!model.isEmpty() && random.nextBoolean()) {
                key = model.ceilingKey(key) == null ? model.firstKey() : model.ceilingKey(key);
            }
            byte[] value = random.nextInt(5) == 0 ? null : value(random, i);
            long sequence = stores.visible.get() + 1 + random.nextInt(3);
            stores.put(key, value, sequence);
            stores.visible.set(sequence);
            model.computeIfAbsent(key, _ -> new TreeMap<>())
                    .put(sequence, value == null ? new byte[0] : value);
        }
    }

    private static byte[] value(Random random, int number) {
        int size =
                switch (random.nextInt(400)) {
                    case 0 -> 100_000; // a chunk of its own
                    case 1, 2, 3 -> 5000; // shares a chunk with its like
                    default -> random.nextInt(200);
                };
        byte[] value = new byte[size + 1];
        value[0] = (byte) number;
        value[size] = (byte) number;
        return value;
    }

    @Test
    void randomWritesAreFoundAsOfTheNewestThatMayBeSeen() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        int token = stores.epochs.enter(); // keeps every version
        for (int round = 0; round < 4000; round++) {
            fillAtRandom(random, 3);
            byte[] key = SortedStores.nastyKey(random);
            if (random.nextInt(3) > 0) {
                key = model.floorKey(key) == null ? key : model.floorKey(key);
            }
            long at = Math.max(0, stores.visible.get() - random.nextInt(2000));
            check(key, at, "seed=" + seed + " key=" + hex(key) + " at=" + at);
        }
        assertEquals(model.size(), store.keyCount());
        stores.epochs.exit(token);
    }

    private void check(byte[] key, long at, String where) {
        var versions = model.get(key);
        var expected = versions == null ? null : versions.floorEntry(at);
        Lookup found = stores.find(lookup, key, at);
        assertEquals(expected != null, found.found, where);
        if (expected != null) {
            assertEquals(expected.getKey(), found.sequence, where);
            assertEquals(expected.getValue().length == 0, found.deleted, where);
            assertArrayEquals(expected.getValue(), found.copyValue(), where);
        }
        long latest = versions == null ? 0 : versions.lastKey();
        assertEquals(latest, store.latest(SortedStores.hash(key), key, key.length), where);
    }

    @Test
    void cursorsWalkBothWaysAsAMapDoes() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        int token = stores.epochs.enter(); // keeps every version
        for (int round = 0; round < 60; round++) {
            fillAtRandom(random, 100);
            long at = Math.max(1, stores.visible.get() - random.nextInt(1000));
            walk(at, random, "seed=" + seed + " round=" + round);
        }
        stores.epochs.exit(token);
    }

    private void walk(long at, Random random, String where) {
        NavigableMap<byte[], Map.Entry<Long, byte[]>> seen = new TreeMap<>(Arrays::compareUnsigned);
        model.forEach(
                (key, versions) -> {
                    if (versions.floorEntry(at) != null) {
                        seen.put(key, versions.floorEntry(at));
                    }
                });
        try (EntryCursor cursor = store.cursor(at)) {
            assertFalse(cursor.valid());
            for (var entry : seen.entrySet()) {
                assertTrue(cursor.next(), where);
                assertStandsOn(entry, cursor, where);
            }
            assertFalse(cursor.next(), where);
            assertFalse(cursor.next(), where);
            for (var entry : seen.descendingMap().entrySet()) {
                assertTrue(cursor.previous(), where);
                assertStandsOn(entry, cursor, where);
            }
            assertFalse(cursor.previous(), where);
            assertFalse(cursor.previous(), where);
            assertEquals(!seen.isEmpty(), cursor.last());
            assertMoved(seen.lastEntry(), cursor.valid(), cursor, where);
            assertMoved(seen.firstEntry(), cursor.first(), cursor, where);
            Map.Entry<byte[], Map.Entry<Long, byte[]>> on = seen.firstEntry();
            for (int i = 0; i < 300; i++) {
                byte[] key = SortedStores.nastyKey(random);
                byte[] to = random.nextBoolean() ? key : seen.floorKey(key);
                to = to == null ? key : to;
                boolean moved;
                switch (random.nextInt(4)) {
                    case 0 -> {
                        on = seen.ceilingEntry(to);
                        moved = cursor.seek(to, to.length);
                    }
                    case 1 -> {
                        on = seen.lowerEntry(to);
                        moved = cursor.seekBefore(to, to.length);
                    }
                    case 2 -> {
                        if (on == null) {
                            continue;
                        }
                        on = seen.higherEntry(on.getKey());
                        moved = cursor.next();
                    }
                    default -> {
                        if (on == null) {
                            continue;
                        }
                        on = seen.lowerEntry(on.getKey());
                        moved = cursor.previous();
                    }
                }
                assertMoved(on, moved, cursor, where + " to=" + hex(to));
            }
        }
    }

    private static void assertMoved(
            Map.Entry<byte[], Map.Entry<Long, byte[]>> expected,
            boolean moved,
            EntryCursor cursor,
            String where) {
        assertEquals(expected != null, moved, where);
        assertEquals(moved, cursor.valid(), where);
        if (expected != null) {
            assertStandsOn(expected, cursor, where);
        }
    }

    private static void assertStandsOn(
            Map.Entry<byte[], Map.Entry<Long, byte[]>> expected, EntryCursor cursor, String where) {
        assertArrayEquals(expected.getKey(), SortedStores.key(cursor), where);
        assertEquals(expected.getValue().getKey(), cursor.sequence(), where);
        assertArrayEquals(expected.getValue().getValue(), SortedStores.value(cursor), where);
        byte kind =
                expected.getValue().getValue().length == 0 ? EntryFormat.DELETE : EntryFormat.PUT;
        assertEquals(kind, cursor.kind(), where);
        assertEquals(Bytes.head(cursor.key(), 0, cursor.keySize()), cursor.head(), where);
    }

    @Test
    void manyKeysInAnyOrderComeOutSorted() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (String order : new String[] {"rising", "falling", "random", "long prefix"}) {
            try (var own = new SortedStores()) {
                int count = 20_000;
                for (int i = 0; i < count; i++) {
                    int number =
                            switch (order) {
                                case "rising" -> i;
                                case "falling" -> count - 1 - i;
                                default -> (int) (i * 7919L % count);
                            };
                    String stem =
                            order.equals("long prefix") ? "a prefix of more than 8 bytes " : "";
                    own.publish(bytes(stem + String.format("%08d", number)), bytes("v" + number));
                }
                try (EntryCursor cursor = own.store.cursor(own.visible.get())) {
                    for (int i = 0; i < count; i++) {
                        assertTrue(cursor.next(), order);
                        assertArrayEquals(bytes("v" + i), SortedStores.value(cursor), order);
                    }
                    assertFalse(cursor.next(), order);
                    for (int i = 0; i < 1000; i++) {
                        byte[] key = SortedStores.nastyKey(random);
                        assertFalse(own.find(lookup, key, Long.MAX_VALUE).found, "seed=" + seed);
                    }
                }
            }
        }
    }

    @Test
    void aStoreThatFollowsTakesHeadsBehindWhatTheKeysBeganWith() {
        for (int i = 0; i < 1000; i++) {
            stores.publish(bytes("customer/" + i), bytes("first"));
        }
        SortedStore next = stores.next(store);
        NavigableMap<byte[], byte[]> expected = new TreeMap<>(Arrays::compareUnsigned);
        var random = new Random(7);
        for (int i = 0; i < 3000; i++) {
            byte[] key =
                    random.nextBoolean()
                            ? bytes("customer/" + random.nextInt())
                            : SortedStores.nastyKey(random);
            byte[] value = {(byte) i};
            SortedStores.put(next, key, value, 2000 + i);
            expected.put(key, value);
        }
        for (String key : new String[] {"c", "customer", "customer/", "customer/\0", "customer0"}) {
            SortedStores.put(next, bytes(key), bytes(key), 6000);
            expected.put(bytes(key), bytes(key));
        }
        try (EntryCursor cursor = next.cursor(Long.MAX_VALUE)) {
            expected.forEach(
                    (key, value) -> {
                        assertTrue(cursor.next());
                        assertArrayEquals(key, SortedStores.key(cursor));
                        assertArrayEquals(value, SortedStores.value(cursor));
                        lookup.ask(key, key.length, SortedStores.SEED, Long.MAX_VALUE);
                        next.find(lookup);
                        assertTrue(lookup.present());
                        assertArrayEquals(value, lookup.copyValue());
                    });
            assertFalse(cursor.next());
        }
        next.release();
    }

    @Test
    void oneKeyOverwrittenForEverTakesBoundedMemory() {
        for (int i = 0; i < 300_000; i++) {
            stores.publish(bytes("hot"), bytes("value " + i));
        }
        assertTrue(stores.find(lookup, bytes("hot"), Long.MAX_VALUE).present());
        assertArrayEquals(bytes("value 299999"), lookup.copyValue());
        assertTrue(store.sizeBytes() < 8 * SortedStores.CHUNK, "bytes " + store.sizeBytes());
        assertEquals(1, store.keyCount());
    }

    @Test
    void aPinnedStoreKeepsTheVersionsThatACursorSees() {
        for (int i = 0; i < 100; i++) {
            stores.publish(bytes("k" + i), bytes("first"));
        }
        int token = stores.epochs.enter();
        EntryCursor cursor = store.cursor(stores.visible.get());
        store.pin();
        stores.epochs.exit(token);
        assertFalse(store.releasable());
        for (int i = 0; i < 30_000; i++) {
            stores.publish(bytes("k" + i % 150), bytes("later"));
        }
        for (int i = 0; i < 100; i++) {
            assertTrue(cursor.next());
            assertArrayEquals(bytes("first"), SortedStores.value(cursor));
        }
        assertFalse(cursor.next());
        cursor.close();
        store.unpin();
        assertTrue(store.releasable());
    }

    @Test
    void anAbandonedEntryIsNeverFoundAndItsMemoryIsUsedAgain() {
        byte[] key = bytes("k");
        long hash = SortedStores.hash(key);
        for (int i = 0; i < 100_000; i++) {
            long reference = store.reserve(hash, key.length + 5);
            if (i % 2 == 0) {
                store.fill(hash, reference, EntryFormat.PUT, key, key.length, bytes("never"), 5);
            }
            store.abandon(hash, reference, key.length + 5);
        }
        assertFalse(stores.find(lookup, key, Long.MAX_VALUE).found);
        assertTrue(store.isEmpty());
        assertTrue(store.sizeBytes() < 3 * SortedStores.CHUNK, "bytes " + store.sizeBytes());
    }

    @Test
    void manyReservedEntriesAreLinkedInAnyOrder() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        int count = 3000;
        long[] references = new long[count];
        for (int i = 0; i < count; i++) {
            byte[] key = bytes("key" + i);
            references[i] = store.reserve(SortedStores.hash(key), key.length);
            store.fill(
                    SortedStores.hash(key),
                    references[i],
                    EntryFormat.PUT,
                    key,
                    key.length,
                    key,
                    0);
        }
        assertTrue(store.isEmpty());
        int abandoned = 0;
        for (int i = 0; i < count; i++) {
            byte[] key = bytes("key" + i);
            if (random.nextInt(4) == 0) {
                store.abandon(SortedStores.hash(key), references[i], key.length);
                abandoned++;
            } else {
                store.link(SortedStores.hash(key), references[i], i + 1);
            }
        }
        assertEquals(count - abandoned, store.keyCount(), "seed=" + seed);
    }

    @Test
    void valuesAreGivenAsSegments() {
        byte[] key = bytes("k");
        long hash = SortedStores.hash(key);
        MemorySegment value = MemorySegment.ofArray(bytes("a value"));
        long reference = store.reserve(hash, 1 + value.byteSize());
        store.fill(hash, reference, EntryFormat.PUT, key, 1, value, value.byteSize());
        store.link(hash, reference, 1);
        assertArrayEquals(bytes("a value"), stores.find(lookup, key, 1).copyValue());
        assertSame(store, lookup.home);
    }

    @Test
    void aDeletedRangeIsInTheSnapshotThatComesAfter() {
        stores.publish(bytes("b"), bytes("value"));
        RangeTombstones before = store.rangeTombstones();
        stores.deleteRange(bytes("a"), bytes("c"), 5);
        assertTrue(before.isEmpty());
        RangeTombstones after = store.rangeTombstones();
        assertEquals(5, after.covering(bytes("b"), 1, 9));
        assertEquals(0, after.covering(bytes("b"), 1, 4));
        assertEquals(0, after.covering(bytes("c"), 1, 9));
        stores.deleteRange(bytes("bb"), null, 7);
        assertEquals(7, store.rangeTombstones().covering(bytes("z"), 1, 9));
        assertEquals(5, store.rangeTombstones().covering(bytes("b"), 1, 9));
        assertEquals(7, store.latest(0, bytes("z"), 1));
        assertEquals(5, store.latest(0, bytes("b"), 1));
        stores.deleteRange(new byte[0], bytes("aa"), 8);
        assertEquals(8, store.rangeTombstones().covering(new byte[] {0}, 1, 9));
        assertEquals(3, store.rangeTombstoneCount());
        assertTrue(stores.find(lookup, bytes("b"), 9).present()); // as the contract says
        stores.put(bytes("b"), bytes("again"), 11);
        assertEquals(11, store.latest(SortedStores.hash(bytes("b")), bytes("b"), 1));
    }

    @Test
    void anEmptyRangeDeletesNothing() {
        stores.deleteRange(bytes("b"), bytes("b"), 1);
        stores.deleteRange(bytes("b"), bytes("a"), 2);
        stores.deleteRange(new byte[0], new byte[0], 3);
        assertTrue(store.rangeTombstones().isEmpty());
        assertEquals(0, store.rangeTombstoneCount());
        assertTrue(store.isEmpty());
    }

    @Test
    void aStoreOfDeletedRangesAloneIsNotEmpty() {
        long before = store.sizeBytes();
        stores.deleteRange(bytes("a"), new byte[1000], 1);
        assertTrue(store.isEmpty());
        stores.deleteRange(new byte[1000], bytes("a"), 1);
        assertFalse(store.isEmpty());
        assertNotNull(store.rangeTombstones().fragmentOf(bytes("Z"), 1));
        assertTrue(store.sizeBytes() >= before + 1000);
        assertEquals(store.sizeBytes(), stores.budget.used(Account.MEMORY_STORES));
    }

    @Test
    void aQueueTrimmedForEverTakesBoundedMemory() {
        for (int i = 0; i < 20_000; i++) {
            byte[] to = bytes(String.format("item-%08d", i));
            stores.deleteRange(bytes("item-"), to, i + 1);
            stores.visible.set(i + 1);
        }
        assertEquals(20_000, store.rangeTombstoneCount());
        assertTrue(store.sizeBytes() < 8 * SortedStores.CHUNK, "bytes " + store.sizeBytes());
        byte[] key = bytes("item-00000007");
        assertEquals(20_000, store.latest(0, key, key.length));
        assertEquals(store.sizeBytes(), stores.budget.used(Account.MEMORY_STORES));
    }

    @Test
    void deletedRangesThatAreOverwrittenStayForThoseWhoSeeThem() {
        int token = stores.epochs.enter();
        byte[] key = bytes("k");
        for (int i = 1; i <= 1000; i++) {
            stores.deleteRange(bytes("a"), null, i);
            stores.visible.set(i);
        }
        for (int i = 1; i <= 1000; i++) {
            assertEquals(i, store.rangeTombstones().covering(key, 1, i));
        }
        stores.epochs.exit(token);
        store.pin();
        for (int i = 1001; i <= 2000; i++) {
            stores.deleteRange(bytes("a"), null, i);
            stores.visible.set(i);
        }
        assertEquals(1001, store.rangeTombstones().covering(key, 1, 1001));
        store.unpin();
    }
}
