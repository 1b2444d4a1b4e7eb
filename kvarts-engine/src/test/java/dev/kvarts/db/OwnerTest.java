package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.AccessDeniedException;
import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.Token;
import dev.kvarts.api.TokenHash;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Who shows the owner's token may, by whatever way; everybody else is refused and changes nothing.
final class OwnerTest {
    private static final byte[] KEY = Samples.bytes("key");
    private static final byte[] VALUE = Samples.bytes("value");
    private static final Token WRITER = Token.of("the token of who writes");
    private static final Token READER = Token.of("the token of who reads");
    private static final KeyspacePolicy POLICY =
            KeyspacePolicy.none()
                    .withWriteToken(TokenHash.of(WRITER, new byte[16]))
                    .withReadToken(TokenHash.of(READER, new byte[16]));
    private static final KeyspaceOptions OWNED =
            KeyspaceOptions.defaults().withPolicy(POLICY).withMergeOperator("append");

    @TempDir private Path directory;
    private Database db;
    private Keyspace hashed;
    private OrderedKeyspace ordered;

    @BeforeEach
    void open() {
        db = Kvarts.open(directory, Samples.small());
        hashed = db.hashed("hashed", OWNED);
        ordered = db.ordered("ordered", OWNED);
        hashed.with(WRITER).put(KEY, VALUE);
        ordered.with(WRITER).put(KEY, VALUE);
    }

    @AfterEach
    void close() {
        db.close();
    }

    private static void denied(Executable call) {
        var refused = assertThrows(AccessDeniedException.class, call);
        assertTrue(refused.getMessage().startsWith("access denied: keyspace="));
        assertFalse(refused.retryable());
    }

    @Test
    void whoShowsNoTokenNeitherReadsNorWrites() {
        for (Keyspace each : List.of(hashed, ordered)) {
            reads(each).forEach(OwnerTest::denied);
            writes(each).forEach(OwnerTest::denied);
        }
        orderedReads(ordered).forEach(OwnerTest::denied);
        orderedWrites(ordered).forEach(OwnerTest::denied);
        assertArrayEquals(VALUE, hashed.with(READER).get(KEY));
        assertArrayEquals(VALUE, ordered.with(READER).get(KEY));
        assertEquals(1, db.keyspace("ordered").estimatedCount());
    }

    @Test
    void whoMayReadMayNotWrite() {
        for (Keyspace each : List.of(hashed.with(READER), ordered.with(READER))) {
            for (Executable read : reads(each)) {
                assertDoesNotThrow(read);
            }
            writes(each).forEach(OwnerTest::denied);
        }
        for (Executable read : orderedReads(ordered.with(READER))) {
            assertDoesNotThrow(read);
        }
        orderedWrites(ordered.with(READER)).forEach(OwnerTest::denied);
    }

    @Test
    void whoMayWriteMayNotRead() {
        for (Keyspace each : List.of(hashed.with(WRITER), ordered.with(WRITER))) {
            reads(each).forEach(OwnerTest::denied);
            for (Executable write : writes(each)) {
                assertDoesNotThrow(write);
            }
        }
        orderedReads(ordered.with(WRITER)).forEach(OwnerTest::denied);
        for (Executable write : orderedWrites(ordered.with(WRITER))) {
            assertDoesNotThrow(write);
        }
    }

    @Test
    void whatReadsAndWritesNeedsBothRights() {
        for (Keyspace each : List.of(hashed.with(READER), hashed.with(WRITER), ordered)) {
            denied(() -> each.putIfAbsent(KEY, VALUE));
            denied(() -> each.compareAndSet(KEY, VALUE, null));
            denied(() -> each.update(KEY, value -> value));
            denied(() -> each.increment(Samples.bytes("n"), 1));
            denied(() -> each.append(KEY, VALUE));
        }
        hashed.with(WRITER).configure(OWNED.withPolicy(POLICY.withReadToken(TokenHash.NONE)));
        assertEquals(1, hashed.with(WRITER).increment(Samples.bytes("n"), 1));
        assertArrayEquals(VALUE, hashed.get(KEY));
    }

    private List<Executable> reads(Keyspace keyspace) {
        return List.of(
                () -> keyspace.get(KEY),
                () -> keyspace.contains(KEY),
                () -> keyspace.get(KEY, value -> value.byteSize()),
                () -> keyspace.getAll(List.of(KEY)),
                () -> keyspace.cursor().close(),
                () -> inSnapshot(snapshot -> snapshot.get(keyspace, KEY)),
                () -> inSnapshot(snapshot -> snapshot.contains(keyspace, KEY)),
                () -> inSnapshot(snapshot -> snapshot.cursor(keyspace).close()),
                () -> db.transact(transaction -> transaction.get(keyspace, KEY)),
                () -> db.transact(transaction -> transaction.contains(keyspace, KEY)));
    }

