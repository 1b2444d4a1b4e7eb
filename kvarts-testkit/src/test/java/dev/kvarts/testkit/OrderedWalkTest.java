package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Writers write batches, remove ranges and ingest, others flush, compact and change strategies,
/// and meanwhile every cursor, in either direction, shows the keyspace as it was at one instant,
/// and goes on to show that for as long as it is open.
class OrderedWalkTest {
    private static final long SEED = Long.getLong("kvarts.walk.seed", System.nanoTime());
    private static final int STEPS = Integer.getInteger("kvarts.walk.steps", 400);
    private static final int WRITERS = 2;
    private static final int READERS = 2;
    private static final String NAME = "o";

    @TempDir private Path directory;

    private final AtomicLong views = new AtomicLong();

    private static KeyspaceOptions small() {
        return KeyspaceOptions.defaults()
                .withBlockBytes(KeyspaceOptions.BLOCK_BYTES_MIN)
                .withValueSeparation(400);
    }

    @Test
    void withMappedReads() throws Exception {
        run(Workload.tinyOptions().withReadMode(ReadMode.MAPPED), small());
    }

    @Test
    void withPositionalReads() throws Exception {
        run(
                Workload.tinyOptions().withReadMode(ReadMode.POSITIONAL),
                small().withCompaction(Compaction.LEVELED));
    }

    @Test
    void withOneBackgroundThread() throws Exception {
        run(
                Workload.tinyOptions().withBackgroundThreads(1),
                small().withCompaction(Compaction.SIZE_TIERED));
    }

    @Test
    void withCompressedBlocks() throws Exception {
        run(
                Workload.tinyOptions().withReadMode(ReadMode.MAPPED),
                small().withCodec("lz4").withCompaction(Compaction.TIME_WINDOW));
    }

    @Test
    void withLargerStoresAndNothingApart() throws Exception {
        run(
                Workload.tinyOptions().withMemoryStore(1 << 20),
                small().withValueSeparation(KeyspaceOptions.VALUE_SEPARATION_MAX));
    }

