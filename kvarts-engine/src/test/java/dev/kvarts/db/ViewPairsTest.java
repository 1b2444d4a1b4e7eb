package dev.kvarts.db;

import static dev.kvarts.db.Samples.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.bytes.Bytes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/// Every pair of what looks, that is snapshots, checkpoints and reads as of a time, with what
/// writes and with each other. What writes is paired with itself in [WritePairsTest].
final class ViewPairsTest extends Paired {
    private static final Range A_TO_C = Range.closedOpen(bytes("a"), bytes("c"));
    private static final Duration ELEVEN_SECONDS = Duration.ofSeconds(11);

    private static long counter(byte[] value) {
        return value == null ? 0 : Bytes.getLong(value, 0);
    }

    /// Writes the same value under the same keys of every keyspace, by one batch.
    private void writeEverywhere(String value) {
        WriteBatch batch = database.batch();
        for (Keyspace keyspace : keyspaces()) {
            batch.put(keyspace, bytes("a"), bytes(value)).put(keyspace, bytes("b"), bytes(value));
        }
        database.write(batch);
    }

    /// Writes so until it is told to stop.
    private Part writing(AtomicBoolean stop) {
        return () -> {
            for (int i = 0; !stop.get(); i++) {
                writeEverywhere("value" + i);
            }
        };
    }

    // A snapshot and ...

