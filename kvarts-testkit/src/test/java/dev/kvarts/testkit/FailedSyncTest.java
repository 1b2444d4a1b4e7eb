package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.StorageException;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.List;

/// After a failed sync of the log nothing more is acknowledged, and nobody says later that all was
/// well.
class FailedSyncTest {
    private static final byte[] SAVED = {1};
    private static final byte[] LOST = {2};
    private static final byte[] LATER = {3};
    private static final byte[] VALUE = {4, 5, 6};

    private final Options options = Workload.tinyOptions();
    private final SimulatedDisk disk = new SimulatedDisk().usedByOneThread();

    private Database open(SimulatedDisk from) {
        return Engine.open(from.directory("db"), new StepScheduler(1), options);
    }

    /// Has one key saved, and one whose sync failed.
    private Database openAndFail() {
        Database db = open(disk);
        Keyspace keyspace = db.hashed("k");
        keyspace.put(SAVED, VALUE, WriteOptions.SYNC);
        disk.faults().add(FaultPlan.Fault.IO_ERROR, EnumSet.of(Operation.Kind.MAP_FORCE), 0, false);
        var first =
                assertThrows(
                        StorageException.class, () -> keyspace.put(LOST, VALUE, WriteOptions.SYNC));
        assertFalse(first.retryable());
        return db;
    }

    @Test
    void nothingIsAcknowledgedAfterAFailedSyncAndReadsGoOn() {
        Database db = openAndFail();
        Keyspace keyspace = db.hashed("k");
        for (Durability durability : new Durability[] {Durability.SYNC, Durability.BUFFERED}) {
            var refused =
                    assertThrows(
                            StorageException.class,
                            () -> keyspace.put(LATER, VALUE, new WriteOptions(durability)));
            assertTrue(refused.getMessage().contains("simulated input/output error"));
        }
        assertThrows(StorageException.class, db::flush);
        assertArrayEquals(VALUE, keyspace.get(SAVED));
        assertFalse(keyspace.contains(LATER));
        assertThrows(StorageException.class, db::close);
    }

    /// It returned as if all were well.
    @Test
    void closingAfterAFailedSyncGivesEverythingBackAndNamesTheFirstFailure() {
        Database db = openAndFail();
        var thrown = assertThrows(StorageException.class, db::close);
        assertTrue(thrown.getMessage().contains("simulated input/output error"), "" + thrown);
        assertSame(StorageException.class, thrown.getCause().getClass());
        assertFalse(thrown.retryable());
        assertEquals(0, disk.openFiles());
        assertThrows(IllegalStateException.class, () -> db.hashed("k"));
        db.close(); // a second one does nothing
        try (Database again = open(disk)) {
            assertArrayEquals(VALUE, again.hashed("k").get(SAVED));
        }
    }

    /// The kernel takes pages that it failed to write for clean. The next opening found the records
    /// in the page cache, forced nothing, and had the manifest state that they end there: after a
    /// loss of power they were damage.
    @Test
    void whatAFailedSyncLostIsStoredAnewByTheNextOpening() {
        for (CrashMode left : new CrashMode[] {CrashMode.PROCESS_KILL, null}) {
            SimulatedDisk again;
            Database db = openAndFail();
            if (left == null) {
                assertThrows(StorageException.class, db::close);
                again = disk;
            } else {
                again = disk.crash(left, 0).usedByOneThread();
                assertThrows(StorageException.class, db::close);
            }
            try (Database reopened = open(again)) {
                assertArrayEquals(VALUE, reopened.hashed("k").get(LOST)); // it was in memory
                reopened.hashed("k").put(LATER, VALUE, WriteOptions.SYNC);
                try (Database survived =
                        open(again.crash(CrashMode.SYNCED_ONLY, 0).usedByOneThread())) {
                    for (byte[] key : new byte[][] {SAVED, LOST, LATER}) {
                        assertArrayEquals(VALUE, survived.hashed("k").get(key));
                    }
                }
            }
        }
    }

    /// Nobody knows what of the file was saved, and it is not asked for a second time.
    @Test
    void aTableOrAValueFileWhoseSyncFailedIsNeverNamed() {
        for (String file : new String[] {"table-", "values-"}) {
            var fresh = new SimulatedDisk().usedByOneThread();
            Database db = open(fresh);
            OrderedKeyspace keyspace = db.ordered("o");
            keyspace.put(SAVED, new byte[2_000], WriteOptions.SYNC);
            failForce(fresh, file);
            assertThrows(StorageException.class, db::flush);
            assertThrows(StorageException.class, () -> keyspace.put(LATER, VALUE));
            assertEquals(2_000, keyspace.get(SAVED).length);
            assertThrows(StorageException.class, db::close);
            requireOnly(fresh, SAVED);
            requireOnly(fresh.crash(CrashMode.SYNCED_ONLY, 0).usedByOneThread(), SAVED);
        }
    }

    @Test
    void anIngestionWhoseSyncFailedHasIngestedNothing() {
        for (String file : new String[] {"table-", "values-", "manifest"}) {
            var fresh = new SimulatedDisk().usedByOneThread();
            Database db = open(fresh);
            OrderedKeyspace keyspace = db.ordered("o");
            keyspace.put(SAVED, new byte[2_000], WriteOptions.SYNC);
            List<Entry> entries =
                    List.of(new Entry(LOST, VALUE), new Entry(LATER, new byte[2_000]));
            failForce(fresh, file);
            assertThrows(StorageException.class, () -> keyspace.ingest(entries.iterator()), file);
            assertFalse(keyspace.contains(LOST), file);
            assertFalse(keyspace.contains(LATER), file);
            assertEquals(2_000, keyspace.get(SAVED).length);
            assertThrows(StorageException.class, db::close);
            requireOnly(fresh, SAVED);
            requireOnly(fresh.crash(CrashMode.SYNCED_ONLY, 0).usedByOneThread(), SAVED);
        }
    }

    private static void failForce(SimulatedDisk disk, String files) {
        disk.faults()
                .add(FaultPlan.Fault.IO_ERROR, EnumSet.of(Operation.Kind.FORCE), files, 0, false);
    }

    private void requireOnly(SimulatedDisk on, byte[] key) {
        try (Database db = open(on)) {
            assertArrayEquals(new byte[2_000], db.ordered("o").get(key));
            assertEquals(1, Contents.read(db).size());
            assertTrue(db.verify().ok());
        }
        assertEquals(0, on.openFiles());
    }
}
