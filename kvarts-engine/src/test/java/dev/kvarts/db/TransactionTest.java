package dev.kvarts.db;

import static dev.kvarts.db.Samples.bytes;
import static dev.kvarts.db.Samples.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Isolation;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Savepoint;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.TransactionOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/// What transactions read, write and refuse.
final class TransactionTest {
    private static final long SEED = Long.getLong("kvarts.seed", System.nanoTime());
    private static final TransactionOptions SNAPSHOT =
            TransactionOptions.defaults().withIsolation(Isolation.SNAPSHOT);

    @TempDir private Path directory;
    private Database database;
    private Keyspace hashed;
    private OrderedKeyspace ordered;

    @BeforeEach
    void open() {
        database = Kvarts.open(directory, Samples.small());
        hashed = database.hashed("h");
        ordered = database.ordered("o");
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static String get(Transaction transaction, Keyspace keyspace, String key) {
        byte[] value = transaction.get(keyspace, bytes(key));
        return value == null ? null : text(value);
    }

    private String get(Keyspace keyspace, String key) {
        byte[] value = keyspace.get(bytes(key));
        return value == null ? null : text(value);
    }

    private List<Keyspace> both() {
        return List.of(hashed, ordered);
    }

    @Test
    void aTransactionReadsItsOwnWritesAndNobodyElseDoesBeforeItCommits() {
        for (Keyspace keyspace : both()) {
            try (Transaction transaction = database.begin()) {
                transaction.put(keyspace, bytes("a"), bytes("1"));
                assertEquals("1", get(transaction, keyspace, "a"));
                assertNull(get(keyspace, "a"));
                transaction.delete(keyspace, bytes("a"));
                assertNull(get(transaction, keyspace, "a"));
                transaction.put(keyspace, bytes("a"), bytes("2"));
                transaction.commit();
            }
            assertEquals("2", get(keyspace, "a"));
        }
    }

    @Test
    void aTransactionSeesTheDatabaseAsItWasWhenItBegan() {
        for (Keyspace keyspace : both()) {
            keyspace.put(bytes("a"), bytes("1"));
            try (Transaction transaction = database.begin()) {
                keyspace.put(bytes("a"), bytes("2"));
                database.flush();
                assertEquals("1", get(transaction, keyspace, "a"));
            }
        }
    }

    @Test
    void nothingIsWrittenByATransactionThatIsRolledBackOrClosed() {
        for (Keyspace keyspace : both()) {
            Transaction one = database.begin();
            one.put(keyspace, bytes("a"), bytes("1"));
            one.rollback();
            try (Transaction other = database.begin()) {
                other.put(keyspace, bytes("a"), bytes("1"));
            }
            assertNull(get(keyspace, "a"));
            assertThrows(IllegalStateException.class, one::commit);
        }
    }

    @Test
    void ofTwoThatWriteOneKeyTheFirstToCommitWins() {
        for (TransactionOptions options : List.of(SNAPSHOT, TransactionOptions.defaults())) {
            for (Keyspace keyspace : both()) {
                try (Transaction one = database.begin(options);
                        Transaction other = database.begin(options)) {
                    one.increment(keyspace, bytes("n"), 1);
                    other.increment(keyspace, bytes("n"), 1);
                    one.commit();
                    assertThrows(ConflictException.class, other::commit);
                }
            }
        }
        assertEquals(2, hashed.increment(bytes("n"), 0));
    }

    @Test
    void aConflictIsFoundAlsoWhenTheOtherWriteWasFlushed() {
        for (Keyspace keyspace : both()) {
            keyspace.put(bytes("a"), bytes("1"));
            keyspace.put(bytes("b"), bytes("1"));
            keyspace.put(bytes("c"), bytes("1"));
            database.flush();
            try (Transaction changed = database.begin();
                    Transaction deleted = database.begin();
                    Transaction other = database.begin()) {
                changed.update(keyspace, bytes("a"), _ -> bytes("2"));
                deleted.update(keyspace, bytes("b"), _ -> bytes("2"));
                other.update(keyspace, bytes("c"), _ -> bytes("2"));
                keyspace.put(bytes("a"), bytes("3"));
                keyspace.delete(bytes("b"));
                database.flush();
                database.compact();
                assertThrows(ConflictException.class, changed::commit);
                assertThrows(ConflictException.class, deleted::commit);
                other.commit();
            }
            assertEquals("3", get(keyspace, "a"));
            assertNull(get(keyspace, "b"));
            assertEquals("2", get(keyspace, "c"));
        }
    }

    @Test
    void writeSkewIsAConflictOfSerializableTransactionsAlone() {
        for (Keyspace keyspace : both()) {
            for (TransactionOptions options : List.of(SNAPSHOT, TransactionOptions.defaults())) {
                try (Transaction one = database.begin(options);
                        Transaction other = database.begin(options)) {
                    one.get(keyspace, bytes("x"));
                    other.get(keyspace, bytes("y"));
                    one.put(keyspace, bytes("y"), bytes("1"));
                    other.put(keyspace, bytes("x"), bytes("1"));
                    one.commit();
                    if (options.equals(SNAPSHOT)) {
                        other.commit();
                    } else {
                        assertThrows(ConflictException.class, other::commit);
                    }
                }
            }
        }
    }

    @Test
    void aPhantomInAScannedRangeIsAConflictAndOneBesideItIsNot() {
        ordered.put(bytes("b"), bytes("1"));
        ordered.put(bytes("d"), bytes("1"));
        ordered.put(bytes("f"), bytes("1"));
        for (boolean flushed : new boolean[] {false, true}) {
            for (String phantom : List.of("a", "b", "bb", "c", "d", "dd", "e")) {
                boolean within = phantom.compareTo("b") >= 0 && phantom.compareTo("d") <= 0;
                try (Transaction transaction = database.begin()) {
                    try (OrderedCursor cursor = transaction.cursor(ordered)) {
                        assertTrue(cursor.seek(bytes("b")));
                        assertTrue(cursor.next());
                        assertArrayEquals(bytes("d"), cursor.key());
                    }
                    transaction.put(ordered, bytes("z"), bytes("1"));
                    boolean there = ordered.contains(bytes(phantom));
                    ordered.put(bytes(phantom), bytes("2"));
                    if (flushed) {
                        database.flush();
                    }
                    if (within) {
                        assertThrows(ConflictException.class, transaction::commit, phantom);
                    } else {
                        transaction.commit();
                    }
                    if (!there) {
                        ordered.delete(bytes(phantom));
                    }
                }
            }
        }
    }

    @Test
    void aWalkOverAHashedKeyspaceConflictsWithAnyWriteToIt() {
        hashed.put(bytes("a"), bytes("1"));
        try (Transaction transaction = database.begin()) {
            try (Cursor cursor = transaction.cursor(hashed)) {
                assertTrue(cursor.next());
            }
            transaction.put(ordered, bytes("n"), bytes("1"));
            hashed.put(bytes("b"), bytes("1"));
            assertThrows(ConflictException.class, transaction::commit);
        }
    }

    @Test
    void aTransactionThatOnlyReadsNeverConflicts() {
        for (TransactionOptions options :
                List.of(TransactionOptions.reading(), TransactionOptions.defaults())) {
            try (Transaction transaction = database.begin(options)) {
                transaction.get(hashed, bytes("a"));
                try (OrderedCursor cursor = transaction.cursor(ordered)) {
                    cursor.first();
                }
                hashed.put(bytes("a"), bytes("1"));
                ordered.put(bytes("a"), bytes("1"));
                transaction.commit();
            }
        }
        try (Transaction transaction = database.begin(TransactionOptions.reading())) {
            assertThrows(
                    IllegalStateException.class,
                    () -> transaction.put(hashed, bytes("a"), bytes("1")));
        }
    }

    @Test
    void writesAfterASavepointCanBeTakenBack() {
        try (Transaction transaction = database.begin()) {
            transaction.put(ordered, bytes("a"), bytes("1"));
            transaction.put(ordered, bytes("b"), bytes("1"));
            Savepoint first = transaction.savepoint();
            transaction.put(ordered, bytes("a"), bytes("2"));
            Savepoint second = transaction.savepoint();
            transaction.deleteRange(ordered, Range.all());
            transaction.put(ordered, bytes("c"), bytes("3"));
            assertNull(get(transaction, ordered, "a"));
            transaction.rollbackTo(second);
            assertEquals("2", get(transaction, ordered, "a"));
            assertEquals("1", get(transaction, ordered, "b"));
            assertNull(get(transaction, ordered, "c"));
            transaction.rollbackTo(first);
            assertEquals("1", get(transaction, ordered, "a"));
            assertThrows(IllegalArgumentException.class, () -> transaction.rollbackTo(second));
            transaction.rollbackTo(first);
            transaction.commit();
        }
        assertEquals("1", get(ordered, "a"));
        assertEquals("1", get(ordered, "b"));
        assertNull(get(ordered, "c"));
    }

    @Test
    void aTransactionThatOutgrowsItsLimitsIsRefusedAndCanStillCommit() {
        TransactionOptions little = TransactionOptions.defaults().withBytesMax(100).withReadsMax(2);
        try (Transaction transaction = database.begin(little)) {
            transaction.put(hashed, bytes("a"), bytes("1"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> transaction.put(hashed, bytes("b"), new byte[100]));
            transaction.get(hashed, bytes("x"));
            transaction.get(hashed, bytes("y"));
            transaction.get(hashed, bytes("x"));
            assertThrows(IllegalArgumentException.class, () -> transaction.get(hashed, bytes("z")));
            transaction.commit();
        }
        assertEquals("1", get(hashed, "a"));
        assertNull(get(hashed, "b"));
    }

    @Test
    void transactRunsAgainUntilNobodyElseCameFirst() {
        int[] runs = new int[1];
        long result =
                database.transact(
                        transaction -> {
                            long now = transaction.increment(hashed, bytes("n"), 1);
                            if (++runs[0] < 4) {
                                hashed.increment(bytes("n"), 10);
                            }
                            return now;
                        });
        assertEquals(4, runs[0]);
        assertEquals(31, result);
        TransactionOptions few = TransactionOptions.defaults().withAttemptsMax(3);
        runs[0] = 0;
        assertThrows(
                ConflictException.class,
                () ->
                        database.transact(
                                few,
                                transaction -> {
                                    runs[0]++;
                                    transaction.increment(hashed, bytes("n"), 1);
                                    return hashed.increment(bytes("n"), 1);
                                }));
        assertEquals(3, runs[0]);
    }

    @Test
    void thoseWhoLockAKeyTakeTurnsAndDoNotConflict() throws InterruptedException {
        TransactionOptions once = TransactionOptions.defaults().withAttemptsMax(1);
        List<Thread> threads = new ArrayList<>();
        var failures = new ArrayList<Throwable>();
        for (int i = 0; i < 4; i++) {
            var thread =
                    new Thread(
                            () -> {
                                for (int n = 0; n < 200; n++) {
                                    database.transact(
                                            once,
                                            transaction -> {
                                                transaction.lockFor(hashed, bytes("hot"));
                                                return transaction.increment(
                                                        hashed, bytes("hot"), 1);
                                            });
                                }
                            });
            thread.setUncaughtExceptionHandler(
                    (_, e) -> {
                        synchronized (failures) {
                            failures.add(e);
                        }
                    });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), failures);
        assertEquals(800, hashed.increment(bytes("hot"), 0));
    }

    @Test
    void aLockThatIsNotGivenUpInTimeIsAConflict() {
        TransactionOptions hasty =
                TransactionOptions.defaults().withLockTimeout(Duration.ofMillis(5));
        try (Transaction one = database.begin();
                Transaction other = database.begin(hasty)) {
            one.lockFor(hashed, bytes("a"));
            one.lockFor(hashed, bytes("a"));
            assertThrows(ConflictException.class, () -> other.lockFor(hashed, bytes("a")));
            one.close();
            other.lockFor(hashed, bytes("a"));
        }
    }

    @Test
    void aKeyThatWasChangedBeforeItIsLockedIsAConflictOnceSomethingWasRead() {
        try (Transaction transaction = database.begin()) {
            transaction.get(hashed, bytes("other"));
            hashed.put(bytes("a"), bytes("1"));
            assertThrows(ConflictException.class, () -> transaction.lockFor(hashed, bytes("a")));
        }
        try (Transaction transaction = database.begin()) {
            hashed.put(bytes("a"), bytes("2"));
            transaction.lockFor(hashed, bytes("a"));
            assertEquals("2", get(transaction, hashed, "a"));
            assertFalse(transaction.contains(ordered, bytes("a")));
        }
    }

    @Test
    void aLockDoesNotMoveTheSnapshotOfATransactionThatHasReadWhateverItKeepsOfThat() {
        hashed.put(bytes("seen"), bytes("before"));
        var snapshots = TransactionOptions.defaults().withIsolation(Isolation.SNAPSHOT);
        try (Transaction transaction = database.begin(snapshots)) {
            assertEquals("before", get(transaction, hashed, "seen"));
            hashed.put(bytes("seen"), bytes("between"));
            transaction.lockFor(hashed, bytes("a"));
            assertEquals("before", get(transaction, hashed, "seen"));
            transaction.put(hashed, bytes("seen"), bytes("after"));
            assertThrows(ConflictException.class, transaction::commit);
        }
        try (Transaction transaction = database.begin();
                Cursor cursor = transaction.cursor(hashed)) {
            assertTrue(cursor.next());
            hashed.put(bytes("seen"), bytes("again"));
            transaction.lockFor(hashed, bytes("a"));
            assertEquals("between", get(transaction, hashed, "seen"));
        }
    }

    @Test
    void aTransactionIsAMapOfItsOwnUntilItCommits() {
        var random = new Random(SEED);
        var committed = new TreeMap<String, String>();
        for (int i = 0; i < 300; i++) {
            var model = new TreeMap<>(committed);
            boolean commits = random.nextBoolean();
            try (Transaction transaction = database.begin()) {
                List<Savepoint> savepoints = new ArrayList<>();
                List<TreeMap<String, String>> savedModels = new ArrayList<>();
                try (OrderedCursor cursor = transaction.cursor(ordered)) {
                    String[] at = new String[1];
                    for (int step = 0; step < 60; step++) {
                        String message = "seed=" + SEED + " transaction=" + i + " step=" + step;
                        if (random.nextInt(3) == 0) {
                            write(transaction, model, random, i + "." + step);
                        } else if (random.nextInt(20) == 0) {
                            savepoints.add(transaction.savepoint());
                            savedModels.add(new TreeMap<>(model));
                        } else if (random.nextInt(20) == 0 && !savepoints.isEmpty()) {
                            int to = random.nextInt(savepoints.size());
                            transaction.rollbackTo(savepoints.get(to));
                            model = new TreeMap<>(savedModels.get(to));
                            savepoints.subList(to + 1, savepoints.size()).clear();
                            savedModels.subList(to + 1, savedModels.size()).clear();
                        } else {
                            move(cursor, model, random, at, message);
                        }
                        String key = "k" + random.nextInt(40);
                        assertEquals(model.get(key), get(transaction, ordered, key), message);
                    }
                }
                if (commits) {
                    transaction.commit();
                    committed = model;
                }
            }
            if (random.nextInt(10) == 0) {
                database.flush();
            }
            var present = new TreeMap<String, String>();
            try (OrderedCursor cursor = ordered.cursor()) {
                while (cursor.next()) {
                    present.put(text(cursor.key()), text(cursor.value()));
                }
            }
            assertEquals(committed, present, "seed=" + SEED + " transaction=" + i);
        }
    }

    private void write(
            Transaction transaction,
            NavigableMap<String, String> model,
            Random random,
            String value) {
        String key = "k" + random.nextInt(40);
        switch (random.nextInt(8)) {
            case 0 -> {
                String to = "k" + random.nextInt(40);
                transaction.deleteRange(ordered, Range.closedOpen(bytes(key), bytes(to)));
                if (key.compareTo(to) < 0) {
                    model.subMap(key, to).clear();
                }
            }
            case 1, 2 -> {
                transaction.delete(ordered, bytes(key));
                model.remove(key);
            }
            default -> {
                transaction.put(ordered, bytes(key), bytes(value));
                model.put(key, value);
            }
        }
    }

    /// Moves the cursor and checks where it stands; `at[0]` is the key that it stands on, null
    /// before the first move or after it left the entries.
    private static void move(
            OrderedCursor cursor,
            NavigableMap<String, String> model,
            Random random,
            String[] at,
            String message) {
        String key = "k" + random.nextInt(40);
        String expected;
        boolean there;
        int what = at[0] == null ? random.nextInt(4) : random.nextInt(10);
        switch (what) {
            case 0 -> {
                expected = model.isEmpty() ? null : model.firstKey();
                there = cursor.first();
            }
            case 1 -> {
                expected = model.isEmpty() ? null : model.lastKey();
                there = cursor.last();
            }
            case 2 -> {
                expected = model.ceilingKey(key);
                there = cursor.seek(bytes(key));
            }
            case 3 -> {
                expected = model.lowerKey(key);
                there = cursor.seekBefore(bytes(key));
            }
            case 4, 5, 6 -> {
                expected = model.higherKey(at[0]);
                there = cursor.next();
            }
            default -> {
                expected = model.lowerKey(at[0]);
                there = cursor.previous();
            }
        }
        assertEquals(expected != null, there, message);
        if (there) {
            assertEquals(expected, text(cursor.key()), message);
            assertEquals(model.get(expected), text(cursor.value()), message);
        }
        at[0] = expected;
    }

    @Test
    void aWalkOverAHashedKeyspaceShowsOwnWritesOverTheSnapshot() {
        hashed.put(bytes("a"), bytes("1"));
        hashed.put(bytes("b"), bytes("1"));
        database.flush();
        hashed.put(bytes("c"), bytes("1"));
        try (Transaction transaction = database.begin()) {
            hashed.put(bytes("d"), bytes("later"));
            transaction.put(hashed, bytes("a"), bytes("2"));
            transaction.delete(hashed, bytes("b"));
            transaction.put(hashed, bytes("e"), bytes("2"));
            var seen = new TreeMap<String, String>();
            try (Cursor cursor = transaction.cursor(hashed)) {
                while (cursor.next()) {
                    seen.put(text(cursor.key()), text(cursor.value()));
                }
            }
            assertEquals("{a=2, c=1, e=2}", seen.toString());
        }
    }
}