    @ParameterizedTest
    @EnumSource
    void aSnapshotGoesOnToSeeWhatExpiresAndNotWhatHadExpired(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            put(keyspace, "a", "1", TEN_SECONDS);
            put(keyspace, "b", "1", AN_HOUR);
            settle(place);
            try (Snapshot before = database.snapshot()) {
                pass(ELEVEN_SECONDS);
                try (Snapshot after = database.snapshot()) {
                    put(keyspace, "b", "2", TEN_SECONDS);
                    pass(Duration.ofHours(2));
                    settle(place);
                    assertEquals("{a=1, b=1}", entries(before.cursor(keyspace)));
                    assertEquals("1", get(before, keyspace, "a"));
                    assertEquals("{b=1}", entries(after.cursor(keyspace)));
                    assertNull(get(after, keyspace, "a"));
                }
            }
            assertEquals("{}", entries(keyspace));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSnapshotGoesOnToSeeWhatARangeDeleteDeletesLater(Place place) {
        for (OrderedKeyspace keyspace : ordered()) {
            put(keyspace, "a", "1");
            put(keyspace, "c", "1");
            settle(place);
            try (Snapshot before = database.snapshot()) {
                put(keyspace, "b", "1");
                keyspace.deleteRange(A_TO_C);
                settle(place);
                try (Snapshot between = database.snapshot()) {
                    put(keyspace, "a", "2");
                    keyspace.deleteRange(Range.atLeast(bytes("b")));
                    settle(place);
                    assertEquals("{a=1, c=1}", entries(before.cursor(keyspace)));
                    assertEquals("1", get(before, keyspace, "a"));
                    assertNull(get(before, keyspace, "b"));
                    assertEquals("{c=1}", entries(between.cursor(keyspace)));
                    assertNull(get(between, keyspace, "a"));
                    assertEquals("{a=2}", entries(keyspace));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSnapshotSeesACounterAsItWasHoweverOftenItIsMergedLater(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            List<Snapshot> snapshots = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                snapshots.add(database.snapshot());
                add(keyspace, "n", 1);
                merge(keyspace, "s", ".");
                if (i % 7 == 0) {
                    settle(place);
                }
            }
            for (int i = 0; i < 20; i++) {
                Snapshot snapshot = snapshots.get(i);
                assertEquals(i, counter(snapshot.get(keyspace, bytes("n"))));
                assertEquals(i == 0 ? null : ".".repeat(i), get(snapshot, keyspace, "s"));
                snapshot.close();
            }
        }
    }

    @Test
    void aSnapshotSeesAllOfABatchInEveryKeyspaceOrNothing() throws Exception {
        writeEverywhere("first");
        var stop = new AtomicBoolean();
        together(
                writing(stop),
                () -> {
                    try {
                        for (int i = 0; i < 200; i++) {
                            Set<String> seen = new HashSet<>();
                            try (Snapshot snapshot = database.snapshot()) {
                                if (i % 50 == 20) {
                                    database.flush();
                                }
                                for (Keyspace keyspace : keyspaces()) {
                                    seen.add(get(snapshot, keyspace, "a"));
                                    seen.add(get(snapshot, keyspace, "b"));
                                }
                            }
                            assertEquals(1, seen.size(), seen.toString());
                        }
                    } finally {
                        stop.set(true);
                    }
                });
    }

    @ParameterizedTest
    @EnumSource
    void aSnapshotSeesATransactionOnceItIsCommittedAndThenInEveryKeyspace(Place place) {
        try (Transaction transaction = database.begin()) {
            keyspaces().forEach(each -> transaction.put(each, bytes("a"), bytes("1")));
            try (Snapshot before = database.snapshot()) {
                settle(place);
                transaction.commit();
                settle(place);
                try (Snapshot after = database.snapshot()) {
                    for (Keyspace keyspace : keyspaces()) {
                        keyspace.delete(bytes("a"));
                        settle(place);
                        assertEquals("{}", entries(before.cursor(keyspace)));
                        assertEquals("{a=1}", entries(after.cursor(keyspace)));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachSnapshotSeesItsOwnInstantWhicheverIsClosedFirst(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            put(keyspace, "a", "1");
            Snapshot one = database.snapshot();
            put(keyspace, "a", "2");
            settle(place);
            Snapshot two = database.snapshot();
            Snapshot same = database.snapshot();
            keyspace.delete(bytes("a"));
            Snapshot three = database.snapshot();
            put(keyspace, "a", "4");
            settle(place);
            assertEquals("1", get(one, keyspace, "a"));
            two.close();
            settle(place);
            assertEquals("2", get(same, keyspace, "a"));
            assertEquals("1", get(one, keyspace, "a"));
            one.close();
            settle(place);
            assertEquals("2", get(same, keyspace, "a"));
            assertNull(get(three, keyspace, "a"));
            same.close();
            three.close();
            assertEquals(0, database.stats().snapshots());
        }
    }

    // A checkpoint and ...

    @ParameterizedTest
    @EnumSource
    void anEntryOfACheckpointExpiresWhenItDoesInTheOriginal(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            put(keyspace, "a", "1", TEN_SECONDS);
            put(keyspace, "b", "1");
        }
        settle(place);
        try (Database copy = copy("copy")) {
            for (Keyspace keyspace : keyspaces()) {
                Keyspace copied = same(copy, keyspace);
                assertEquals("{a=1, b=1}", entries(copied));
                assertEquals(keyspace.expiresAt(bytes("a")), copied.expiresAt(bytes("a")));
                assertNull(copied.expiresAt(bytes("b")));
                keyspace.persist(bytes("a"));
            }
            pass(ELEVEN_SECONDS);
            for (Keyspace keyspace : keyspaces()) {
                assertEquals("{b=1}", entries(same(copy, keyspace)));
                assertEquals("{a=1, b=1}", entries(keyspace));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCheckpointHasTheRangeDeletesBeforeItAndNotTheLaterOnes(Place place) {
        for (OrderedKeyspace keyspace : ordered()) {
            put(keyspace, "a", "1");
            put(keyspace, "c", "1");
            settle(place);
            keyspace.deleteRange(A_TO_C);
            put(keyspace, "b", "2");
        }
        settle(place);
        try (Database copy = copy("copy")) {
            for (OrderedKeyspace keyspace : ordered()) {
                keyspace.deleteRange(Range.all());
                assertEquals("{b=2, c=1}", entries(same(copy, keyspace)));
                assertEquals("{}", entries(keyspace));
            }
            copy.compact();
            for (OrderedKeyspace keyspace : ordered()) {
                assertEquals("{b=2, c=1}", entries(same(copy, keyspace)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void countersOfACheckpointGoOnFromThereAndByThemselves(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            add(keyspace, "n", 3);
            merge(keyspace, "s", "abc");
        }
        settle(place);
        keyspaces().forEach(each -> add(each, "n", 4));
        try (Database copy = copy("copy")) {
            for (Keyspace keyspace : keyspaces()) {
                assertEquals(17, add(same(copy, keyspace), "n", 10));
                merge(same(copy, keyspace), "s", "!");
                assertEquals("abc!", get(same(copy, keyspace), "s"));
                assertEquals(8, add(keyspace, "n", 1));
                assertEquals("abc", get(keyspace, "s"));
            }
        }
    }

    @Test
    void aCheckpointThatIsMadeWhileBatchesAreWrittenHasEachOfThemWholeOrNot() throws Exception {
        writeEverywhere("first");
        var stop = new AtomicBoolean();
        together(
                writing(stop),
                () -> {
                    try {
                        for (int i = 0; i < 4; i++) {
                            writeEverywhere("marked");
                            Set<String> seen = new HashSet<>();
                            try (Database copy = copy("copy" + i)) {
                                for (Keyspace keyspace : keyspaces(copy)) {
                                    seen.add(entries(keyspace));
                                }
                            }
                            assertEquals(1, seen.size(), seen.toString());
                            assertTrue(
                                    !seen.contains("{}") && !seen.contains("{a=first, b=first}"));
                        }
                    } finally {
                        stop.set(true);
                    }
                });
    }

    @ParameterizedTest
    @EnumSource
    void aCheckpointHasNothingOfATransactionThatIsOpenAndItCommitsLaterAllTheSame(Place place) {
        database.transact(
                transaction -> {
                    keyspaces().forEach(each -> transaction.put(each, bytes("a"), bytes("1")));
                    return null;
                });
        settle(place);
        try (Transaction transaction = database.begin()) {
            for (Keyspace keyspace : keyspaces()) {
                transaction.get(keyspace, bytes("a"));
                transaction.put(keyspace, bytes("b"), bytes("2"));
            }
            try (Database copy = copy("copy")) {
                transaction.commit();
                keyspaces(copy).forEach(each -> assertEquals("{a=1}", entries(each)));
            }
        }
        keyspaces().forEach(each -> assertEquals("{a=1, b=2}", entries(each)));
    }

    @ParameterizedTest
    @EnumSource
    void aCheckpointHasThePresentWhileASnapshotGoesOnToSeeThePast(Place place) {
        keyspaces().forEach(each -> put(each, "a", "1"));
        settle(place);
        try (Snapshot snapshot = database.snapshot()) {
            keyspaces().forEach(each -> put(each, "a", "2"));
            settle(place);
            try (Database copy = copy("copy")) {
                for (Keyspace keyspace : keyspaces()) {
                    assertEquals("2", get(same(copy, keyspace), "a"));
                    assertEquals("1", get(snapshot, keyspace, "a"));
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> snapshot.get(same(copy, keyspace), bytes("a")));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void checkpointsAreMadeOneAfterTheOtherAlsoOfOneAnother(Place place) {
        keyspaces().forEach(each -> put(each, "a", "1"));
        settle(place);
        try (Database one = copy("one")) {
            keyspaces().forEach(each -> put(each, "a", "2"));
            settle(place);
            keyspaces(one).forEach(each -> put(each, "b", "1"));
            try (Database two = copy("two");
                    Database ofOne = copyOf(one, "ofOne")) {
                keyspaces(two).forEach(each -> assertEquals("{a=2}", entries(each)));
                keyspaces(ofOne).forEach(each -> assertEquals("{a=1, b=1}", entries(each)));
            }
        }
    }

    // A read as of a time and ...

    @ParameterizedTest
    @EnumSource
    void aReadAsOfATimeSeesWhatHadNotExpiredThen(Place place) {
        for (Keyspace keyspace : remembering()) {
            put(keyspace, "a", "1", TEN_SECONDS);
            put(keyspace, "b", "1", TEN_SECONDS);
            Instant alive = moment();
            settle(place);
            pass(ELEVEN_SECONDS);
            Instant expired = moment();
            put(keyspace, "a", "2");
            Instant again = moment();
            settle(place);
            assertEquals("1", asOf(keyspace, "a", alive));
            assertEquals("1", asOf(keyspace, "b", alive));
            assertNull(asOf(keyspace, "a", expired));
            assertNull(asOf(keyspace, "b", expired));
            assertEquals("2", asOf(keyspace, "a", again));
            assertNull(asOf(keyspace, "b", again));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadAsOfATimeSeesWhatARangeDeleteDeletedLater(Place place) {
        OrderedKeyspace keyspace = ordered().getLast();
        put(keyspace, "a", "1");
        put(keyspace, "b", "1");
        put(keyspace, "c", "1");
        Instant before = moment();
        settle(place);
        keyspace.deleteRange(A_TO_C);
        Instant deleted = moment();
        settle(place);
        put(keyspace, "b", "2");
        Instant after = moment();
        keyspace.deleteRange(Range.all());
        settle(place);
        for (String key : List.of("a", "b", "c")) {
            assertEquals("1", asOf(keyspace, key, before));
            assertEquals(key.equals("c") ? "1" : null, asOf(keyspace, key, deleted));
            assertNull(get(keyspace, key));
        }
        assertNull(asOf(keyspace, "a", after));
        assertEquals("2", asOf(keyspace, "b", after));
    }

    @ParameterizedTest
    @EnumSource
    void aReadAsOfATimeSeesACounterAsItWasMergedByThen(Place place) {
        for (Keyspace keyspace : remembering()) {
            List<Instant> moments = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                moments.add(moment());
                add(keyspace, "n", 1);
                merge(keyspace, "s", ".");
                if (i % 7 == 0) {
                    settle(place);
                }
            }
            for (int i = 0; i < 20; i++) {
                assertEquals(i, counter(keyspace.getAsOf(bytes("n"), moments.get(i))));
                String appended = asOf(keyspace, "s", moments.get(i));
                assertEquals(i == 0 ? null : ".".repeat(i), appended);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadAsOfATimeSeesAllOfABatchFromTheMomentOfItsWriting(Place place) {
        writeEverywhere("1");
        Instant before = moment();
        settle(place);
        WriteBatch batch = database.batch();
        for (Keyspace keyspace : remembering()) {
            batch.put(keyspace, bytes("a"), bytes("never seen"))
                    .put(keyspace, bytes("a"), bytes("2"))
                    .delete(keyspace, bytes("b"));
        }
        Instant filled = moment();
        database.write(batch);
        Instant written = moment();
        writeEverywhere("3");
        settle(place);
        for (Keyspace keyspace : remembering()) {
            for (Instant early : List.of(before, filled)) {
                assertEquals("1", asOf(keyspace, "a", early));
                assertEquals("1", asOf(keyspace, "b", early));
            }
            assertEquals("2", asOf(keyspace, "a", written));
            assertNull(asOf(keyspace, "b", written));
            assertEquals("3", asOf(keyspace, "b", moment()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadAsOfATimeSeesATransactionFromTheMomentOfItsCommit(Place place) {
        writeEverywhere("1");
        settle(place);
        Instant written;
        try (Transaction transaction = database.begin()) {
            for (Keyspace keyspace : remembering()) {
                transaction.put(keyspace, bytes("a"), bytes("2"));
                transaction.delete(keyspace, bytes("b"));
            }
            written = moment();
            transaction.commit();
        }
        Instant committed = moment();
        try (Transaction transaction = database.begin()) {
            remembering().forEach(each -> transaction.put(each, bytes("a"), bytes("3")));
        }
        settle(place);
        for (Keyspace keyspace : remembering()) {
            assertEquals("1", asOf(keyspace, "a", written));
            assertEquals("1", asOf(keyspace, "b", written));
            assertEquals("2", asOf(keyspace, "a", committed));
            assertNull(asOf(keyspace, "b", committed));
            assertEquals("2", asOf(keyspace, "a", moment()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadAsOfTheInstantOfASnapshotSeesWhatTheSnapshotSees(Place place) {
        for (Keyspace keyspace : remembering()) {
            put(keyspace, "a", "1");
            put(keyspace, "b", "1", TEN_SECONDS);
            settle(place);
            try (Snapshot snapshot = database.snapshot()) {
                pass(ELEVEN_SECONDS);
                put(keyspace, "a", "2");
                put(keyspace, "c", "2");
                settle(place);
                for (String key : List.of("a", "b", "c")) {
                    String seen = get(snapshot, keyspace, key);
                    assertEquals(seen, asOf(keyspace, key, snapshot.instant()), key);
                    assertEquals(key.equals("c") ? null : "1", seen, key);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCheckpointTakesItsHistoryAlong(Place place) {
        remembering().forEach(each -> put(each, "a", "1"));
        Instant one = moment();
        remembering().forEach(each -> put(each, "a", "2"));
        Instant two = moment();
        settle(place);
        try (Database copy = copy("copy")) {
            for (Keyspace keyspace : remembering()) {
                put(keyspace, "a", "3");
                Keyspace copied = same(copy, keyspace);
                copied.delete(bytes("a"));
                assertEquals("1", asOf(copied, "a", one));
                assertEquals("2", asOf(copied, "a", two));
                assertEquals("2", asOf(keyspace, "a", two));
                Instant later = moment();
                assertNull(asOf(copied, "a", later));
                assertEquals("3", asOf(keyspace, "a", later));
            }
        }
    }
}
