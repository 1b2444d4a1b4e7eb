package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.DatabaseStats;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.Limits;
import dev.kvarts.api.MemoryReport;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.StorageException;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/// A database from opening to closing, and again.
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DatabaseTest {
    private static final byte[] K = Samples.bytes("k");
    private static final byte[] V = Samples.bytes("v");

    @TempDir private Path folder;

    private Database open() {
        return Kvarts.open(folder.resolve("db"), Samples.roomy());
    }

    @ParameterizedTest
    @EnumSource(value = ReadMode.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void randomOperationsMatchAMapAcrossFlushesCompactionsAndOpenings(ReadMode mode) {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        Map<Integer, byte[]> model = new HashMap<>();
        for (int opening = 0; opening < 4; opening++) {
            try (Database db = Kvarts.open(folder, Samples.small().withReadMode(mode))) {
                Keyspace keyspace = db.hashed("k");
                for (int i = 0; i < 4000; i++) {
                    step(random, db, keyspace, model, "seed=" + seed);
                }
                for (int key = 0; key < 1500; key++) {
                    assertArrayEquals(
                            model.get(key), keyspace.get(Samples.key(key)), "seed=" + seed);
                }
                assertEquals(model.size(), countByCursor(keyspace), "seed=" + seed);
                assertTrue(db.verify().ok(), "seed=" + seed);
            }
        }
    }

    private static void step(
            Random random, Database db, Keyspace keyspace, Map<Integer, byte[]> model, String say) {
        int number = random.nextInt(1500);
        byte[] key = Samples.key(number);
        int size = random.nextInt(300) == 0 ? 30_000 : random.nextInt(200);
        switch (random.nextInt(2000) < 3 ? -1 : random.nextInt(10)) {
            case -1 -> {
                if (random.nextBoolean()) {
                    db.flush();
                } else {
                    db.compact();
                }
            }
            case 0, 1 -> {
                keyspace.delete(key);
                model.remove(number);
            }
            case 2 -> {
                byte[] value = Samples.random(random, size);
                assertArrayEquals(model.get(number), keyspace.putIfAbsent(key, value), say);
                model.putIfAbsent(number, value);
            }
            case 3 -> {
                byte[] suffix = Samples.random(random, 5);
                keyspace.append(key, suffix);
                model.merge(number, suffix, DatabaseTest::joined);
            }
            case 4, 5 -> assertArrayEquals(model.get(number), keyspace.get(key), say);
            default -> {
                byte[] value = Samples.random(random, size);
                keyspace.put(key, value, options(random));
                model.put(number, value);
            }
        }
    }

    private static WriteOptions options(Random random) {
        return random.nextInt(50) == 0 ? WriteOptions.NONE : WriteOptions.BUFFERED;
    }

    private static byte[] joined(byte[] a, byte[] b) {
        byte[] joined = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }

    private static int countByCursor(Keyspace keyspace) {
        int count = 0;
        try (Cursor cursor = keyspace.cursor()) {
            while (cursor.next()) {
                count++;
            }
        }
        return count;
    }

    @Test
    void unloggedWritesSurviveACleanClose() {
        try (Database db = open()) {
            db.hashed("k").put(K, V, WriteOptions.NONE);
            Keyspace other = db.hashed("other");
            db.write(db.batch().put(other, V, K), Durability.NONE);
        }
        try (Database db = open()) {
            assertArrayEquals(V, db.hashed("k").get(K));
            assertArrayEquals(K, db.hashed("other").get(V));
        }
    }

    @Test
    void closingTwiceDoesNothingAndUseAfterCloseThrows() {
        Database db = open();
        Keyspace keyspace = db.hashed("k");
        keyspace.put(K, V);
        Cursor cursor = keyspace.cursor();
        WriteBatch batch = db.batch().put(keyspace, K, V);
        db.close();
        db.close();
        for (Runnable use :
                List.<Runnable>of(
                        () -> keyspace.get(K),
                        () -> keyspace.get(K, value -> value),
                        () -> keyspace.contains(K),
                        () -> keyspace.put(K, V),
                        () -> keyspace.delete(K),
                        () -> keyspace.update(K, value -> value),
                        keyspace::cursor,
                        keyspace::estimatedCount,
                        keyspace::stats,
                        cursor::next,
                        () -> db.hashed("k"),
                        db::keyspaces,
                        () -> db.drop("k"),
                        () -> db.write(batch),
                        db::flush,
                        db::compact,
                        db::verify,
                        db::stats,
                        db::memory,
                        () -> db.checkpoint(folder.resolve("copy")))) {
            assertThrows(IllegalStateException.class, use::run);
        }
    }

    @Test
    void closingWhileOthersReadAndWriteGivesThemAnIllegalState() throws InterruptedException {
        for (int round = 0; round < 5; round++) {
            Database db = Kvarts.open(folder, Samples.small());
            Keyspace keyspace = db.hashed("k");
            var wrong = new AtomicReference<Throwable>();
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                threads.add(Thread.ofPlatform().start(() -> useUntilClosed(keyspace, wrong)));
            }
            while (keyspace.stats().puts() < 2000) {
                Thread.onSpinWait();
            }
            db.close();
            for (Thread thread : threads) {
                thread.join();
            }
            assertNull(wrong.get(), () -> wrong.get().toString());
        }
    }

    private static void useUntilClosed(Keyspace keyspace, AtomicReference<Throwable> wrong) {
        try {
            for (int i = 0; ; i++) {
                keyspace.put(Samples.key(i), Samples.filled(100, i));
                keyspace.get(Samples.key(i / 2));
                keyspace.get(Samples.key(i / 3), value -> value.byteSize());
            }
        } catch (IllegalStateException closed) {
            // As promised.
        } catch (RuntimeException | Error thrown) {
            wrong.set(thrown);
        }
    }

    @Test
    void aSecondOpenerIsRefused() {
        try (Database db = open()) {
            assertThrows(StorageException.class, this::open);
            db.hashed("k").put(K, V);
        }
        open().close();
    }

    @Test
    void anAbsentDirectoryIsCreatedOnlyIfThatIsWanted() {
        assertThrows(
                StorageException.class,
                () ->
                        Kvarts.open(
                                folder.resolve("no"), Samples.roomy().withCreateIfMissing(false)));
    }

    @Test
    void namesOfKeyspacesAreSortedAndWithinTheirLimit() {
        try (Database db = open()) {
            db.hashed("b");
            db.hashed("a");
            db.hashed("b").put(K, V);
            assertEquals(List.of("a", "b"), db.keyspaces());
            String longest = "\u00E4".repeat(127) + "x";
            assertEquals(longest, db.hashed(longest).name());
            assertThrows(IllegalArgumentException.class, () -> db.hashed(""));
            var thrown =
                    assertThrows(IllegalArgumentException.class, () -> db.hashed(longest + "y"));
            assertTrue(
                    thrown.getMessage().contains("max=" + Limits.KEYSPACE_NAME_SIZE_MAX),
                    thrown.getMessage());
        }
    }

    @Test
    void aKeyspaceIsFoundByItsNameAndNotMadeByLooking() {
        try (Database db = open()) {
            assertNull(db.keyspace("k"));
            assertEquals(List.of(), db.keyspaces());
            db.hashed("k").put(K, V);
            assertArrayEquals(V, db.keyspace("k").get(K));
            assertThrows(NullPointerException.class, () -> db.keyspace(null));
        }
    }

    @Test
    void aDroppedKeyspaceIsGoneAndOneOfTheSameNameStartsEmpty() {
        try (Database db = open()) {
            Keyspace old = db.hashed("k");
            old.put(K, V);
            db.flush();
            old.put(V, V);
            Cursor cursor = old.cursor();
            WriteBatch batch = db.batch().put(old, K, V);
            assertTrue(db.drop("k"));
            assertFalse(db.drop("k"));
            assertThrows(IllegalStateException.class, () -> old.get(K));
            assertThrows(IllegalStateException.class, () -> old.put(K, V));
            assertThrows(IllegalStateException.class, cursor::next);
            assertThrows(IllegalStateException.class, () -> db.write(batch));
            Keyspace fresh = db.hashed("k");
            assertNull(fresh.get(K));
            fresh.put(K, Samples.bytes("new"));
            assertThrows(IllegalStateException.class, () -> old.get(K));
        }
        try (Database db = open()) {
            assertArrayEquals(Samples.bytes("new"), db.hashed("k").get(K));
            assertNull(db.hashed("k").get(V));
            db.drop("k");
        }
        try (Database db = open()) {
            assertEquals(List.of(), db.keyspaces());
        }
    }

    @Test
    void aHundredKeyspacesKeepTheirEntriesApart() {
        for (int opening = 0; opening < 2; opening++) {
            try (Database db = Kvarts.open(folder, Samples.small())) {
                for (int k = 0; k < 100; k++) {
                    Keyspace keyspace = db.hashed("keyspace " + k);
                    for (int i = 0; i < 20; i++) {
                        byte[] expected = opening == 0 ? null : Samples.value(k * 100 + i);
                        assertArrayEquals(expected, keyspace.get(Samples.key(i)));
                        keyspace.put(Samples.key(i), Samples.value(k * 100 + i));
                    }
                }
                assertEquals(100, db.keyspaces().size());
                MemoryReport memory = db.memory();
                assertTrue(memory.usedBytes() <= memory.limitBytes(), memory.toString());
            }
        }
    }

    @Test
    void aCheckpointOpensAsADatabaseWithEverythingWrittenBefore() {
        Path copy = folder.resolve("copy");
        try (Database db = open()) {
            Keyspace keyspace = db.hashed("k");
            for (int i = 0; i < 3000; i++) {
                keyspace.put(Samples.key(i), Samples.value(i));
                if (i == 1500) {
                    db.flush();
                }
            }
            db.hashed("empty");
            db.checkpoint(copy);
            keyspace.put(Samples.key(0), V);
            assertThrows(IllegalArgumentException.class, () -> db.checkpoint(copy));
            try (Database other = Kvarts.open(copy, Samples.roomy())) {
                assertEquals(List.of("empty", "k"), other.keyspaces());
                Keyspace copied = other.hashed("k");
                for (int i = 0; i < 3000; i++) {
                    assertArrayEquals(Samples.value(i), copied.get(Samples.key(i)));
                }
                copied.put(K, V);
                other.compact();
                assertTrue(other.verify().ok());
            }
            assertNull(keyspace.get(K));
            assertArrayEquals(V, keyspace.get(Samples.key(0)));
            assertTrue(db.verify().ok());
        }
        try (Database other = Kvarts.open(copy, Samples.roomy())) {
            assertArrayEquals(V, other.hashed("k").get(K));
        }
    }

    /// Records of other keyspaces that lie in the same log are read, but not needed.
    @Test
    void onlyWhatWasNeededIsCountedAsReplayed() {
        try (Database db = open()) {
            Keyspace kept = db.hashed("kept");
            kept.put(K, V);
            Keyspace dropped = db.hashed("dropped");
            for (int i = 0; i < 100; i++) {
                dropped.put(Samples.key(i), V);
            }
            db.write(db.batch().put(kept, V, K).put(dropped, V, K).put(kept, V, V));
            db.drop("dropped");
        }
        try (Database db = open()) {
            assertEquals(2, db.stats().replayedRecords());
            assertArrayEquals(V, db.hashed("kept").get(V));
        }
    }

    @Test
    void aCheckpointGoesWhereNothingIs() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path full = Files.createDirectories(folder.resolve("full").resolve("within")).getParent();
        Path empty = Files.createDirectory(folder.resolve("nothing"));
        try (Database db = Kvarts.open(folder.resolve("db"), Samples.roomy())) {
            db.hashed("k").put(K, V);
            assertThrows(IllegalArgumentException.class, () -> db.checkpoint(file));
            assertThrows(IllegalArgumentException.class, () -> db.checkpoint(full));
            assertThrows(IllegalArgumentException.class, () -> db.checkpoint(folder.resolve("db")));
            db.checkpoint(empty);
            db.checkpoint(folder.resolve("new").resolve("and-deep"));
        }
        for (Path copy : List.of(empty, folder.resolve("new").resolve("and-deep"))) {
            try (Database db = Kvarts.open(copy, Samples.roomy())) {
                assertArrayEquals(V, db.hashed("k").get(K));
            }
        }
    }

    @Test
    void aCheckpointCutsNoBatchInTwoWhileWritersGoOn() throws InterruptedException {
        try (Database db = open()) {
            Keyspace a = db.hashed("a");
            Keyspace b = db.hashed("b");
            var stop = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> writeBatches(db, a, b, stop));
            for (int i = 0; i < 4; i++) {
                Path copy = folder.resolve("copy" + i);
                db.checkpoint(copy);
                try (Database other = Kvarts.open(copy, Samples.roomy())) {
                    assertArrayEquals(other.hashed("a").get(K), other.hashed("b").get(K));
                }
            }
            stop.set(true);
            writer.join();
        }
    }

    private static void writeBatches(Database db, Keyspace a, Keyspace b, AtomicBoolean stop) {
        WriteBatch batch = db.batch();
        for (long i = 1; !stop.get(); i++) {
            byte[] value = Samples.key(i);
            db.write(batch.clear().put(a, K, value).put(b, K, value));
        }
    }

    @Test
    void countsAndSizesAddUp() {
        try (Database db = open()) {
            Keyspace keyspace = db.hashed("k");
            for (int i = 0; i < 2000; i++) {
                keyspace.put(Samples.key(i), Samples.filled(84, i));
            }
            keyspace.delete(Samples.key(0));
            for (int i = 0; i < 10; i++) {
                keyspace.get(Samples.key(i));
            }
            db.flush();
            for (int i = 0; i < 100; i++) {
                keyspace.get(Samples.key(i + 1950));
            }
            KeyspaceStats stats = keyspace.stats();
            assertEquals("k", stats.name());
            assertEquals(1999, stats.entries());
            assertEquals(2000, stats.puts());
            assertEquals(1, stats.deletes());
            assertEquals(2000 * 100 + 16, stats.userBytes());
            assertEquals(110, stats.gets());
            assertEquals(9 + 50, stats.hits());
            assertEquals(9, stats.memoryHits());
            assertEquals(1, stats.flushes());
            assertEquals(stats.storedBytes(), stats.flushedBytes());
            assertEquals(1, stats.runs());
            assertTrue(stats.runReads() >= 50 && stats.runReads() < 60, stats.toString());
            DatabaseStats all = db.stats();
            assertEquals(List.of("k"), all.keyspaces().stream().map(KeyspaceStats::name).toList());
            assertTrue(all.sequence() >= 2001, all.toString()); // the clock takes some too
            assertEquals(2001, all.logRecords());
            assertTrue(all.logBytes() > 2000 * 100);
            assertTrue(all.storedBytes() > stats.storedBytes());
            assertTrue(all.logSyncs() > 0);
            MemoryReport memory = db.memory();
            assertEquals(
                    memory.usedBytes(),
                    memory.items().values().stream().mapToLong(Long::longValue).sum());
        }
        try (Database db = open()) {
            assertEquals(0, db.stats().replayedRecords()); // all are in runs
            assertEquals(1999, db.hashed("k").estimatedCount());
        }
    }

    @ParameterizedTest
    @EnumSource(value = ReadMode.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void aGetReadsOnePageIfTheKeyIsThereAndAlmostNoneIfNot(ReadMode mode) {
        var options = Samples.roomy().withMemoryStore(4 << 20).withReadMode(mode);
        try (Database db = Kvarts.open(folder, options)) {
            Keyspace keyspace = db.hashed("k");
            for (int i = 0; i < 200_000; i++) {
                keyspace.put(Samples.key(i), Samples.filled(84, i));
            }
            db.flush();
            assertTrue(keyspace.stats().runs() >= 4, keyspace.stats().toString());
            for (int i = 0; i < 200_000; i += 2) {
                assertEquals(84, keyspace.get(Samples.key(i)).length);
                assertNull(keyspace.get(Samples.key(1_000_000 + i)));
            }
            KeyspaceStats stats = keyspace.stats();
            assertTrue(stats.readsPerHit() <= 1.02, stats.readsPerHit() + " " + stats);
            assertTrue(stats.readsPerMiss() <= 0.035, stats.readsPerMiss() + " " + stats);
            assertTrue(stats.indexBytes() <= 5 * 200_000, stats.indexBytes() + " bytes");
        }
    }
}
