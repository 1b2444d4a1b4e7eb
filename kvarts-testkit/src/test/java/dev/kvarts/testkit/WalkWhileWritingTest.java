package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Several threads on a real directory, each with keys of its own and a map beside them, while
/// stores this small are flushed and reclaimed all the time. Every read shows what was written
/// last.
class WalkWhileWritingTest {
    private static final long SEED = Long.getLong("kvarts.walk.seed", System.nanoTime());
    private static final int OPERATIONS = Integer.getInteger("kvarts.walk.operations", 6_000);
    private static final int THREADS = 4;
    private static final int KEYS_PER_THREAD = 300;
    private static final int STABLE_KEYS = 200;
    private static final int COUNTERS = 3;

    @TempDir private Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static Options options() {
        return Workload.tinyOptions();
    }

    @Test
    void withMappedReads() throws Exception {
        run(options().withReadMode(ReadMode.MAPPED), OPERATIONS);
    }

    @Test
    void withPositionalReads() throws Exception {
        run(options().withReadMode(ReadMode.POSITIONAL), OPERATIONS);
    }

    @Test
    void withOneBackgroundThread() throws Exception {
        run(options().withBackgroundThreads(1), OPERATIONS);
    }

    @Test
    void withLargerStores() throws Exception {
        run(options().withMemoryStore(1 << 20).withLogSegmentBytes(1 << 20), OPERATIONS);
    }

    @Test
    void withoutBackgroundSyncing() throws Exception {
        run(options().withSyncInterval(Duration.ZERO), OPERATIONS);
    }

    @Test
    void withEveryWriteSynced() throws Exception {
        run(options().withDurability(Durability.SYNC), OPERATIONS / 10);
    }

    @Test
    void withARateLimit() throws Exception {
        run(options().withWriteBytesPerSecond(8 << 20), OPERATIONS / 3);
    }

