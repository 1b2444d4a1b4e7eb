package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/// What happens to cursors that are used wrongly, and to the files that they hold.
@Isolated("what the logger is told is counted, and garbage is collected again and again")
class OrderedCursorTest {
    private static final long SEED = Long.getLong("kvarts.walk.seed", System.nanoTime());
    private static final int ENTRIES = 500;
    private static final int PATIENCE = 2_000; // looks, 10 ms apart

    @TempDir private Path directory;

    private static byte[] key(int number) {
        return ByteBuffer.allocate(4).putInt(number).array();
    }

    private static byte[] value(int number) {
        return ByteBuffer.allocate(number % 3 == 0 ? 1_500 : 20).putInt(number).array();
    }

    private static void fill(OrderedKeyspace keyspace) {
        for (int i = 0; i < ENTRIES; i++) {
            keyspace.put(key(i), value(i));
        }
    }

    private static KeyspaceOptions small() {
        return KeyspaceOptions.defaults().withBlockBytes(KeyspaceOptions.BLOCK_BYTES_MIN);
    }

    /// Every call but closing, which may be done again and again.
    private static void requireUseless(OrderedCursor cursor) {
        for (Runnable call :
                List.<Runnable>of(
                        cursor::next,
                        cursor::previous,
                        cursor::first,
                        cursor::last,
                        () -> cursor.seek(key(1)),
                        () -> cursor.seekBefore(key(1)),
                        cursor::key,
                        cursor::value,
                        cursor::keySegment,
                        cursor::valueSegment)) {
            assertThrows(IllegalStateException.class, call::run);
        }
        cursor.close();
        cursor.close();
    }

    @ParameterizedTest
    @EnumSource(ReadMode.class)
    void afterItsCloseACursorIsOfNoUse(ReadMode mode) {
        Options options = Workload.tinyOptions().withReadMode(mode);
        var left = new ArrayList<OrderedCursor>();
        try (Database db = Kvarts.open(directory, options)) {
            OrderedKeyspace keyspace = db.ordered("o", small());
            fill(keyspace);
            db.flush();
            OrderedCursor closed = keyspace.cursor();
            assertTrue(closed.next());
            closed.close();
            requireUseless(closed);
            OrderedCursor dropped = keyspace.cursor();
            assertTrue(dropped.seek(key(100)));
            assertTrue(db.drop("o"));
            requireUseless(dropped);
            OrderedKeyspace again = db.ordered("o", small());
            fill(again);
            db.flush();
            for (int i = 0; i < 3; i++) {
                left.add(again.cursor());
            }
            assertTrue(left.get(1).last());
            assertTrue(left.get(2).first());
        }
        left.forEach(OrderedCursorTest::requireUseless);
    }