    private interface Look {
        void at(Snapshot snapshot);
    }

    private void inSnapshot(Look look) {
        try (Snapshot snapshot = db.snapshot()) {
            look.at(snapshot);
        }
    }

    private List<Executable> writes(Keyspace keyspace) {
        return List.of(
                () -> keyspace.put(Samples.key(1), VALUE),
                () -> keyspace.delete(Samples.key(1)),
                () -> keyspace.merge(Samples.key(2), VALUE),
                () -> db.write(db.batch().put(keyspace, Samples.key(3), VALUE)),
                () -> db.write(db.batch().delete(keyspace, Samples.key(3))),
                () -> db.write(db.batch().merge(keyspace, Samples.key(4), VALUE)),
                () -> inTransaction(keyspace));
    }

    private void inTransaction(Keyspace keyspace) {
        try (var transaction = db.begin()) {
            transaction.put(keyspace, Samples.key(5), VALUE);
            transaction.merge(keyspace, Samples.key(5), VALUE);
            transaction.commit();
        }
    }

    private List<Executable> orderedReads(OrderedKeyspace keyspace) {
        return List.of(
                keyspace::first,
                keyspace::last,
                () -> keyspace.floor(KEY),
                () -> keyspace.cursor(Range.all()).close());
    }

    private List<Executable> orderedWrites(OrderedKeyspace keyspace) {
        return List.of(
                () -> keyspace.deleteRange(Range.prefix(Samples.bytes("x"))),
                () -> keyspace.ingest(List.of(new Entry(Samples.bytes("z"), VALUE)).iterator()),
                () -> keyspace.compact(Range.all()));
    }

    @Test
    void thePastIsReadByWhoMayReadThePresent() {
        hashed.with(WRITER).configure(OWNED.withHistory(Duration.ofHours(1)));
        Instant now = Instant.now().plusSeconds(60);
        denied(() -> hashed.getAsOf(KEY, now));
        denied(() -> hashed.with(WRITER).getAsOf(KEY, now));
        assertArrayEquals(VALUE, hashed.with(READER).getAsOf(KEY, now));
        hashed.with(WRITER).put(KEY, KEY); // by a transaction that reads what it replaces
        db.write(db.batch().merge(hashed.with(WRITER), KEY, VALUE));
        assertArrayEquals(Samples.bytes("keyvalue"), hashed.with(READER).get(KEY));
    }

    @Test
    void aTransactionKnowsEachHandleByItsOwnToken() {
        try (var transaction = db.begin()) {
            assertArrayEquals(VALUE, transaction.get(hashed.with(READER), KEY));
            denied(() -> transaction.get(hashed, KEY));
            denied(() -> transaction.put(hashed.with(READER), KEY, VALUE));
            transaction.put(hashed.with(WRITER), KEY, KEY);
            assertArrayEquals(KEY, transaction.get(hashed.with(READER), KEY));
            transaction.commit();
        }
        assertArrayEquals(KEY, hashed.with(READER).get(KEY));
    }

    @Test
    void optionsAreChangedAndKeyspacesDroppedByWhoMayWrite() {
        KeyspaceOptions free = OWNED.withPolicy(KeyspacePolicy.none());
        denied(() -> db.hashed("hashed", free));
        denied(() -> db.ordered("ordered", free));
        denied(() -> hashed.with(READER).configure(free));
        denied(() -> db.drop("hashed"));
        denied(() -> db.drop(ordered));
        assertEquals(OWNED, hashed.options());
        db.hashed("hashed", OWNED); // the same: nothing is changed
        hashed.with(WRITER).configure(free);
        assertArrayEquals(VALUE, hashed.get(KEY));
        assertTrue(db.drop(ordered.with(WRITER)));
        assertFalse(db.drop(ordered.with(WRITER)));
        assertTrue(db.drop("hashed"));
        assertThrows(IllegalStateException.class, () -> hashed.options());
    }

    @Test
    void otherSaltDoesNotMakeOtherOptions() {
        byte[] salt = Samples.filled(16, 9);
        KeyspacePolicy salted = POLICY.withWriteToken(TokenHash.of(WRITER, salt));
        long writes = db.stats().manifestWrites();
        hashed.with(WRITER).configure(OWNED.withPolicy(salted));
        assertEquals(writes, db.stats().manifestWrites());
        assertEquals(OWNED, hashed.options());
    }

    @Test
    void aTokenIsAskedForAfterReopeningToo() {
        db.close();
        db = Kvarts.open(directory, Samples.small());
        hashed = db.hashed("hashed");
        denied(() -> hashed.get(KEY));
        denied(() -> hashed.with(Token.of("some token of nobody's")).get(KEY));
        assertArrayEquals(VALUE, hashed.with(READER).get(KEY));
        assertNull(hashed.with(READER).get(Samples.key(9)));
    }
}
