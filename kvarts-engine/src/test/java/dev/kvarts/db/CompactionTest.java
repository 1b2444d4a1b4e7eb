package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Random;

/// What is dead goes away, and nothing else.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CompactionTest {
    private static final int STORE_BYTES = 128 << 10;
    private static final int KEYS = 15_000;

    @TempDir private Path folder;

    @Test
    void flushReturnsWhenOnlyTombstonesAreLeft() {
        try (Database db = Kvarts.open(folder, Samples.roomy())) {
            Keyspace keyspace = db.hashed("k");
            for (int i = 0; i < 1000; i++) {
                keyspace.put(Samples.key(i), Samples.value(i));
            }
            db.flush();
            for (int i = 0; i < 1000; i++) {
                keyspace.delete(Samples.key(i));
            }
            db.flush();
            assertEquals(0, keyspace.estimatedCount());
            assertNull(keyspace.get(Samples.key(7)));
        }
    }

    @Test
    void compactionOfWhatWasDeletedLeavesNothing() {
        try (Database db = Kvarts.open(folder, Samples.roomy())) {
            Keyspace keyspace = db.hashed("k");
            for (int i = 0; i < 5000; i++) {
                keyspace.put(Samples.key(i), Samples.filled(100, i));
            }
            db.flush();
            for (int i = 0; i < 5000; i++) {
                keyspace.delete(Samples.key(i));
            }
            db.compact();
            KeyspaceStats stats = keyspace.stats();
            assertEquals(0, stats.entries());
            assertEquals(0, stats.liveBytes());
            assertEquals(0, stats.runs());
        }
        try (Database db = Kvarts.open(folder, Samples.roomy())) {
            for (int i = 0; i < 5000; i++) {
                assertNull(db.hashed("k").get(Samples.key(i)), "key " + i);
            }
        }
    }

    @Test
    void deletedKeysStayDeletedWhenTombstonesAreCompactedAway() {
        try (Database db = Kvarts.open(folder, Samples.roomy())) {
            Keyspace keyspace = db.hashed("k");
            for (int i = 0; i < 3000; i++) {
                keyspace.put(Samples.key(i), Samples.value(i));
            }
            db.flush();
            for (int i = 0; i < 3000; i += 3) {
                keyspace.delete(Samples.key(i));
            }
            db.compact();
            db.compact();
        }
        try (Database db = Kvarts.open(folder, Samples.roomy())) {
            Keyspace keyspace = db.hashed("k");
            assertEquals(2000, keyspace.estimatedCount());
            for (int i = 0; i < 3000; i++) {
                byte[] expected = i % 3 == 0 ? null : Samples.value(i);
                assertArrayEquals(expected, keyspace.get(Samples.key(i)), "key " + i);
            }
        }
    }

    @Test
    void compactionLeavesFewDeadBytes() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        try (Database db = Kvarts.open(folder, Samples.small())) {
            Keyspace keyspace = db.hashed("k");
            for (int i = 0; i < 20_000; i++) {
                keyspace.put(Samples.key(random.nextInt(5000)), Samples.filled(100, i));
            }
            db.compact();
            KeyspaceStats stats = keyspace.stats();
            assertTrue(
                    // What each file has besides records: a header page, and a last page half full.
                    stats.storedBytes() - 2L * 4096 * stats.runs() < 1.12 * stats.liveBytes(),
                    "seed=" + seed + " stored=" + stats.storedBytes() + " live=" + stats);
        }
    }

    @Test
    void overwrittenEntriesOfAnySizeCountAsDead() {
        try (Database db = Kvarts.open(folder, Samples.roomy())) {
            Keyspace keyspace = db.hashed("k");
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 2000; i++) {
                    keyspace.put(Samples.key(i), Samples.filled(i % 3, round));
                }
                db.flush();
            }
            KeyspaceStats before = keyspace.stats();
            db.compact();
            KeyspaceStats after = keyspace.stats();
            assertEquals(2000, after.entries());
            assertEquals(after.liveBytes(), before.liveBytes());
        }
    }

    @Test
    void storedBytesStayWithinTheUtilisationWhileOverwriting() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        try (Database db = Kvarts.open(folder, Samples.small())) {
            Keyspace keyspace = db.hashed("k");
            for (int i = 0; i < 120_000; i++) {
                keyspace.put(Samples.key(random.nextInt(25_000)), Samples.filled(84, i));
            }
            db.flush();
            KeyspaceStats stats = keyspace.stats();
            // 80 %, two memory stores that are under way, and what each file has besides records.
            long allowed =
                    stats.liveBytes() * 100 / 78
                            + 3 * Samples.small().memoryStoreBytes()
                            + 3L * 4096 * stats.runs();
            assertTrue(stats.storedBytes() <= allowed, "seed=" + seed + " stats=" + stats);
            assertTrue(stats.reclaims() > 0, "nothing was reclaimed");
            assertEquals(25_000.0, (double) stats.entries(), 400, "seed=" + seed);
            assertTrue(db.verify().ok());
        }
    }

    /// Small and large values, three times each.
    private static void fill(OrderedKeyspace keyspace) {
        for (int i = 0; i < 3 * KEYS; i++) {
            int key = (int) (i * 7919L % KEYS);
            keyspace.put(Samples.key(key), Samples.filled(size(key), i));
        }
    }

    private static int size(int key) {
        return key % 10 == 0 ? 2_000 : 100;
    }

    @Test
    void orderedKeyspaceThatNobodyWritesToKeepsAnEighthThatIsDead() throws InterruptedException {
        Options options = Samples.roomy().withMemoryStore(STORE_BYTES);
        try (Database db = Kvarts.open(folder, options)) {
            OrderedKeyspace keyspace = db.ordered("k");
            fill(keyspace);
            db.flush();
            long alive = 0;
            for (int i = 0; i < KEYS; i++) {
                alive += Samples.key(i).length + size(i);
            }
            // Value files are not reclaimed for less than two memory stores.
            while (keyspace.stats().storedBytes() > alive * 9 / 8 + 2 * STORE_BYTES) {
                Thread.sleep(10); // until the test's time is over
            }
            for (int i = 0; i < KEYS; i++) {
                assertEquals(size(i), keyspace.get(Samples.key(i)).length);
            }
            KeyspaceStats stats = keyspace.stats();
            assertTrue(stats.reclaimedBytes() < 8 * stats.flushedBytes(), stats.toString());
        }
    }
}