    /// Two threads in one cursor: a move is right or says that somebody else is inside.
    @Test
    void aSecondThreadInACursorIsTold() throws Exception {
        try (Database db = Kvarts.open(directory, Workload.tinyOptions())) {
            OrderedKeyspace keyspace = db.ordered("o", small());
            fill(keyspace);
            db.flush();
            fill(keyspace);
            var told = new AtomicBoolean();
            var end = new AtomicBoolean();
            try (OrderedCursor cursor = keyspace.cursor()) {
                var threads = new ArrayList<CompletableFuture<Void>>();
                for (int i = 0; i < 2; i++) {
                    var random = new SplittableRandom(SEED + i);
                    threads.add(
                            WalkWhileWritingTest.start(
                                    "mover-" + i, () -> move(cursor, random, told, end)));
                }
                CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new)).join();
                assertTrue(told.get(), "two threads moved one cursor and nobody said so");
                assertTrue(cursor.seek(key(77)));
                assertArrayEquals(value(77), cursor.value());
            }
        }
    }

    private static void move(
            OrderedCursor cursor, SplittableRandom random, AtomicBoolean told, AtomicBoolean end) {
        for (int i = 0; i < 2_000_000 && !end.get(); i++) {
            try {
                switch (random.nextInt(4)) {
                    case 0 -> cursor.next();
                    case 1 -> cursor.previous();
                    case 2 -> assertTrue(cursor.seek(key(random.nextInt(ENTRIES))));
                    default -> assertTrue(cursor.seekBefore(key(random.nextInt(1, ENTRIES))));
                }
            } catch (IllegalStateException e) {
                assertTrue(e.getMessage().contains("thread"), e.getMessage());
                told.set(true);
                end.set(i > 1_000);
            }
        }
    }

    /// Cursors are walked over while the database is closed, or their keyspace dropped, under them.
    @ParameterizedTest
    @EnumSource(ReadMode.class)
    void whoWalksWhileOthersCloseGetsIllegalStateException(ReadMode mode) {
        Options options = Workload.tinyOptions().withReadMode(mode);
        for (int round = 0; round < 8; round++) {
            boolean drop = round % 2 == 0;
            Database db = Kvarts.open(directory, options);
            OrderedKeyspace keyspace = db.ordered("o", small());
            fill(keyspace);
            if (round % 4 < 2) {
                db.flush();
            }
            var walked = new AtomicBoolean();
            var threads = new ArrayList<CompletableFuture<Void>>();
            for (int i = 0; i < 3; i++) {
                boolean backward = i == 1;
                threads.add(
                        WalkWhileWritingTest.start(
                                "walker-" + i, () -> walkUntilClosed(keyspace, backward, walked)));
            }
            while (!walked.get() && threads.stream().noneMatch(CompletableFuture::isDone)) {
                Thread.onSpinWait();
            }
            if (drop) {
                db.drop("o");
            } else {
                db.close();
            }
            CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new)).join();
            db.close();
        }
    }

    private static void walkUntilClosed(
            OrderedKeyspace keyspace, boolean backward, AtomicBoolean walked) {
        try {
            while (true) {
                try (OrderedCursor cursor = keyspace.cursor()) {
                    while (backward ? cursor.previous() || cursor.last() : cursor.next()) {
                        int number = ByteBuffer.wrap(cursor.key()).getInt();
                        assertArrayEquals(value(number), cursor.value());
                        if (backward && number == 0) {
                            break;
                        }
                    }
                    walked.set(true);
                }
            }
        } catch (IllegalStateException closed) {
            walked.set(true); // as documented
        }
    }

    private static Set<String> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            var names = new TreeSet<String>();
            all.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("table-") || name.startsWith("values-"))
                    .forEach(names::add);
            return names;
        }
    }

    private static void overwriteAndCompact(Database db, OrderedKeyspace keyspace) {
        for (int round = 0; round < 3; round++) {
            fill(keyspace);
            db.flush();
        }
        keyspace.compact(Range.all());
    }

    /// Files that only an open cursor looks at stay until it is closed, and not longer.
    @Test
    void whatACursorHoldsIsGivenBackWhenItIsClosed() throws Exception {
        try (Database db = Kvarts.open(directory, Workload.tinyOptions())) {
            OrderedKeyspace keyspace = db.ordered("o", small());
            fill(keyspace);
            db.flush();
            overwriteAndCompact(db, keyspace);
            awaitAllNamed(keyspace);
            OrderedCursor cursor = keyspace.cursor();
            overwriteAndCompact(db, keyspace);
            assertEquals(ENTRIES, count(cursor));
            assertTrue(
                    files(directory).size() > keyspace.stats().runs(),
                    "what an open cursor needs is gone");
            cursor.close();
            awaitAllNamed(keyspace);
        }
    }

    private static int count(OrderedCursor cursor) {
        int count = 0;
        for (boolean there = cursor.first(); there; there = cursor.next()) {
            assertArrayEquals(value(ByteBuffer.wrap(cursor.key()).getInt()), cursor.value());
            count++;
        }
        return count;
    }

    /// Waits until there are no files but those that the keyspace names.
    private void awaitAllNamed(OrderedKeyspace keyspace) throws Exception {
        for (int i = 0; i < PATIENCE && files(directory).size() > keyspace.stats().runs(); i++) {
            Thread.sleep(10);
        }
        assertTrue(
                files(directory).size() <= keyspace.stats().runs(),
                () -> "files that nobody needs stay: " + keyspace.stats());
    }

    /// Opened, looked at, and never closed: found when it is collected, told, and what it held is
    /// given back.
    @Test
    void aForgottenCursorIsFoundAndTold() throws Exception {
        var records = new CopyOnWriteArrayList<LogRecord>();
        var handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord record) {
                        records.add(record);
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        Logger logger = Logger.getLogger("dev.kvarts");
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        try (Database db = Kvarts.open(directory, Workload.tinyOptions().withReportLeaks(true))) {
            OrderedKeyspace keyspace = db.ordered("o", small());
            fill(keyspace);
            db.flush();
            overwriteAndCompact(db, keyspace);
            awaitAllNamed(keyspace);
            forget(keyspace);
            overwriteAndCompact(db, keyspace);
            for (int i = 0; i < PATIENCE && (records.isEmpty() || more(keyspace)); i++) {
                System.gc();
                Thread.sleep(10);
            }
            assertFalse(more(keyspace), "the files of a forgotten cursor stay: " + db.stats());
            assertEquals(1, records.size());
            assertTrue(records.getFirst().getMessage().contains("never closed"));
            Throwable origin = records.getFirst().getThrown();
            assertTrue(
                    Stream.of(origin.getStackTrace())
                            .anyMatch(frame -> frame.getMethodName().equals("forget")),
                    "where it was opened is not told");
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
    }

    /// Whether there are files that the keyspace does not name.
    private boolean more(OrderedKeyspace keyspace) throws IOException {
        return files(directory).size() > keyspace.stats().runs();
    }

    @SuppressWarnings("resource") // forgotten on purpose
    private static void forget(OrderedKeyspace keyspace) {
        OrderedCursor cursor = keyspace.cursor();
        assertTrue(cursor.next());
        assertTrue(cursor.last());
    }

    /// A cursor from before a file was ingested, flushed or merged sees none of it.
    @Test
    void aCursorDoesNotSeeWhatComesLater() {
        try (Database db = Kvarts.open(directory, Workload.tinyOptions())) {
            OrderedKeyspace keyspace = db.ordered("o", small());
            fill(keyspace);
            try (OrderedCursor cursor = keyspace.cursor()) {
                keyspace.deleteRange(Range.atLeast(key(100)));
                keyspace.put(key(50), new byte[5]);
                db.flush();
                keyspace.compact(Range.all());
                keyspace.deleteRange(Range.all());
                keyspace.compact(Range.all());
                assertEquals(ENTRIES, count(cursor));
            }
            assertEquals(0, Contents.read(db).size());
        }
    }
}