    private void run(Options options, KeyspaceOptions ordered) throws Exception {
        var done = new AtomicBoolean();
        try {
            try (Database db = Kvarts.open(directory, options)) {
                OrderedKeyspace keyspace = db.ordered(NAME, ordered);
                var writers = new ArrayList<CompletableFuture<Void>>();
                var others = new ArrayList<CompletableFuture<Void>>();
                for (int i = 0; i < WRITERS; i++) {
                    var script = new WalkScript(i, SEED);
                    writers.add(
                            start("writer-" + i, done, () -> write(db, keyspace, script, done)));
                }
                for (int i = 0; i < READERS; i++) {
                    long seed = SEED + 100 + i;
                    others.add(start("reader-" + i, done, () -> read(keyspace, seed, done)));
                }
                others.add(start("looker", done, () -> look(keyspace, done)));
                others.add(start("keeper", done, () -> maintain(db, ordered, done)));
                CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).join();
                done.set(true);
                CompletableFuture.allOf(others.toArray(CompletableFuture[]::new)).join();
                requireEnd(db);
                db.flush();
                requireEnd(db);
                assertTrue(db.verify().ok(), () -> db.verify().toString());
            }
            try (Database db = Kvarts.open(directory, options)) {
                requireEnd(db);
                db.compact();
                requireEnd(db);
            }
        } catch (CompletionException e) {
            throw new AssertionError("kvarts.walk.seed=" + SEED + ": " + e.getCause(), e);
        } catch (Throwable e) {
            throw new AssertionError("kvarts.walk.seed=" + SEED + ": " + e, e);
        }
        assertTrue(views.get() >= READERS, "views=" + views);
    }

    /// One failure ends all.
    private static CompletableFuture<Void> start(String name, AtomicBoolean done, Runnable task) {
        return WalkWhileWritingTest.start(
                name,
                () -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        done.set(true);
                        throw e;
                    }
                });
    }

    private static void write(
            Database db, OrderedKeyspace keyspace, WalkScript script, AtomicBoolean done) {
        while (script.step() < STEPS && !done.get()) {
            script.write(db, keyspace);
        }
    }

    private static void requireEnd(Database db) {
        for (int i = 0; i < WRITERS; i++) {
            var script = new WalkScript(i, SEED);
            try (OrderedCursor cursor = db.ordered(NAME).cursor(script.range())) {
                script.require(walk(cursor, false));
                assertEquals(STEPS, script.step());
            }
        }
    }

    private static NavigableMap<byte[], byte[]> walk(OrderedCursor cursor, boolean backward) {
        var found = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        byte[] before = null;
        for (boolean there = backward ? cursor.last() : cursor.first();
                there;
                there = backward ? cursor.previous() : cursor.next()) {
            byte[] key = cursor.key();
            if (before != null && Arrays.compareUnsigned(before, key) >= 0 != backward) {
                throw new AssertionError("out of order, backward=" + backward);
            }
            before = key;
            found.put(key, cursor.value());
        }
        return found;
    }

    /// Opens cursors, looks at everything, keeps some of them and looks again later.
    private void read(OrderedKeyspace keyspace, long seed, AtomicBoolean done) {
        record Kept(OrderedCursor cursor, NavigableMap<byte[], byte[]> view) {}
        var random = new SplittableRandom(seed);
        var scripts = new ArrayList<WalkScript>();
        for (int i = 0; i < WRITERS; i++) {
            scripts.add(new WalkScript(i, SEED));
        }
        List<Kept> kept = new ArrayList<>();
        do {
            OrderedCursor cursor = keyspace.cursor();
            NavigableMap<byte[], byte[]> view = walk(cursor, random.nextBoolean());
            for (WalkScript script : scripts) {
                Range range = script.range();
                var part = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
                part.putAll(view.subMap(range.from(), range.to()));
                script.require(part);
            }
            kept.add(new Kept(cursor, view));
            for (int i = 0; i < 20; i++) {
                seek(kept.get(random.nextInt(kept.size())).cursor, view, cursor, scripts, random);
            }
            if (kept.size() > 3) {
                Kept old = kept.remove(random.nextInt(kept.size()));
                requireSame(old.view, walk(old.cursor, random.nextBoolean()));
                old.cursor.close();
            }
            views.incrementAndGet();
        } while (!done.get());
        kept.forEach(
                each -> {
                    requireSame(each.view, walk(each.cursor, random.nextBoolean()));
                    each.cursor.close();
                });
    }

    /// In one whose view is known the answer is, too.
    private static void seek(
            OrderedCursor any,
            NavigableMap<byte[], byte[]> view,
            OrderedCursor known,
            List<WalkScript> scripts,
            SplittableRandom random) {
        byte[] key = scripts.get(random.nextInt(scripts.size())).anyKey(random);
        boolean before = random.nextBoolean();
        boolean there = before ? any.seekBefore(key) : any.seek(key);
        if (any.equals(known)) {
            byte[] expected = before ? view.lowerKey(key) : view.ceilingKey(key);
            assertEquals(expected != null, there);
            if (there && !Arrays.equals(expected, any.key())) {
                throw new AssertionError("seek leads elsewhere, before=" + before);
            }
        }
    }

    private static void requireSame(
            NavigableMap<byte[], byte[]> expected, NavigableMap<byte[], byte[]> now) {
        assertEquals(expected.size(), now.size(), "the view of an open cursor has changed");
        expected.forEach(
                (key, value) -> {
                    if (!Arrays.equals(value, now.get(key))) {
                        throw new AssertionError("the view of an open cursor has changed");
                    }
                });
    }

    /// Looks single keys up, and knows between which steps.
    private static void look(OrderedKeyspace keyspace, AtomicBoolean done) {
        var random = new SplittableRandom(SEED + 200);
        var scripts = new ArrayList<WalkScript>();
        for (int i = 0; i < WRITERS; i++) {
            scripts.add(new WalkScript(i, SEED));
        }
        do {
            WalkScript script = scripts.get(random.nextInt(WRITERS));
            byte[] key = script.anyKey(random);
            int first = WalkScript.number(keyspace.get(script.numberKey()));
            byte[] found = keyspace.get(key);
            int last = WalkScript.number(keyspace.get(script.numberKey()));
            script.requireOneOf(key, found, first, last);
        } while (!done.get());
    }

    private static void maintain(Database db, KeyspaceOptions ordered, AtomicBoolean done) {
        var random = new SplittableRandom(SEED + 300);
        Compaction[] all = Compaction.values();
        while (!done.get()) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> db.flush();
                case 3 -> {
                    byte[] from = {(byte) random.nextInt(WRITERS)};
                    db.ordered(NAME).compact(Range.prefix(from));
                }
                case 4 -> db.compact();
                case 5 -> db.ordered(NAME, ordered.withCompaction(all[random.nextInt(all.length)]));
                default -> Thread.onSpinWait();
            }
        }
    }
}