    private void run(Options options, int operations) throws Exception {
        try {
            var models = new ArrayList<Map<String, byte[]>>();
            var sums = new AtomicLong[COUNTERS];
            Arrays.setAll(sums, _ -> new AtomicLong());
            try (Database db = Kvarts.open(directory, options)) {
                for (int i = 0; i < STABLE_KEYS; i++) {
                    db.hashed("a").put(bytes("stable-" + i), bytes("value-" + i));
                }
                var done = new AtomicBoolean();
                var threads = new ArrayList<CompletableFuture<Void>>();
                for (int i = 0; i < THREADS; i++) {
                    var writer = new Writer(db, i, operations, sums);
                    models.add(writer.model);
                    threads.add(start("writer-" + i, writer::run));
                }
                var walker = start("walker", () -> walk(db, done));
                CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new)).join();
                done.set(true);
                walker.join();
                check(db, models, sums);
                db.flush();
                check(db, models, sums);
                assertTrue(db.verify().ok(), () -> db.verify().toString());
            }
            try (Database db = Kvarts.open(directory, options)) {
                check(db, models, sums);
                db.compact();
                check(db, models, sums);
            }
        } catch (Throwable e) {
            throw new AssertionError("kvarts.walk.seed=" + SEED + ": " + e, e);
        }
    }

    static CompletableFuture<Void> start(String name, Runnable task) {
        return CompletableFuture.runAsync(
                task, work -> Thread.ofPlatform().name(name).daemon().start(work));
    }

    private static void check(Database db, List<Map<String, byte[]>> models, AtomicLong[] sums) {
        int entries = STABLE_KEYS;
        for (int i = 0; i < COUNTERS; i++) {
            byte[] value = db.hashed("a").get(bytes("counter-" + i));
            long found =
                    value == null
                            ? 0
                            : ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong();
            assertEquals(sums[i].get(), found, "counter " + i);
            entries += value == null ? 0 : 1;
        }
        for (Map<String, byte[]> model : models) {
            entries += model.size();
            model.forEach(
                    (key, value) -> assertArrayEquals(value, db.hashed("a").get(bytes(key)), key));
        }
        int walked = 0;
        try (Cursor cursor = db.hashed("a").cursor()) {
            while (cursor.next()) {
                walked++;
            }
        }
        assertEquals(entries, walked);
    }

    /// Stable keys are seen exactly once by every walk.
    private static void walk(Database db, AtomicBoolean done) {
        do {
            var seen = new HashMap<String, byte[]>();
            try (Cursor cursor = db.hashed("a").cursor()) {
                while (cursor.next()) {
                    var key = new String(cursor.key(), StandardCharsets.US_ASCII);
                    if (seen.put(key, cursor.value()) != null) {
                        throw new AssertionError("cursor shows a key twice: " + key);
                    }
                }
            }
            for (int i = 0; i < STABLE_KEYS; i++) {
                assertArrayEquals(bytes("value-" + i), seen.get("stable-" + i), "stable-" + i);
            }
        } while (!done.get());
    }

    /// Owns its keys; shares the counters.
    private static final class Writer {
        private final Database db;
        private final Keyspace keyspace;
        private final int number;
        private final int operations;
        private final AtomicLong[] sums;
        private final SplittableRandom random;
        private final Map<String, byte[]> model = new HashMap<>();

        Writer(Database db, int number, int operations, AtomicLong[] sums) {
            this.db = db;
            this.keyspace = db.hashed("a");
            this.number = number;
            this.operations = operations;
            this.sums = sums;
            this.random = new SplittableRandom(SEED + number);
        }

        private String key() {
            return "own-" + number + "-" + random.nextInt(KEYS_PER_THREAD);
        }

        private byte[] value() {
            byte[] value = new byte[random.nextInt(random.nextInt(1, 1_500))];
            random.nextBytes(value);
            return value;
        }

        private void set(String key, byte[] value) {
            if (value == null) {
                model.remove(key);
            } else {
                model.put(key, value);
            }
        }

        void run() {
            for (int i = 0; i < operations; i++) {
                operation();
            }
        }

        private void operation() {
            String key = key();
            byte[] present = model.get(key);
            switch (random.nextInt(14)) {
                case 0, 1, 2, 3 -> {
                    byte[] value = value();
                    keyspace.put(bytes(key), value);
                    set(key, value);
                }
                case 4 -> {
                    keyspace.delete(bytes(key));
                    set(key, null);
                }
                case 5 -> {
                    byte[] value = value();
                    assertArrayEquals(present, keyspace.putIfAbsent(bytes(key), value), key);
                    set(key, present == null ? value : present);
                }
                case 6 -> {
                    byte[] value = random.nextInt(3) == 0 ? null : value();
                    assertTrue(keyspace.compareAndSet(bytes(key), present, value), key);
                    set(key, value);
                }
                case 7 -> {
                    int counter = random.nextInt(COUNTERS);
                    long delta = random.nextLong();
                    keyspace.increment(bytes("counter-" + counter), delta);
                    sums[counter].addAndGet(delta);
                }
                case 8 -> {
                    byte[] suffix = bytes("suffix");
                    byte[] before = present == null ? new byte[0] : present;
                    if (before.length < 3_000) {
                        byte[] after = Arrays.copyOf(before, before.length + suffix.length);
                        System.arraycopy(suffix, 0, after, before.length, suffix.length);
                        assertEquals(after.length, keyspace.append(bytes(key), suffix));
                        set(key, after);
                    }
                }
                case 9 -> batch();
                case 10 -> getAll();
                case 11 -> {
                    byte[] value = value();
                    byte[] after =
                            keyspace.update(
                                    bytes(key),
                                    before -> {
                                        assertArrayEquals(present, before, key);
                                        return value;
                                    });
                    assertArrayEquals(value, after);
                    set(key, value);
                }
                case 12 -> {
                    byte[] value = value();
                    keyspace.put(
                            bytes(key),
                            value,
                            random.nextInt(20) == 0 ? WriteOptions.SYNC : WriteOptions.BUFFERED);
                    set(key, value);
                }
                default -> {
                    assertArrayEquals(present, keyspace.get(bytes(key)), key);
                    assertEquals(present != null, keyspace.contains(bytes(key)), key);
                    Long length = keyspace.get(bytes(key), segment -> segment.byteSize());
                    assertEquals(present == null ? null : (Long) (long) present.length, length);
                }
            }
        }

        private void batch() {
            WriteBatch batch = db.batch();
            for (int i = random.nextInt(1, 10); i > 0; i--) {
                String key = key();
                byte[] value = random.nextInt(4) == 0 ? null : value();
                if (value == null) {
                    batch.delete(keyspace, bytes(key));
                } else {
                    batch.put(keyspace, bytes(key), value);
                }
                set(key, value);
            }
            db.write(batch);
        }

        private void getAll() {
            var keys = new ArrayList<String>();
            for (int i = 0; i < 10; i++) {
                keys.add(key());
            }
            List<byte[]> found =
                    keyspace.getAll(keys.stream().map(WalkWhileWritingTest::bytes).toList());
            for (int i = 0; i < keys.size(); i++) {
                assertArrayEquals(model.get(keys.get(i)), found.get(i), keys.get(i));
            }
        }
    }
}
