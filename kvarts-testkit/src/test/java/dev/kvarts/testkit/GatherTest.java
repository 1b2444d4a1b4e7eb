package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Gathered;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/// Parts of a record that come within a window become one value, wherever it lies meanwhile; parts
/// that come later are ignored.
final class GatherTest {
    private static final Options OPTIONS = Workload.tinyOptions().withReadMode(ReadMode.POSITIONAL);
    private static final byte[] KEY = bytes("key");
    private static final KeyspaceOptions SHAPED =
            KeyspaceOptions.defaults()
                    .withValueSeparation(64)
                    .withGatherWindow(Duration.ofSeconds(5));
    private static final String LONG = "a part that is kept apart from its key, ".repeat(3);

    private SimulatedDisk disk = new SimulatedDisk().usedByOneThread();
    private StepScheduler scheduler;
    private Database db;
    private Keyspace keyspace;

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, US_ASCII);
    }

    /// @param wallShift how far the clock on the wall is set meanwhile
    private void open(boolean ordered, long wallShift) {
        long wall = scheduler == null ? 0 : scheduler.wallMillis();
        scheduler = new StepScheduler(1);
        scheduler.shiftWall(wall == 0 ? 0 : wall + wallShift - scheduler.wallMillis());
        db = Engine.open(disk.directory("db"), scheduler, OPTIONS);
        keyspace = ordered ? db.ordered("k", SHAPED) : db.hashed("k", SHAPED);
    }

    @AfterEach
    void close() {
        if (db != null) {
            db.close();
        }
    }

    private void pass(long millis) {
        scheduler.advanceMillis(millis);
        scheduler.runAll();
    }

    private boolean part(String text) {
        return keyspace.writePartial(KEY, bytes(text));
    }

    private String value() {
        return text(keyspace.get(KEY));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void partsAreOneValueInTheOrderOfTheirCommits(boolean ordered) {
        open(ordered, 0);
        assertTrue(part("one "));
        assertEquals("one ", value());
        pass(4_999);
        assertTrue(part("two "));
        assertTrue(part(""));
        assertEquals("one two ", value());
        try (Cursor cursor = keyspace.cursor()) {
            assertTrue(cursor.next());
            assertEquals("one two ", text(cursor.value()));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theEndOfTheWindowSealsAndLaterPartsAreIgnored(boolean ordered) {
        open(ordered, 0);
        assertTrue(part("one "));
        Gathered before = keyspace.gathered(KEY);
        assertFalse(before.sealed());
        pass(4_000);
        assertTrue(part("two "));
        assertEquals(before.windowEnd(), keyspace.gathered(KEY).windowEnd());
        pass(1_000);
        assertTrue(keyspace.gathered(KEY).sealed());
        assertFalse(part("late"));
        assertFalse(keyspace.writeFinal(KEY, bytes("late")));
        assertEquals("one two ", value());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFinalPartSealsAtOnce(boolean ordered) {
        open(ordered, 0);
        assertTrue(part("one "));
        assertTrue(keyspace.writeFinal(KEY, bytes("last"), WriteOptions.SYNC));
        assertTrue(keyspace.gathered(KEY).sealed());
        assertFalse(part("late"));
        assertEquals("one last", text(keyspace.gathered(KEY).value()));
        byte[] other = bytes("other");
        assertTrue(keyspace.writeFinal(other, bytes("alone")));
        assertFalse(keyspace.writePartial(other, bytes("late")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theWindowIsKnownInFilesAndAfterOpeningAgain(boolean ordered) {
        open(ordered, 0);
        assertTrue(part(LONG));
        db.flush();
        assertTrue(part(LONG));
        db.flush();
        db.compact();
        Gathered before = keyspace.gathered(KEY);
        assertFalse(before.sealed());
        db.close();
        open(ordered, 0);
        assertEquals(before.windowEnd(), keyspace.gathered(KEY).windowEnd());
        assertTrue(keyspace.writeFinal(KEY, bytes("end")));
        disk = disk.crash(CrashMode.PROCESS_KILL, 0).usedByOneThread();
        db = null;
        open(ordered, 0);
        assertEquals(LONG + LONG + "end", value());
        assertTrue(keyspace.gathered(KEY).sealed());
        assertFalse(part("late"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClockThatIsSetBackOpensNoWindowAgain(boolean ordered) {
        open(ordered, 0);
        assertTrue(part("one"));
        pass(6_000);
        assertFalse(part("late"));
        db.close();
        open(ordered, -60_000);
        assertFalse(part("later still"));
        assertEquals("one", value());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aValueThatWasPutTakesNoParts(boolean ordered) {
        open(ordered, 0);
        keyspace.put(KEY, bytes("whole"));
        assertFalse(part("part"));
        assertNull(keyspace.gathered(KEY));
        assertEquals("whole", value());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsPutOrAppendedReplacesWhatWasGathered(boolean ordered) {
        open(ordered, 0);
        part("one ");
        keyspace.append(KEY, bytes("appended"));
        assertEquals("one appended", value());
        assertNull(keyspace.gathered(KEY));
        assertFalse(part("late"));
        keyspace.put(KEY, bytes("whole"));
        assertEquals("whole", value());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void afterADeleteANewWindowOpens(boolean ordered) {
        open(ordered, 0);
        part("one ");
        pass(6_000);
        keyspace.delete(KEY);
        assertNull(keyspace.gathered(KEY));
        assertTrue(part("new "));
        pass(3_000);
        assertTrue(part("more"));
        assertEquals("new more", value());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theTimeToLiveIsThatOfTheFirstPart(boolean ordered) {
        open(ordered, 0);
        var first = WriteOptions.BUFFERED.withTtl(Duration.ofSeconds(2));
        var later = WriteOptions.BUFFERED.withTtl(Duration.ofDays(1));
        assertTrue(keyspace.writePartial(KEY, bytes("one "), first));
        pass(1_000);
        assertTrue(keyspace.writePartial(KEY, bytes("two"), later));
        pass(1_000);
        assertNull(value());
        assertNull(keyspace.gathered(KEY));
        assertTrue(part("anew"));
        assertNull(keyspace.expiresAt(KEY));
        assertEquals("anew", value());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void touchingLeavesTheWindowOpen(boolean ordered) {
        open(ordered, 0);
        part("one ");
        assertTrue(keyspace.touch(KEY, Duration.ofHours(1)));
        assertNotNull(keyspace.expiresAt(KEY));
        assertTrue(part("two"));
        assertNotNull(keyspace.expiresAt(KEY));
        assertEquals("one two", value());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSnapshotSeesThePartsThatWereThere(boolean ordered) {
        open(ordered, 0);
        part("one ");
        try (Snapshot before = db.snapshot()) {
            part("two");
            db.flush();
            assertEquals("one ", text(before.get(keyspace, KEY)));
            assertEquals("one two", value());
        }
    }
}
