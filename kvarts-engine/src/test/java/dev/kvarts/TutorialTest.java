package dev.kvarts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kvarts.api.AccessDeniedException;
import dev.kvarts.api.BackupReport;
import dev.kvarts.api.Change;
import dev.kvarts.api.ChangeBatch;
import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.DatabaseStats;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Isolation;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.MemoryReport;
import dev.kvarts.api.MergeOperator;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.OverQuotaException;
import dev.kvarts.api.Range;
import dev.kvarts.api.RestorePoint;
import dev.kvarts.api.Savepoint;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.Token;
import dev.kvarts.api.TokenHash;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.TransactionOptions;
import dev.kvarts.api.VerifyReport;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/// The manual that runs: all that a database can do, from top to bottom.
///
/// Every section begins with a new database, `db`, in a new directory. Keys and values are bytes;
/// [#bytes(String)] and [#text(byte[])], at the end, are there so that they can be read here.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class TutorialTest {
    private static final Duration MILLISECOND = Duration.ofMillis(1);
    private static final Duration A_WHILE = Duration.ofMinutes(1);

    @TempDir private Path folder;
    private Database db;

    @BeforeEach
    void open() {
        // A database is a directory. It is created if it is not there, belongs to one process at a
        // time, and is closed when it is no longer needed.
        db = Kvarts.open(folder.resolve("data"));
    }

    @AfterEach
    void close() {
        db.close();
    }

    @Test
    @Order(1)
    void aDatabaseIsADirectoryAndRemembersWhatItWasGiven() {
        db.hashed("users").put(bytes("ada"), bytes("Ada Lovelace"));
        db.close();

        // Options say what is known about the use; all of them have defaults.
        Options options =
                Options.defaults()
                        .withMemory(64 << 20) // the one memory number
                        .withDurability(Durability.SYNC); // of writes that do not say
        db = Kvarts.open(folder.resolve("data"), options);
        assertEquals("Ada Lovelace", text(db.hashed("users").get(bytes("ada"))));
    }

    @Test
    @Order(2)
    void aHashedKeyspaceIsAMapOfBytes() {
        // For lookups by key, with the least memory per key. There is no useful order.
        Keyspace users = db.hashed("users");
        users.put(bytes("ada"), bytes("Ada Lovelace"));
        users.put(bytes("alan"), bytes("Alan Turing"));

        assertEquals("Ada Lovelace", text(users.get(bytes("ada"))));
        assertTrue(users.contains(bytes("alan")));
        assertNull(users.get(bytes("nobody"))); // absence is no error

        users.delete(bytes("alan"));
        users.delete(bytes("alan")); // nor is this
        assertFalse(users.contains(bytes("alan")));

        // Many keys at once are read from disk beside each other.
        List<byte[]> found = users.getAll(List.of(bytes("ada"), bytes("alan")));
        assertEquals("Ada Lovelace", text(found.get(0)));
        assertNull(found.get(1));
    }

    @Test
    @Order(3)
    void aValueCanBeReadWhereItLies() {
        Keyspace vectors = db.hashed("vectors");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vector = arena.allocateFrom(ValueLayout.JAVA_INT_UNALIGNED, 1, 2, 3);
            vectors.put(MemorySegment.ofArray(bytes("v")), vector);
        }
        // No copy is made; the segment is valid during the call only.
        int last = vectors.get(bytes("v"), v -> v.get(ValueLayout.JAVA_INT_UNALIGNED, 8));
        assertEquals(3, last);
    }

    @Test
    @Order(4)
    void singleKeysAreChangedAtomically() {
        Keyspace users = db.hashed("users");
        assertNull(users.putIfAbsent(bytes("ada"), bytes("1")));
        assertEquals("1", text(users.putIfAbsent(bytes("ada"), bytes("2")))); // stays

        assertTrue(users.compareAndSet(bytes("ada"), bytes("1"), bytes("2")));
        assertFalse(users.compareAndSet(bytes("ada"), bytes("1"), bytes("3")));

        // The function may be called more than once, when others write the same key.
        byte[] now = users.update(bytes("ada"), old -> bytes(text(old) + "!"));
        assertEquals("2!", text(now));
    }

    @Test
    @Order(5)
    void anOrderedKeyspaceIsASortedMapOfBytes() {
        // For ranges and walks. Keys are compared as unsigned bytes.
        OrderedKeyspace events = db.ordered("events");
        for (String day : List.of("2024-03-01", "2024-01-15", "2024-02-29", "2025-01-01")) {
            events.put(bytes(day), bytes("event of " + day));
        }
        assertEquals("2024-01-15", text(events.first().key()));
        assertEquals("2025-01-01", text(events.last().key()));
        assertEquals("2024-02-29", text(events.floor(bytes("2024-02-30")).key()));
        assertEquals("2024-03-01", text(events.ceiling(bytes("2024-02-30")).key()));
        assertEquals("2024-01-15", text(events.lower(bytes("2024-02-29")).key()));
        assertNull(events.higher(bytes("2025-01-01")));

        // A range goes by one write, however much is in it.
        events.deleteRange(Range.prefix(bytes("2024-")));
        assertEquals("2025-01-01", text(events.first().key()));
    }

    @Test
    @Order(6)
    void cursorsWalkBothWays() {
        OrderedKeyspace letters = db.ordered("letters");
        for (String letter : List.of("a", "b", "c", "d", "e")) {
            letters.put(bytes(letter), bytes(letter.toUpperCase(Locale.ROOT)));
        }
        Range middle = Range.closedOpen(bytes("b"), bytes("e"));
        var walk = new StringBuilder();
        try (OrderedCursor cursor = letters.cursor(middle)) {
            // The cursor goes on to see what was there when it was opened.
            letters.delete(bytes("c"));
            while (cursor.next()) {
                walk.append(text(cursor.key())).append(text(cursor.value()));
            }
            while (cursor.previous()) {
                walk.append(text(cursor.key()));
            }
            assertTrue(cursor.seek(bytes("c"))); // the first that is not lower
            walk.append(text(cursor.key()));
            assertTrue(cursor.seekBefore(bytes("c"))); // the last that is lower
            walk.append(text(cursor.key()));
        }
        assertEquals("bBcCdDdcbcb", walk.toString());
    }

    @Test
    @Order(7)
    void aHashedKeyspaceIsWalkedInNoUsefulOrder() {
        Keyspace users = db.hashed("users");
        users.put(bytes("ada"), bytes("1"));
        users.put(bytes("alan"), bytes("2"));
        Set<String> keys = new TreeSet<>();
        try (Cursor cursor = users.cursor()) {
            while (cursor.next()) {
                keys.add(text(cursor.key()));
            }
        }
        assertEquals(Set.of("ada", "alan"), keys);
        assertEquals(2, users.estimatedCount());
    }

    @Test
    @Order(8)
    void sortedEntriesAreIngestedPastLogAndMemory() {
        // For a first load. They appear all at once.
        OrderedKeyspace words = db.ordered("words");
        List<Entry> sorted = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            sorted.add(new Entry(bytes("word%04d".formatted(i)), bytes("" + i)));
        }
        assertEquals(1_000, words.ingest(sorted.iterator()));
        assertEquals("word0999", text(words.last().key()));
    }

    @Test
    @Order(9)
    void aBatchHappensAsAWholeAcrossKeyspaces() {
        Keyspace users = db.hashed("users");
        OrderedKeyspace byName = db.ordered("users by name");
        WriteBatch batch =
                db.batch()
                        .put(users, bytes("1"), bytes("Ada"))
                        .put(byName, bytes("Ada"), bytes("1"))
                        .deleteRange(byName, Range.prefix(bytes("old/")));
        assertEquals(3, batch.count());
        db.write(batch);
        assertEquals("1", text(byName.get(users.get(bytes("1")))));
    }

    @Test
    @Order(10)
    void durabilityIsChosenPerWrite() {
        Keyspace users = db.hashed("users");
        // On the device when the call returns; threads share the forcing.
        users.put(bytes("a"), bytes("1"), WriteOptions.SYNC);
        // The default: survives the process, and the machine but for the last second.
        users.put(bytes("b"), bytes("1"), WriteOptions.BUFFERED);
        // Not logged: survives from the next flush on. For what can be made again.
        users.put(bytes("c"), bytes("1"), WriteOptions.NONE);
        db.write(db.batch().put(users, bytes("d"), bytes("1")), Durability.SYNC);
        db.flush(); // all of it is durable now
        assertTrue(db.stats().logSyncs() > 0);
        assertTrue(users.contains(bytes("c")));
    }

    @Test
    @Order(11)
    void aSnapshotIsTheWholeDatabaseAtOneInstant() {
        Keyspace users = db.hashed("users");
        OrderedKeyspace events = db.ordered("events");
        users.put(bytes("ada"), bytes("1"));
        events.put(bytes("e1"), bytes("1"));
        try (Snapshot before = db.snapshot()) {
            users.put(bytes("ada"), bytes("2"));
            events.deleteRange(Range.all());
            db.flush();

            assertEquals("1", text(before.get(users, bytes("ada"))));
            try (OrderedCursor cursor = before.cursor(events)) {
                assertTrue(cursor.next());
            }
            // It keeps old versions as long as it is open; here it can be seen.
            assertEquals(1, db.stats().snapshots());
        }
        assertEquals("2", text(users.get(bytes("ada"))));
    }

    @Test
    @Order(12)
    void aTransactionIsAsIfNobodyElseWereThere() {
        Keyspace accounts = db.hashed("accounts");
        accounts.increment(bytes("from"), 100);

        // Run again on a conflict, after a short random time.
        long left =
                db.transact(
                        tx -> {
                            tx.increment(accounts, bytes("to"), 30);
                            return tx.increment(accounts, bytes("from"), -30);
                        });
        assertEquals(70, left);
        assertEquals(30, accounts.increment(bytes("to"), 0));

        // By hand: it sees its own writes, and nobody else does before it commits.
        try (Transaction tx = db.begin()) {
            tx.put(accounts, bytes("new"), bytes("1"));
            assertTrue(tx.contains(accounts, bytes("new")));
            assertFalse(accounts.contains(bytes("new")));
            tx.commit(Durability.SYNC);
        }
        assertTrue(accounts.contains(bytes("new")));

        // One that is closed without a commit has not happened.
        try (Transaction tx = db.begin()) {
            tx.delete(accounts, bytes("new"));
        }
        assertTrue(accounts.contains(bytes("new")));
    }

    @Test
    @Order(13)
    void theFirstToCommitWins() {
        Keyspace doctors = db.hashed("doctors on call");
        doctors.put(bytes("ada"), bytes("yes"));
        doctors.put(bytes("alan"), bytes("yes"));

        // Each may go if the other stays. Serializable, the default, finds that both cannot:
        // what was read counts, also ranges that were walked over, and keys that were not there.
        try (Transaction ada = db.begin();
                Transaction alan = db.begin()) {
            assertEquals("yes", text(ada.get(doctors, bytes("alan"))));
            assertEquals("yes", text(alan.get(doctors, bytes("ada"))));
            ada.delete(doctors, bytes("ada"));
            alan.delete(doctors, bytes("alan"));
            ada.commit();
            assertThrows(ConflictException.class, alan::commit);
        }
        assertTrue(doctors.contains(bytes("alan")));

        // Snapshot isolation is content when nobody wrote the same keys.
        doctors.put(bytes("ada"), bytes("yes"));
        var snapshot = TransactionOptions.defaults().withIsolation(Isolation.SNAPSHOT);
        try (Transaction ada = db.begin(snapshot);
                Transaction alan = db.begin(snapshot)) {
            assertTrue(ada.contains(doctors, bytes("alan")));
            assertTrue(alan.contains(doctors, bytes("ada")));
            ada.delete(doctors, bytes("ada"));
            alan.delete(doctors, bytes("alan"));
            ada.commit();
            alan.commit();
        }
        assertFalse(doctors.contains(bytes("alan"))); // nobody is on call

        // One that only reads never conflicts.
        try (Transaction reads = db.begin(TransactionOptions.reading())) {
            assertNull(reads.get(doctors, bytes("ada")));
            doctors.put(bytes("ada"), bytes("yes"));
            reads.commit();
        }
    }

    @Test
    @Order(14)
    void writesAreTakenBackToASavepoint() {
        OrderedKeyspace notes = db.ordered("notes");
        try (Transaction tx = db.begin()) {
            tx.put(notes, bytes("a"), bytes("kept"));
            Savepoint here = tx.savepoint();
            tx.put(notes, bytes("b"), bytes("not kept"));
            tx.deleteRange(notes, Range.all());
            tx.rollbackTo(here);
            tx.commit();
        }
        assertEquals("kept", text(notes.get(bytes("a"))));
        assertNull(notes.get(bytes("b")));
    }

    @Test
    @Order(15)
    void thoseWhoLockAHotKeyTakeTurns() throws InterruptedException {
        Keyspace counters = db.hashed("counters");
        var once = TransactionOptions.defaults().withAttemptsMax(1); // a conflict would come out
        Runnable hundredTimes =
                () -> {
                    for (int i = 0; i < 100; i++) {
                        db.transact(
                                once,
                                tx -> {
                                    tx.lockFor(counters, bytes("hot"));
                                    return tx.increment(counters, bytes("hot"), 1);
                                });
                    }
                };
        Thread other = Thread.ofPlatform().start(hundredTimes);
        hundredTimes.run();
        other.join();
        assertEquals(200, counters.increment(bytes("hot"), 0));
    }

    @Test
    @Order(16)
    void entriesExpire() throws InterruptedException {
        // By default of the keyspace, by write, or not.
        Keyspace sessions =
                db.hashed("sessions", KeyspaceOptions.defaults().withTtl(Duration.ofMinutes(30)));
        sessions.put(bytes("default"), bytes("1"));
        sessions.put(bytes("short"), bytes("1"), WriteOptions.BUFFERED.withTtl(MILLISECOND));
        sessions.put(bytes("ever"), bytes("1"), WriteOptions.BUFFERED.withTtl(Duration.ZERO));
        assertNotNull(sessions.expiresAt(bytes("default")));
        assertNull(sessions.expiresAt(bytes("ever")));

        while (sessions.contains(bytes("short"))) { // it goes by itself
            Thread.sleep(1);
        }
        assertNull(sessions.get(bytes("short")));

        Instant before = sessions.expiresAt(bytes("default"));
        assertTrue(sessions.touch(bytes("default"), Duration.ofHours(1)));
        assertTrue(sessions.expiresAt(bytes("default")).isAfter(before));
        assertTrue(sessions.persist(bytes("default")));
        assertNull(sessions.expiresAt(bytes("default")));
        assertFalse(sessions.touch(bytes("short"), Duration.ofHours(1)));
    }

    @Test
    @Order(17)
    void countersAndTextsAreMergedInto() {
        Keyspace pages = db.hashed("pages");
        assertEquals(1, pages.increment(bytes("visits"), 1)); // absent counts as 0
        assertEquals(43, pages.increment(bytes("visits"), 42));
        assertEquals(3, pages.append(bytes("log"), bytes("one")));
        assertEquals(7, pages.append(bytes("log"), bytes(",two")));
        assertEquals("one,two", text(pages.get(bytes("log"))));

        // A keyspace may have an operator that says what merging is: one that is built in ...
        var byHighest = KeyspaceOptions.defaults().withMergeOperator("max");
        Keyspace scores = db.hashed("scores", byHighest);
        scores.increment(bytes("ada"), 7);
        scores.merge(bytes("ada"), new byte[] {5, 0, 0, 0, 0, 0, 0, 0});
        assertEquals(7, scores.increment(bytes("ada"), 0));

        // ... or one of your own, which the database is given when it is opened.
        db.close();
        var options = Options.defaults().withMergeOperators(List.of(new Tags()));
        db = Kvarts.open(folder.resolve("data"), options);
        Keyspace tags = db.hashed("tags", KeyspaceOptions.defaults().withMergeOperator("tags"));
        tags.merge(bytes("page"), bytes("new"));
        tags.merge(bytes("page"), bytes("good"));
        tags.merge(bytes("page"), bytes("new"));
        assertEquals("good,new", text(tags.get(bytes("page"))));

        // Merges go into batches and transactions, too.
        db.write(db.batch().merge(tags, bytes("page"), bytes("long")));
        assertEquals("good,long,new", text(tags.get(bytes("page"))));
    }

    /// A sorted set of words, with commas between them.
    private static final class Tags implements MergeOperator {
        @Override
        public String name() {
            return "tags";
        }

        @Override
        public byte[] merge(byte[] key, byte[] existing, byte[] operand) {
            Set<String> words = new TreeSet<>();
            words.add(text(operand));
            if (existing != null) {
                words.addAll(List.of(text(existing).split(",", -1)));
            }
            return bytes(String.join(",", words));
        }
    }

    @Test
    @Order(18)
    void aRecordIsGatheredFromPartsOfManyWriters() {
        // The first part opens a window; it ends by itself, or with a final part.
        Keyspace traces =
                db.hashed(
                        "traces", KeyspaceOptions.defaults().withGatherWindow(Duration.ofHours(1)));
        assertTrue(traces.writePartial(bytes("request 1"), bytes("received ")));
        assertTrue(traces.writePartial(bytes("request 1"), bytes("looked up ")));
        assertEquals("received looked up ", text(traces.get(bytes("request 1")))); // so far
        assertFalse(traces.gathered(bytes("request 1")).sealed());

        assertTrue(traces.writeFinal(bytes("request 1"), bytes("answered")));
        assertTrue(traces.gathered(bytes("request 1")).sealed());
        assertFalse(traces.writePartial(bytes("request 1"), bytes("too late")));
        assertEquals("received looked up answered", text(traces.get(bytes("request 1"))));
    }

    @Test
    @Order(19)
    void aKeyspaceHasAnOwnerWhoSaysWhoMayAndHowMuch() {
        // Rights belong to whoever shows a token; the database keeps a salted hash of it.
        byte[] salt = new byte[TokenHash.SALT_SIZE]; // best drawn at random
        Token owner = Token.of("a long secret that nobody guesses");
        KeyspacePolicy policy =
                KeyspacePolicy.none()
                        .withWriteToken(TokenHash.of(owner, salt))
                        .withQuotaEntries(2)
                        .withRetention(Duration.ofDays(30)); // the most that an entry lives
        Keyspace everybody = db.hashed("owned", KeyspaceOptions.defaults().withPolicy(policy));
        Keyspace owned = everybody.with(owner);

        owned.put(bytes("a"), bytes("1"));
        assertEquals("1", text(everybody.get(bytes("a")))); // reading asks for no token here
        assertThrows(
                AccessDeniedException.class, () -> everybody.put(bytes("a"), bytes("mine now")));

        assertNotNull(owned.expiresAt(bytes("a")));
        owned.put(bytes("b"), bytes("1"));
        assertThrows(OverQuotaException.class, () -> owned.put(bytes("c"), bytes("1")));
        owned.delete(bytes("a"));
        db.flush(); // otherwise what was deleted is noticed within a second
        owned.put(bytes("c"), bytes("1"));

        // Options change with the same right.
        assertThrows(
                AccessDeniedException.class, () -> everybody.configure(KeyspaceOptions.defaults()));
        owned.configure(owned.options().withPolicy(policy.withQuotaEntries(3)));
        owned.put(bytes("d"), bytes("1"));
    }

    @Test
    @Order(20)
    void aKeyspaceThatKeepsItsHistoryIsReadAsOfATime() throws InterruptedException {
        Keyspace prices =
                db.hashed("prices", KeyspaceOptions.defaults().withHistory(Duration.ofDays(7)));
        prices.put(bytes("tea"), bytes("2.50"));
        Instant monday = aMomentAgo();
        prices.put(bytes("tea"), bytes("2.80"));
        Instant tuesday = aMomentAgo();
        prices.delete(bytes("tea"));

        assertEquals("2.50", text(prices.getAsOf(bytes("tea"), monday)));
        assertEquals("2.80", text(prices.getAsOf(bytes("tea"), tuesday)));
        assertNull(prices.get(bytes("tea")));
        assertThrows(
                IllegalArgumentException.class,
                () -> prices.getAsOf(bytes("tea"), monday.minus(Duration.ofDays(8))));
    }

    @Test
    @Order(21)
    void changesAreFollowedAndResumed() {
        // A change stream is asked for at opening; a database stays so until it is told otherwise.
        db.close();
        var retention = new ChangeRetention(64 << 20, Duration.ofDays(1));
        db = Kvarts.open(folder.resolve("data"), Options.defaults().withChanges(retention));
        Keyspace users = db.hashed("users");
        users.put(bytes("ada"), bytes("1"));
        db.write(
                db.batch().put(users, bytes("alan"), bytes("2")).delete(users, bytes("ada")),
                Durability.SYNC);

        long position;
        try (ChangeStream changes = db.changes(0)) {
            ChangeBatch first = changes.next(A_WHILE);
            Change put = first.changes().getFirst();
            assertEquals("users", put.keyspace());
            assertEquals("ada", text(put.key()));
            assertEquals("1", text(put.value()));
            position = changes.position(); // a consumer keeps it with what it made of the changes
        }
        try (ChangeStream changes = db.changes(position)) {
            ChangeBatch second = changes.next(A_WHILE); // whole, as it was written
            assertEquals(2, second.changes().size());
            assertEquals(Change.Kind.DELETE, second.changes().getLast().kind());
            assertNull(changes.next(Duration.ZERO));
        }
        // A process that has not opened the database, beside the one that has:
        try (ChangeStream outside = Kvarts.changes(folder.resolve("data"), position)) {
            assertEquals(2, outside.next(A_WHILE).changes().size());
        }
    }

    @Test
    @Order(22)
    void aCheckpointIsADatabaseOfItsOwn() {
        Keyspace users = db.hashed("users");
        users.put(bytes("ada"), bytes("1"));
        db.checkpoint(folder.resolve("copy")); // files are shared where the file system can
        users.put(bytes("ada"), bytes("2"));
        try (Database copy = Kvarts.open(folder.resolve("copy"))) {
            assertEquals("1", text(copy.hashed("users").get(bytes("ada"))));
        }
    }

    @Test
    @Order(23)
    void backupsAreIncrementalAndRestoredToAnyMomentBetweenThem() {
        db.close();
        var retention = new ChangeRetention(64 << 20, Duration.ofDays(1));
        db = Kvarts.open(folder.resolve("data"), Options.defaults().withChanges(retention));
        Keyspace users = db.hashed("users");
        Path backups = folder.resolve("backups");

        users.put(bytes("ada"), bytes("1"));
        BackupReport first = db.backup(backups); // others may write meanwhile
        users.put(bytes("ada"), bytes("2"));
        long between = db.stats().sequence();
        users.delete(bytes("ada")); // by mistake
        db.backup(backups); // only what is new is copied

        assertEquals(2, Backups.list(backups).size());
        assertTrue(Backups.verify(backups).ok());
        long one = first.backup().number();
        assertEquals("1", restored(backups, new RestorePoint.Numbered(one), "one"));
        assertEquals("2", restored(backups, new RestorePoint.AtSequence(between), "between"));
        assertNull(restored(backups, new RestorePoint.Latest(), "latest"));

        assertEquals(1, Backups.keep(backups, 1).size()); // deletes the older one
    }

    private String restored(Path backups, RestorePoint point, String name) {
        Backups.restore(backups, point, folder.resolve(name));
        try (Database restored = Kvarts.open(folder.resolve(name))) {
            byte[] value = restored.hashed("users").get(bytes("ada"));
            return value == null ? null : text(value);
        }
    }

    @Test
    @Order(24)
    void keyspacesAreListedAndDropped() {
        db.hashed("users");
        Keyspace events = db.ordered("events");
        assertEquals(List.of("events", "users"), db.keyspaces());
        assertTrue(db.keyspace("events") instanceof OrderedKeyspace);
        assertTrue(db.drop("events"));
        assertNull(db.keyspace("events"));
        assertThrows(IllegalStateException.class, () -> events.get(bytes("a")));
        // A name has one shape at a time.
        assertThrows(IllegalStateException.class, () -> db.ordered("users"));
    }

    @Test
    @Order(25)
    void aDatabaseTellsWhatItDoesAndWhatItTakes() {
        Keyspace users = db.hashed("users");
        for (int i = 0; i < 1_000; i++) {
            users.put(bytes("user" + i), bytes("value" + i));
        }
        db.flush();
        users.get(bytes("user7"));

        DatabaseStats stats = db.stats();
        assertTrue(stats.sequence() >= 1_000); // one number for each write
        assertEquals(1_000, users.stats().puts());
        assertEquals(1, users.stats().hits());
        assertTrue(stats.storedBytes() > 0);

        MemoryReport memory = db.memory();
        assertTrue(memory.usedBytes() <= memory.limitBytes());
        assertEquals(
                memory.usedBytes(),
                memory.items().values().stream().mapToLong(Long::longValue).sum());

        db.compact(); // for quiet hours: gives back the space of what was overwritten
        VerifyReport verified = db.verify(); // reads every byte of every file
        assertTrue(verified.ok());
    }

    @Test
    @Order(26)
    void closingMakesEverythingDurableAndIsSafeWhileOthersWork() {
        Keyspace users = db.hashed("users");
        users.put(bytes("ada"), bytes("1"));
        db.close();
        db.close(); // does nothing
        assertThrows(IllegalStateException.class, () -> users.get(bytes("ada")));
        db = Kvarts.open(folder.resolve("data"));
        assertArrayEquals(bytes("1"), db.hashed("users").get(bytes("ada")));
    }

    /// A time after what was written before, and before what is written next.
    private static Instant aMomentAgo() throws InterruptedException {
        Instant now = Instant.now();
        while (Instant.now().toEpochMilli() <= now.toEpochMilli() + 1) {
            Thread.sleep(1);
        }
        return now;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
