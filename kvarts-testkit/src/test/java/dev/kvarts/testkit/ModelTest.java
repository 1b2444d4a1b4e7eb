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
import dev.kvarts.api.WriteOptions;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Random operations from several threads, compared with a map.
///
/// Each thread owns keys of its own and knows what they hold; some keys are shared by all. Memory
/// stores are tiny, so that flushes, reclaims and checkpoints go on all the time.
final class ModelTest {
    private static final int THREADS = 4;
    private static final int KEYS = 400;
    private static final int OPERATIONS = Integer.getInteger("kvarts.model.operations", 8_000);
    private static final byte[] COUNTER = "counter".getBytes(StandardCharsets.US_ASCII);

    static Stream<Options> options() {
        Options small =
                Options.defaults()
                        .withMemory(16 << 20)
                        .withMemoryStore(256 << 10)
                        .withLogSegmentBytes(1 << 20);
        return Stream.of(
                small,
                small.withReadMode(ReadMode.POSITIONAL),
                small.withMemoryStore(512 << 10).withBackgroundThreads(1),
                small.withDurability(Durability.NONE));
    }

    @ParameterizedTest
    @MethodSource("options")
    void severalThreadsSeeWhatAMapWouldShow(Options options, @TempDir Path directory)
            throws Exception {
        long seed = 20_260_101;
        List<Owner> owners = new ArrayList<>();
        var increments = new AtomicLong();
        try (Database database = Kvarts.open(directory, options)) {
            Keyspace keyspace = database.hashed("model");
            try (var threads = Executors.newFixedThreadPool(THREADS)) {
                List<Future<Void>> running = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    var owner = new Owner(database, keyspace, i, new Random(seed + i), increments);
                    owners.add(owner);
                    running.add(threads.submit(owner));
                }
                for (Future<Void> future : running) {
                    await(future, seed);
                }
            }
            checkAll(keyspace, owners, increments.get(), seed);
            assertTrue(keyspace.stats().flushes() > 0, "nothing was flushed");
        }
        try (Database database = Kvarts.open(directory, options)) {
            checkAll(database.hashed("model"), owners, increments.get(), seed);
            assertEquals(List.of(), database.verify().problems());
        }
    }

    private static void await(Future<Void> future, long seed) throws InterruptedException {
        try {
            future.get();
        } catch (ExecutionException e) {
            throw new AssertionError("seed=" + seed, e.getCause());
        }
    }

    private static void checkAll(
            Keyspace keyspace, List<Owner> owners, long increments, long seed) {
        int expected = 1; // the counter
        for (Owner owner : owners) {
            owner.checkAll(keyspace);
            expected += owner.model.size();
        }
        assertEquals(
                increments,
                ByteBuffer.wrap(reversed(keyspace.get(COUNTER))).getLong(),
                "seed=" + seed);
        Set<String> seen = new HashSet<>();
        try (Cursor cursor = keyspace.cursor()) {
            while (cursor.next()) {
                String key = new String(cursor.key(), StandardCharsets.US_ASCII);
                assertTrue(seen.add(key), "seen twice: " + key + " seed=" + seed);
                assertArrayEquals(keyspace.get(cursor.key()), cursor.value(), key);
            }
        }
        assertEquals(expected, seen.size(), "seed=" + seed);
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] copy = bytes.clone();
        for (int i = 0; i < copy.length; i++) {
            copy[i] = bytes[copy.length - 1 - i];
        }
        return copy;
    }

    /// One thread with its keys.
    private static final class Owner implements Callable<Void> {
        final Map<String, byte[]> model = new HashMap<>();
        private final Database database;
        private final Keyspace keyspace;
        private final int number;
        private final Random random;
        private final AtomicLong increments;

        Owner(
                Database database,
                Keyspace keyspace,
                int number,
                Random random,
                AtomicLong increments) {
            this.database = database;
            this.keyspace = keyspace;
            this.number = number;
            this.random = random;
            this.increments = increments;
        }

        @Override
        public Void call() {
            for (int i = 0; i < OPERATIONS; i++) {
                step(i);
            }
            return null;
        }

        private String key() {
            return "owner-" + number + "-" + random.nextInt(KEYS);
        }

        private byte[] value() {
            byte[] value =
                    new byte[random.nextInt(20) == 0 ? random.nextInt(9000) : random.nextInt(200)];
            random.nextBytes(value);
            return value;
        }

        private void step(int i) {
            String key = key();
            byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
            byte[] present = model.get(key);
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> put(key, bytes);
                case 3 -> {
                    keyspace.delete(bytes);
                    model.remove(key);
                }
                case 4, 5 -> assertArrayEquals(present, keyspace.get(bytes), key);
                case 6 -> {
                    byte[] value = value();
                    assertArrayEquals(present, keyspace.putIfAbsent(bytes, value), key);
                    model.putIfAbsent(key, value);
                }
                case 7 -> {
                    byte[] value = value();
                    assertTrue(keyspace.compareAndSet(bytes, present, value), key);
                    model.put(key, value);
                }
                case 8 -> {
                    keyspace.increment(COUNTER, 1);
                    increments.incrementAndGet();
                }
                case 9 -> append(key, bytes, present);
                case 10 -> batch();
                default -> look(key, bytes, present, i);
            }
        }

        private void put(String key, byte[] bytes) {
            byte[] value = value();
            if (random.nextInt(50) == 0) {
                keyspace.put(bytes, value, WriteOptions.SYNC);
            } else {
                keyspace.put(bytes, value);
            }
            model.put(key, value);
        }

        private void append(String key, byte[] bytes, byte[] present) {
            byte[] suffix = new byte[random.nextInt(10)];
            int before = present == null ? 0 : present.length;
            if (before > 20_000) {
                return;
            }
            assertEquals(before + suffix.length, keyspace.append(bytes, suffix), key);
            model.put(
                    key,
                    Arrays.copyOf(present == null ? new byte[0] : present, before + suffix.length));
        }

        private void batch() {
            var batch = database.batch();
            for (int i = random.nextInt(8); i >= 0; i--) {
                String key = key();
                byte[] value = random.nextInt(4) == 0 ? null : value();
                if (value == null) {
                    batch.delete(keyspace, key.getBytes(StandardCharsets.US_ASCII));
                    model.remove(key);
                } else {
                    batch.put(keyspace, key.getBytes(StandardCharsets.US_ASCII), value);
                    model.put(key, value);
                }
            }
            database.write(batch);
        }

        private void look(String key, byte[] bytes, byte[] present, int i) {
            assertEquals(present != null, keyspace.contains(bytes), key);
            Integer size = keyspace.get(bytes, value -> (int) value.byteSize());
            assertEquals(present == null ? null : (Integer) present.length, size, key);
            if (i % 200 == 0) {
                checkAll(keyspace);
            }
        }

        /// Every key of this thread, one by one and by a cursor that sees each exactly once.
        void checkAll(Keyspace keyspace) {
            for (int i = 0; i < KEYS; i++) {
                String key = "owner-" + number + "-" + i;
                assertArrayEquals(
                        model.get(key), keyspace.get(key.getBytes(StandardCharsets.US_ASCII)), key);
            }
            String mine = "owner-" + number + "-";
            Set<String> seen = new HashSet<>();
            try (Cursor cursor = keyspace.cursor()) {
                while (cursor.next()) {
                    String key = new String(cursor.key(), StandardCharsets.US_ASCII);
                    if (key.startsWith(mine)) {
                        assertTrue(seen.add(key), "seen twice: " + key);
                        assertArrayEquals(model.get(key), cursor.value(), key);
                    }
                }
            }
            assertEquals(model.keySet(), seen);
        }
    }
}
