package dev.kvarts.db;

import static dev.kvarts.db.Samples.bytes;
import static dev.kvarts.db.Samples.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Isolation;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.TransactionOptions;
import dev.kvarts.api.WriteBatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Every pair of what writes: times to live, range deletes, merges, batches and transactions. Their
/// pairs with what looks are in [ViewPairsTest].
final class WritePairsTest extends Paired {
    private static final Range A_TO_C = Range.closedOpen(bytes("a"), bytes("c"));
    private static final Duration ELEVEN_SECONDS = Duration.ofSeconds(11);

    // A time to live and ...

    @ParameterizedTest
    @EnumSource
    void theLastTimeToLiveCountsAndWhatExpiresDoesNotBringBackWhatWasToLiveLonger(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            put(keyspace, "longer", "1", TEN_SECONDS);
            put(keyspace, "shorter", "1", AN_HOUR);
            settle(place);
            put(keyspace, "longer", "2", AN_HOUR);
            put(keyspace, "shorter", "2", TEN_SECONDS);
            settle(place);
            pass(ELEVEN_SECONDS);
            settle(place);
            assertEquals("{longer=2}", entries(keyspace));
            assertNull(get(keyspace, "shorter"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsPutAfterARangeDeleteExpiresAndDoesNotBringBackWhatTheRangeDeleted(Place place) {
        for (OrderedKeyspace keyspace : ordered()) {
            put(keyspace, "a", "1");
            put(keyspace, "b", "1", AN_HOUR);
            put(keyspace, "c", "1", TEN_SECONDS);
            settle(place);
            keyspace.deleteRange(A_TO_C);
            settle(place);
            put(keyspace, "a", "2", TEN_SECONDS);
            settle(place);
            assertEquals("{a=2, c=1}", entries(keyspace));
            pass(ELEVEN_SECONDS);
            settle(place);
            assertEquals("{}", entries(keyspace));
            assertNull(keyspace.first());
            keyspace.deleteRange(Range.all());
            assertNull(get(keyspace, "a"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMergeLeavesAnEntryTheTimeItHasAndBeginsAnewWithOneThatHasExpired(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            keyspace.put(bytes("n"), new byte[8], TEN_SECONDS);
            put(keyspace, "s", "x", TEN_SECONDS);
            put(keyspace, "m", "x", TEN_SECONDS);
            Instant expiry = keyspace.expiresAt(bytes("n"));
            settle(place);
            pass(SECOND);
            assertEquals(5, add(keyspace, "n", 5));
            assertEquals(2, keyspace.append(bytes("s"), bytes("y")));
            merge(keyspace, "m", "y");
            settle(place);
            assertEquals(expiry, keyspace.expiresAt(bytes("n")));
            assertEquals(expiry, keyspace.expiresAt(bytes("s")));
            assertEquals(expiry, keyspace.expiresAt(bytes("m")));
            assertEquals("xy", get(keyspace, "s"));
            assertEquals("xy", get(keyspace, "m"));
            pass(ELEVEN_SECONDS);
            assertEquals(3, add(keyspace, "n", 3));
            assertEquals(1, keyspace.append(bytes("s"), bytes("z")));
            merge(keyspace, "m", "z");
            assertNull(keyspace.expiresAt(bytes("n")));
            settle(place);
            pass(ELEVEN_SECONDS);
            assertEquals("z", get(keyspace, "s"));
            assertEquals("z", get(keyspace, "m"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatABatchPutsExpiresTogetherAndTheLastChangeOfAKeyDecidesHowLongItLives(Place place) {
        Duration ten = TEN_SECONDS.ttl();
        WriteBatch batch = database.batch();
        for (Keyspace keyspace : keyspaces()) {
            batch.put(keyspace, bytes("dies"), bytes("1"), ten)
                    .put(keyspace, bytes("dies too"), bytes("1"))
                    .put(keyspace, bytes("dies too"), bytes("2"), ten)
                    .put(keyspace, bytes("lives"), bytes("1"), ten)
                    .put(keyspace, bytes("lives"), bytes("2"));
        }
        database.write(batch);
        settle(place);
        for (Keyspace keyspace : keyspaces()) {
            assertEquals("{dies=1, dies too=2, lives=2}", entries(keyspace));
        }
        pass(ELEVEN_SECONDS);
        for (Keyspace keyspace : keyspaces()) {
            assertEquals("{lives=2}", entries(keyspace));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTransactionSeesToItsEndWhatExpiresMeanwhileAndItsOwnWritesLiveFromTheirPut(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            put(keyspace, "a", "1", TEN_SECONDS);
            settle(place);
            try (Transaction transaction = database.begin()) {
                transaction.put(keyspace, bytes("b"), bytes("1"), TEN_SECONDS);
                pass(Duration.ofSeconds(8));
                transaction.put(keyspace, bytes("c"), bytes("1"), TEN_SECONDS);
                pass(Duration.ofSeconds(3));
                settle(place);
                assertNull(get(keyspace, "a"));
                assertEquals("1", textOrNull(transaction.get(keyspace, bytes("a"))));
                assertEquals("{a=1, b=1, c=1}", entries(transaction.cursor(keyspace)));
                transaction.commit();
            }
            assertEquals("{c=1}", entries(keyspace));
            settle(place);
            pass(Duration.ofSeconds(8));
            assertEquals("{}", entries(keyspace));
        }
    }

    // A range delete and ...

    @ParameterizedTest
    @EnumSource
    void rangeDeletesThatOverlapDeleteWhatWasThereBeforeEachOfThem(Place place) {
        for (OrderedKeyspace keyspace : ordered()) {
            for (String key : List.of("a", "b", "c", "d", "e")) {
                put(keyspace, key, "1");
            }
            settle(place);
            keyspace.deleteRange(Range.closedOpen(bytes("a"), bytes("d")));
            settle(place);
            put(keyspace, "a", "2");
            put(keyspace, "c", "2");
            settle(place);
            keyspace.deleteRange(Range.closedOpen(bytes("b"), bytes("e")));
            settle(place);
            assertEquals("{a=2, e=1}", entries(keyspace));
            assertNull(get(keyspace, "c"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMergeAfterARangeDeleteBeginsFromNothing(Place place) {
        for (OrderedKeyspace keyspace : ordered()) {
            add(keyspace, "a", 40);
            put(keyspace, "b", "old");
            put(keyspace, "bb", "old");
            settle(place);
            keyspace.deleteRange(A_TO_C);
            settle(place);
            assertEquals(2, add(keyspace, "a", 2));
            assertEquals(3, keyspace.append(bytes("b"), bytes("new")));
            merge(keyspace, "bb", "new");
            settle(place);
            assertEquals("new", get(keyspace, "b"));
            assertEquals("new", get(keyspace, "bb"));
            keyspace.deleteRange(A_TO_C);
            assertEquals(7, add(keyspace, "a", 7));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRangeDeleteInABatchDeletesWhatTheBatchPutBeforeItAndNotAfter(Place place) {
        WriteBatch batch = database.batch();
        for (OrderedKeyspace keyspace : ordered()) {
            put(keyspace, "a", "old");
            put(keyspace, "b", "old");
            put(keyspace, "c", "old");
            batch.put(keyspace, bytes("a"), bytes("before"))
                    .put(keyspace, bytes("aa"), bytes("before"))
                    .deleteRange(keyspace, A_TO_C)
                    .put(keyspace, bytes("b"), bytes("after"));
        }
        settle(place);
        database.write(batch);
        settle(place);
        for (OrderedKeyspace keyspace : ordered()) {
            assertEquals("{b=after, c=old}", entries(keyspace));
            assertNull(get(keyspace, "a"));
            assertNull(get(keyspace, "aa"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRangeThatATransactionDeletesIsFreeOfOthersWritesOrItConflicts(Place place) {
        for (OrderedKeyspace keyspace : ordered()) {
            for (Isolation isolation : Isolation.values()) {
                put(keyspace, "a", "1");
                put(keyspace, "c", "1");
                settle(place);
                var options = TransactionOptions.defaults().withIsolation(isolation);
                try (Transaction alone = database.begin(options);
                        Transaction late = database.begin(options);
                        Transaction reader = database.begin()) {
                    late.deleteRange(keyspace, A_TO_C);
                    reader.get(keyspace, bytes("a"));
                    reader.put(keyspace, bytes("z"), bytes("1"));
                    alone.put(keyspace, bytes("b"), bytes("own"));
                    alone.deleteRange(keyspace, A_TO_C);
                    alone.put(keyspace, bytes("bb"), bytes("own"));
                    assertEquals("{bb=own, c=1}", entries(alone.cursor(keyspace)));
                    assertEquals("{a=1, c=1}", entries(keyspace));
                    alone.commit();
                    settle(place);
                    assertThrows(ConflictException.class, late::commit, isolation.name());
                    assertThrows(ConflictException.class, reader::commit, isolation.name());
                }
                assertEquals("{bb=own, c=1}", entries(keyspace));
                keyspace.deleteRange(Range.all());
            }
        }
    }

    // A merge and ...

    @Test
    void noMergeOfManyThreadsIsLost() throws Exception {
        for (Keyspace keyspace : keyspaces()) {
            Part merging =
                    () -> {
                        for (int i = 0; i < 300; i++) {
                            add(keyspace, "n", 1);
                            keyspace.append(bytes("s"), bytes("."));
                            merge(keyspace, "s", ".");
                            if (i % 100 == 50) {
                                database.flush();
                            }
                        }
                    };
            together(merging, merging);
            assertEquals(600, add(keyspace, "n", 0), keyspace.name());
            assertEquals(1_200, keyspace.get(bytes("s")).length, keyspace.name());
        }
    }

    @ParameterizedTest
    @EnumSource
    void mergesGoOnFromWhatABatchPutAndThoseOfTheBatchFromWhatWasThere(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            put(keyspace, "m", "was");
            add(keyspace, "n", 5);
            put(keyspace, "s", "old");
            put(keyspace, "gone", "old");
            settle(place);
            byte[] hundred = {100, 0, 0, 0, 0, 0, 0, 0};
            database.write(
                    database.batch()
                            .put(keyspace, bytes("n"), hundred)
                            .merge(keyspace, bytes("s"), bytes("never seen"))
                            .put(keyspace, bytes("s"), bytes("ne"))
                            .merge(keyspace, bytes("s"), bytes("w"))
                            .merge(keyspace, bytes("m"), bytes(" 1"))
                            .merge(keyspace, bytes("m"), bytes(" 2"))
                            .delete(keyspace, bytes("gone")));
            settle(place);
            assertEquals(101, add(keyspace, "n", 1));
            keyspace.append(bytes("s"), bytes("er"));
            merge(keyspace, "gone", "again");
            assertEquals("was 1 2", get(keyspace, "m"));
            assertEquals("newer", get(keyspace, "s"));
            assertEquals("again", get(keyspace, "gone"));
        }
    }

    @Test
    void noMergeIsLostBetweenTransactionsAndOthers() throws Exception {
        for (Keyspace keyspace : keyspaces()) {
            together(
                    () -> {
                        for (int i = 0; i < 200; i++) {
                            database.transact(
                                    transaction -> {
                                        transaction.merge(keyspace, bytes("s"), bytes("t"));
                                        return transaction.increment(keyspace, bytes("n"), 1);
                                    });
                        }
                    },
                    () -> {
                        for (int i = 0; i < 200; i++) {
                            add(keyspace, "n", 1);
                            merge(keyspace, "s", "m");
                            if (i % 100 == 50) {
                                database.flush();
                            }
                        }
                    });
            assertEquals(400, add(keyspace, "n", 0), keyspace.name());
            String appended = get(keyspace, "s");
            assertEquals(200, appended.chars().filter(c -> c == 't').count(), keyspace.name());
            assertEquals(200, appended.chars().filter(c -> c == 'm').count(), keyspace.name());
        }
    }

    // A batch and ...

    @Test
    void ofTwoBatchesOverTheSameKeysOneIsTheLastInEveryKeyspace() throws Exception {
        together(() -> writeBatches("one"), () -> writeBatches("other"));
        String last = get(keyspaces().getFirst(), "a");
        assertNotNull(last);
        for (Keyspace keyspace : keyspaces()) {
            assertEquals("{a=%s, b=%s}".formatted(last, last), entries(keyspace));
        }
    }

    private void writeBatches(String value) {
        for (int i = 0; i < 200; i++) {
            WriteBatch batch = database.batch();
            for (Keyspace keyspace : keyspaces()) {
                batch.put(keyspace, bytes("a"), bytes(value))
                        .put(keyspace, bytes("b"), bytes(value));
            }
            database.write(batch);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTransactionSeesNothingOfALaterBatchAndConflictsWhereTheyMeet(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            put(keyspace, "a", "1");
            put(keyspace, "b", "1");
            settle(place);
            try (Transaction reader = database.begin();
                    Transaction writer = database.begin();
                    Transaction apart = database.begin()) {
                database.write(
                        database.batch()
                                .put(keyspace, bytes("a"), bytes("2"))
                                .delete(keyspace, bytes("b")));
                settle(place);
                assertEquals("{a=1, b=1}", entries(apart.cursor(keyspace)));
                assertEquals("1", text(reader.get(keyspace, bytes("b"))));
                reader.put(keyspace, bytes("c"), bytes("3"));
                writer.put(keyspace, bytes("a"), bytes("3"));
                assertThrows(ConflictException.class, reader::commit);
                assertThrows(ConflictException.class, writer::commit);
                apart.commit();
            }
            assertEquals("{a=2}", entries(keyspace));
        }
    }

    // A transaction and ...

    @ParameterizedTest
    @EnumSource
    void transactionsThatMeetNowhereBothCommitAndThoseThatMeetInOneKeyspaceDoNot(Place place) {
        for (Keyspace keyspace : keyspaces()) {
            Keyspace other = database.hashed("other");
            put(keyspace, "a", "1");
            settle(place);
            try (Transaction one = database.begin();
                    Transaction two = database.begin();
                    Transaction three = database.begin()) {
                one.put(keyspace, bytes("a"), bytes("one"));
                two.put(keyspace, bytes("b"), bytes("two"));
                two.put(other, bytes("a"), bytes("two"));
                three.put(other, bytes("c"), bytes("three"));
                three.get(keyspace, bytes("b"));
                one.commit();
                two.commit();
                settle(place);
                assertThrows(ConflictException.class, three::commit);
            }
            assertEquals("{a=one, b=two}", entries(keyspace));
            assertEquals("{a=two}", entries(other));
        }
    }
}
