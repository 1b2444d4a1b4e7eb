package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.StorageException;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A full disk refuses writes and nothing else, and is forgotten as soon as there is space.
class FullDiskTest {
    private final Options options = Workload.tinyOptions().withReadMode(ReadMode.POSITIONAL);

    private static byte[] key(int number) {
        return ("key-" + number).getBytes(US_ASCII);
    }

    private Database open(SimulatedDisk disk) {
        return Engine.open(
                disk.usedByOneThread().directory(FaultyWriter.DIRECTORY),
                new StepScheduler(1),
                options);
    }

    @Test
    void aFullDiskHealsWithoutARestart() {
        heal(null, 13);
    }

    @ParameterizedTest
    @EnumSource(Compaction.class)
    void aDiskFullOfOrderedKeyspacesHealsToo(Compaction compaction) {
        heal(compaction, 41);
    }

    /// The disk is full, again and again at another moment, and gets larger again.
    private void heal(Compaction compaction, int stride) {
        for (int kilobytes = 150; kilobytes < 1_200; kilobytes += stride) {
            var disk = new SimulatedDisk().usedByOneThread();
            var writer = new FaultyWriter(disk, options, compaction, kilobytes);
            assertTrue(writer.open());
            disk.setCapacityBytes(kilobytes * 1024L);
            int refused = 0;
            for (int i = 0; i < 3_000 && refused < 20; i++) {
                refused += writer.put(Durability.SYNC, 4_000) ? 0 : 1;
                if (i % 10 == 0) {
                    writer.scheduler().runAll();
                }
            }
            writer.readAll();
            try (Database db = open(disk.crash(CrashMode.SYNCED_ONLY, 0))) {
                writer.check(db, true);
            }
            disk.setCapacityBytes(Long.MAX_VALUE);
            writer.scheduler().advanceMillis(10_000);
            writer.scheduler().runAll();
            for (int i = 0; i < 100; i++) {
                assertTrue(
                        writer.put(i % 2 == 0 ? Durability.SYNC : Durability.BUFFERED, 4_000),
                        "still refused with space again: capacity was " + kilobytes + " KiB");
            }
            writer.db().flush();
            writer.readAll();
            writer.close();
            try (Database db = open(disk)) {
                writer.check(db, false);
                assertTrue(db.verify().ok());
            }
        }
    }

    /// Deleting is the way out of a full disk.
    @ParameterizedTest
    @ValueSource(strings = {"large", "o-large"})
    void droppingAKeyspaceMakesRoomOnAFullDisk(String large) {
        var disk = new SimulatedDisk().usedByOneThread();
        var scheduler = new StepScheduler(1);
        try (Database db =
                Engine.open(disk.directory(FaultyWriter.DIRECTORY), scheduler, options)) {
            byte[] value = new byte[2_000];
            for (int i = 0; i < 200; i++) {
                Contents.keyspace(db, large).put(key(i), value);
            }
            db.flush();
            disk.setCapacityBytes(disk.usedBytes() + 100_000);
            var full = new boolean[1];
            for (int i = 0; i < 1_000 && !full[0]; i++) {
                int number = i;
                full[0] = !attempt(() -> db.hashed("small").put(key(number), value));
            }
            assertTrue(full[0]);
            disk.setCapacityBytes(disk.usedBytes() + 16_384); // a manifest is not for nothing
            db.drop(large);
            scheduler.runAll();
            scheduler.advanceMillis(5_000);
            for (int i = 0; i < 20; i++) {
                db.hashed("small").put(key(i), value);
            }
        }
    }

    private static boolean attempt(Runnable write) {
        try {
            write.run();
            return true;
        } catch (StorageException e) {
            assertTrue(e.retryable(), "a full disk heals: " + e);
            return false;
        }
    }

    @Test
    void whatIsWrittenOnAHealthyDiskIsAcknowledged() {
        var disk = new SimulatedDisk().usedByOneThread();
        var writer = new FaultyWriter(disk, options, 1);
        writer.run(120);
        assertTrue(writer.acknowledged() > 60);
        writer.close();
        assertEquals(0, disk.faults().struck());
    }

    /// So is deleting a range, once it is compacted.
    @Test
    void deletingARangeMakesRoomOnAFullDisk() {
        var disk = new SimulatedDisk().usedByOneThread();
        var scheduler = new StepScheduler(1);
        try (Database db =
                Engine.open(disk.directory(FaultyWriter.DIRECTORY), scheduler, options)) {
            OrderedKeyspace keyspace = db.ordered("o");
            byte[] value = new byte[2_000];
            for (int i = 0; i < 200; i++) {
                keyspace.put(key(i), value);
            }
            db.flush();
            disk.setCapacityBytes(disk.usedBytes() + 150_000);
            keyspace.deleteRange(Range.all());
            keyspace.compact(Range.all());
            scheduler.advanceMillis(5_000);
            scheduler.runAll();
            disk.setCapacityBytes(disk.usedBytes() + 200_000);
            for (int i = 0; i < 20; i++) {
                keyspace.put(key(i), value);
            }
            db.flush();
            assertEquals(20, Contents.read(db).size());
        }
    }
}
