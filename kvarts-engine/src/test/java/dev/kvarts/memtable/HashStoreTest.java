package dev.kvarts.memtable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.bytes.Prefixed;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.cache.MemoryBudget.Account;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots;
import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.ThreadScheduler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// A memory store against a map.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HashStoreTest {
    private static final long SEED = 42;
    private static final int CHUNK = 64 << 10;
    private static final int SHARD_BITS = 2;

    private final ThreadScheduler scheduler = new ThreadScheduler(1);
    private final Epochs epochs = new Epochs(scheduler);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final ChunkPool pool = new ChunkPool(budget, CHUNK, 1 << 20);
    private final AtomicLong visible = new AtomicLong();
    private final LiveSnapshots snapshots = new LiveSnapshots(visible::get, epochs, false);
    private final HashStore store =
            new HashStore(pool, budget, epochs, snapshots, SHARD_BITS, null, 0);
    private final Lookup lookup = new Lookup();

    @AfterEach
    void close() {
        store.release();
        pool.close();
        assertEquals(0, budget.used(Account.MEMORY_STORES));
        scheduler.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void put(byte[] key, byte[] value, long sequence) {
        byte kind = value == null ? EntryFormat.DELETE : EntryFormat.PUT;
        long hash = KeyHash.hash(key, key.length, SEED);
        int size = value == null ? 0 : value.length;
        long reference = store.reserve(hash, key.length + size);
        store.fill(hash, reference, kind, key, key.length, value, size);
        store.link(hash, reference, sequence);
    }

    private void publish(byte[] key, byte[] value) {
        put(key, value, visible.get() + 1);
        visible.incrementAndGet();
    }

    private Lookup find(byte[] key, long at) {
        lookup.ask(key, key.length, SEED, at);
        store.find(lookup);
        return lookup;
    }

    private byte[] get(byte[] key) {
        int token = epochs.enter();
        try {
            return find(key, visible.get()).present() ? lookup.copyValue() : null;
        } finally {
            epochs.exit(token);
        }
    }

    @Test
    void randomWritesAreFoundAsOfTheNewestThatMayBeSeen() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        Map<Integer, NavigableMap<Long, byte[]>> model = new HashMap<>();
        int token = epochs.enter(); // keeps every version
        for (int i = 0; i < 20_000; i++) {
            int key = random.nextInt(600);
            byte[] value = random.nextInt(5) == 0 ? null : value(random, i);
            long sequence = visible.get() + 1 + random.nextInt(3);
            put(key(key), value, sequence);
            visible.set(sequence);
            model.computeIfAbsent(key, _ -> new TreeMap<>()).put(sequence, value(value));
            int asked = random.nextInt(700);
            long at = Math.max(0, visible.get() - random.nextInt(2000));
            check(asked, at, model, seed);
        }
        assertEquals(model.size(), store.keyCount());
        epochs.exit(token);
    }

    private static byte[] value(byte[] value) {
        return value == null ? new byte[0] : value;
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

    private static byte[] key(int number) {
        return bytes("key" + "x".repeat(number % 40) + number);
    }

    private void check(
            int key, long at, Map<Integer, NavigableMap<Long, byte[]>> model, long seed) {
        var versions = model.get(key);
        var expected = versions == null ? null : versions.floorEntry(at);
        Lookup found = find(key(key), at);
        String where = "seed=" + seed + " key=" + key + " at=" + at;
        assertEquals(expected != null, found.found, where);
        if (expected != null) {
            assertEquals(expected.getKey(), found.sequence, where);
            assertEquals(expected.getValue().length == 0, found.deleted, where);
            assertArrayEquals(expected.getValue(), found.copyValue(), where);
        }
        long latest = versions == null ? 0 : versions.lastKey();
        byte[] bytes = key(key);
        long hash = KeyHash.hash(bytes, bytes.length, SEED);
        assertEquals(latest, store.latest(hash, bytes, bytes.length), where);
    }

    @Test
    void oneKeyOverwrittenForEverTakesBoundedMemory() {
        for (int i = 0; i < 300_000; i++) {
            publish(bytes("hot"), bytes("value " + i));
            if (i % 1000 == 0) {
                assertArrayEquals(bytes("value " + i), get(bytes("hot")));
            }
        }
        assertTrue(store.sizeBytes() < 4 * CHUNK, "bytes " + store.sizeBytes());
        assertEquals(1, store.keyCount());
    }

    /// A snapshot sees nothing of a store that was begun after it.
    @Test
    void anOlderSnapshotDoesNotLookIntoAStoreAndKeepsNothingInIt() throws Exception {
        visible.set(5);
        try (var _ = snapshots.begin(this, () -> 0);
                var young = new Young(visible.get())) {
            visible.set(10);
            for (int i = 0; i < 300_000; i++) {
                young.publish(i);
            }
            long bytes = young.store.sizeBytes();
            assertTrue(bytes < 4 * CHUNK, "bytes " + bytes);
            assertFalse(young.shows(5));
            assertTrue(young.shows(visible.get()));
            young.store.forEach(0, -1, 5, (_, _, _, _) -> fail("an entry is shown"));
        }
    }

    /// However many come and go, and whether they are older or younger than what is overwritten.
    @Test
    void everySnapshotFindsWhatWasThereWhenItBegan() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        Map<Integer, NavigableMap<Long, byte[]>> model = new HashMap<>();
        List<LiveSnapshots.Registration> live = new ArrayList<>();
        long overwritten = 0;
        for (int i = 0; i < 60_000; i++) {
            int key = random.nextInt(40);
            byte[] value = random.nextInt(8) == 0 ? null : new byte[1 + random.nextInt(100)];
            put(key(key), value, visible.get() + 1);
            visible.incrementAndGet();
            overwritten += value == null ? 0 : value.length;
            model.computeIfAbsent(key, _ -> new TreeMap<>()).put(visible.get(), value(value));
            if (live.size() < 5 && random.nextInt(100) == 0) {
                live.add(snapshots.begin(live, () -> 0));
            } else if (!live.isEmpty() && random.nextInt(120) == 0) {
                live.remove(random.nextInt(live.size())).close();
            }
            check(random.nextInt(45), visible.get(), model, seed);
            for (var each : live) {
                check(random.nextInt(45), each.sequence(), model, seed);
            }
        }
        live.forEach(LiveSnapshots.Registration::close);
        String told = "seed=" + seed + " bytes=" + store.sizeBytes() + " of " + overwritten;
        assertTrue(store.sizeBytes() < overwritten, told); // some memory was used again
    }

    private final class Young implements AutoCloseable {
        final HashStore store;

        Young(long born) {
            store = new HashStore(pool, budget, epochs, snapshots, SHARD_BITS, null, born + 1);
        }

        void publish(int value) {
            byte[] key = bytes("hot");
            byte[] bytes = bytes("value " + value);
            long hash = KeyHash.hash(key, key.length, SEED);
            long reference = store.reserve(hash, key.length + bytes.length);
            store.fill(hash, reference, EntryFormat.PUT, key, key.length, bytes, bytes.length);
            store.link(hash, reference, visible.get() + 1);
            visible.incrementAndGet();
        }

        boolean shows(long at) {
            byte[] key = bytes("hot");
            lookup.ask(key, key.length, SEED, at);
            store.find(lookup);
            return lookup.found;
        }

        @Override
        public void close() {
            store.release();
        }
    }

    @Test
    void largeValuesOverwrittenForEverTakeBoundedMemory() {
        for (int i = 0; i < 3000; i++) {
            publish(bytes("hot"), new byte[20_000]);
        }
        assertTrue(store.sizeBytes() < 300L * 20_000, "bytes " + store.sizeBytes());
    }

    @Test
    void aReaderInsideKeepsTheVersionItSees() {
        publish(bytes("k"), bytes("first"));
        int token = epochs.enter();
        Lookup before = find(bytes("k"), visible.get());
        MemorySegment segment = before.segment;
        long offset = before.valueOffset;
        for (int i = 0; i < 5000; i++) {
            publish(bytes("k"), bytes("later"));
        }
        assertArrayEquals(bytes("first"), Bytes.copyOut(segment, offset, 5));
        epochs.exit(token);
    }

    @Test
    void aPinnedStoreKeepsTheVersionThatIsLookedAt() {
        publish(bytes("k"), bytes("first"));
        Lookup before = find(bytes("k"), visible.get());
        MemorySegment segment = before.segment;
        long offset = before.valueOffset;
        store.pin();
        assertFalse(store.releasable());
        for (int i = 0; i < 5000; i++) {
            publish(bytes("k"), bytes("later"));
        }
        assertArrayEquals(bytes("first"), Bytes.copyOut(segment, offset, 5));
        store.unpin();
        assertTrue(store.releasable());
    }

    @Test
    void anAbandonedEntryIsNeverFoundAndItsMemoryIsUsedAgain() {
        byte[] key = bytes("k");
        long hash = KeyHash.hash(key, key.length, SEED);
        for (int i = 0; i < 100_000; i++) {
            long reference = store.reserve(hash, key.length + 5);
            if (i % 2 == 0) {
                store.fill(hash, reference, EntryFormat.PUT, key, key.length, bytes("never"), 5);
            }
            store.abandon(hash, reference, key.length + 5);
        }
        assertNull(get(key));
        assertTrue(store.isEmpty());
        assertTrue(store.sizeBytes() < 2 * CHUNK, "bytes " + store.sizeBytes());
    }

    @Test
    void sortedIsInTheOrderOfUnsignedHashesAndHasEveryKeyOnce() {
        Set<String> expected = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            String key = "key" + i % 7000;
            publish(bytes(key), i % 3 == 0 ? null : bytes("value"));
            expected.add(key);
        }
        Set<String> seen = new HashSet<>();
        long previous = 0;
        var sorted = new SortedEntries();
        sorted.clear(store.keyCount());
        for (int shard = 0; shard < store.shardCount(); shard++) {
            store.sort(shard, sorted, 0);
        }
        for (int i = 0; i < sorted.count(); i++) {
            long hash = sorted.hash(i);
            long reference = sorted.reference(i);
            assertTrue(Long.compareUnsigned(previous, hash) <= 0);
            previous = hash;
            byte[] key = new byte[store.keySize(reference)];
            store.copyKey(reference, key);
            assertEquals(KeyHash.hash(key, key.length, SEED), hash);
            assertEquals(get(key) == null, sorted.tombstone(i));
            assertTrue(seen.add(new String(key, StandardCharsets.UTF_8)));
        }
        assertEquals(expected, seen);
    }

    @Test
    void aStoreThatFollowsAFullOneDoesNotGrowItsTablesStepByStep() {
        for (int i = 0; i < 20_000; i++) {
            publish(bytes("key" + i), bytes("value"));
        }
        var next = new HashStore(pool, budget, epochs, snapshots, SHARD_BITS, store, 0);
        byte[] key = bytes("key0");
        long hash = KeyHash.hash(key, key.length, SEED);
        long before = next.sizeBytes();
        for (int i = 0; i < 7; i++) { // more than the first table takes
            byte[] each = bytes("key" + i);
            long eachHash = hash + i;
            long reference = next.reserve(eachHash, each.length);
            next.fill(eachHash, reference, EntryFormat.PUT, each, 0, each.length, 0);
            next.link(eachHash, reference, i + 1);
        }
        long tables = next.sizeBytes() - before;
        assertTrue(tables >= 8 * 20_000 / 4, "bytes " + tables);
        next.release();
    }

    @Test
    void forEachGivesTheVisibleVersionOfEveryKeyInTheRange() {
        Map<String, String> model = new HashMap<>();
        for (int i = 0; i < 3000; i++) {
            publish(bytes("key" + i % 1000), bytes("value" + i));
            model.put("key" + i % 1000, "value" + i);
        }
        long seen = visible.get();
        put(bytes("key7"), bytes("not visible yet"), seen + 1);
        put(bytes("new"), bytes("not visible yet"), seen + 2);
        Map<String, String> found = new HashMap<>();
        long middle = 0x7000_0000_0000_0000L;
        for (long[] range : new long[][] {{0, middle}, {middle + 1, -1}}) {
            int token = epochs.enter();
            store.forEach(
                    range[0],
                    range[1],
                    seen,
                    (kind, expiry, key, value) ->
                            assertNull(
                                    found.put(
                                            new String(key, StandardCharsets.UTF_8),
                                            new String(value, StandardCharsets.UTF_8))));
            epochs.exit(token);
        }
        assertEquals(model, found);
    }

    /// However it was given, and whichever piece of it a page has room for.
    @Test
    void aPrefixIsTakenOffWhatIsFoundAndIsInFrontOfTheValueInWhatIsCopied() {
        byte[] key = bytes("some key");
        for (byte kind :
                new byte[] {EntryFormat.PUT, EntryFormat.PUT_EXPIRING, EntryFormat.PUT_GATHERED}) {
            for (int size : new int[] {0, 1, 100}) {
                byte[] prefix = new byte[EntryFormat.prefixSize(kind)];
                for (int i = 0; i < prefix.length; i += 8) {
                    Bytes.putLong(prefix, i, 7_000 + i);
                }
                byte[] value = bytes("v".repeat(size));
                byte[] stored = new Prefixed(prefix, value).joined(size);
                for (Object given :
                        new Object[] {
                            null, new Prefixed(prefix, value), stored, MemorySegment.ofArray(stored)
                        }) {
                    checkPrefix(kind, key, prefix, value, given);
                }
            }
        }
    }

    /// @param given null: in one array with the key
    private void checkPrefix(byte kind, byte[] key, byte[] prefix, byte[] value, Object given) {
        byte[] whole = new Prefixed(prefix, value).joined(value.length);
        byte[] entry = new Prefixed(key, whole).joined(whole.length);
        long hash = KeyHash.hash(key, key.length, SEED);
        long reference = store.reserve(hash, entry.length);
        if (given == null) {
            byte[] shifted = new Prefixed(new byte[3], entry).joined(entry.length);
            store.fill(hash, reference, kind, shifted, 3, key.length, whole.length);
        } else {
            store.fill(hash, reference, kind, key, key.length, given, whole.length);
        }
        store.link(hash, reference, visible.incrementAndGet());

        long expiry = prefix.length == 0 ? 0 : 7_000;
        find(key, visible.get());
        assertArrayEquals(value, lookup.copyValue());
        assertEquals(expiry, lookup.expiry);
        assertEquals(prefix.length == EntryFormat.GATHERED_SIZE ? 7_008 : 0, lookup.window);
        assertEquals(whole.length, lookup.storedSize());
        assertEquals(expiry, store.expiry(reference));
        store.forEach(
                0,
                -1L,
                visible.get(),
                (_, expires, _, each) -> {
                    assertEquals(expiry, expires);
                    assertArrayEquals(value, each);
                });
        byte[] copy = new byte[entry.length];
        for (int from = 0; from <= entry.length; from++) {
            for (int length = 0; length <= entry.length - from; length++) {
                store.copy(reference, from, MemorySegment.ofArray(copy), 0, length);
                assertTrue(
                        Arrays.equals(copy, 0, length, entry, from, from + length),
                        "kind=" + kind + " from=" + from + " length=" + length);
            }
        }
    }

    /// Each key has one writer, who writes rising numbers twice into every value; a reader sees no
    /// torn value and never an older one than it has seen.
    @Test
    void readersBesideWritersSeeWholeValuesThatOnlyRise() throws InterruptedException {
        int keys = 8;
        var stop = new AtomicBoolean();
        var failure = new AtomicReference<String>();
        var threads = new ArrayList<Thread>();
        for (int r = 0; r < 2; r++) {
            threads.add(Thread.ofPlatform().start(() -> readRising(keys, stop, failure)));
        }
        for (int i = 0; i < 150_000; i++) {
            byte[] value = new byte[16 + (i & 63)];
            Bytes.putLong(value, 0, i);
            Bytes.putLong(value, value.length - 8, i);
            publish(bytes("k" + i % keys), value);
        }
        stop.set(true);
        for (Thread thread : List.copyOf(threads)) {
            thread.join();
        }
        assertNull(failure.get());
    }

    private void readRising(int keys, AtomicBoolean stop, AtomicReference<String> failure) {
        var own = new Lookup();
        long[] seen = new long[keys];
        for (int i = 0; !stop.get(); i++) {
            byte[] key = bytes("k" + i % keys);
            int token = epochs.enter();
            try {
                own.ask(key, key.length, SEED, visible.get());
                store.find(own);
                if (own.found) {
                    byte[] value = own.copyValue();
                    long first = Bytes.getLong(value, 0);
                    if (first != Bytes.getLong(value, value.length - 8) || first < seen[i % keys]) {
                        failure.set("key " + i % keys + " value " + first);
                    }
                    seen[i % keys] = first;
                }
            } finally {
                epochs.exit(token);
            }
        }
    }
}
