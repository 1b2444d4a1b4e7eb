package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.concurrent.TimeUnit.MINUTES;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Compaction;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.Database;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.db.Engine;
import dev.kvarts.inspect.DatabaseLayout.HashedLayout;
import dev.kvarts.inspect.DatabaseLayout.Level;
import dev.kvarts.inspect.DatabaseLayout.OrderedLayout;
import dev.kvarts.inspect.DatabaseLayout.RunFile;
import dev.kvarts.inspect.DatabaseLayout.SortedRun;
import dev.kvarts.inspect.DatabaseLayout.TableFile;
import dev.kvarts.inspect.DatabaseLayout.ValueFile;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.ForwardingScheduler;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToLongFunction;

/// A layout says what the manifest and the footers say, also while they change.
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LayoutsTest {
    private static final int LARGE = 2_000; // bytes; apart from its key

    @TempDir private Path directory;

    private static final Options OPTIONS =
            Options.defaults()
                    .withMemory(Options.MEMORY_BYTES_MIN)
                    .withMemoryStore(64 << 10)
                    .withLogSegmentBytes(64 << 10);

    private Database open() {
        return Kvarts.open(directory, OPTIONS);
    }

    /// What a flush wrote stays as it is: at rest it would be merged at any moment.
    private Database openWithoutCompaction() throws IOException {
        var scheduler =
                new ForwardingScheduler(2) {
                    @Override
                    public void submit(String name, Runnable job) {
                        if (!name.startsWith("lsm: compact")) {
                            super.submit(name, job);
                        }
                    }
                };
        return Engine.open(RealDirectory.open(directory, true), scheduler, OPTIONS);
    }

    private static byte[] key(int number) {
        return "%06d".formatted(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] value(int size) {
        byte[] value = new byte[size];
        Arrays.fill(value, (byte) 'v');
        return value;
    }

    private OrderedLayout ordered() throws IOException {
        return (OrderedLayout) Layouts.read(directory).keyspaces().getLast();
    }

    private static long sum(OrderedLayout layout, ToLongFunction<TableFile> of) {
        return layout.tables().stream().mapToLong(of).sum();
    }

    @Test
    void everyEntryIsInSomeTableAndEveryFileIsNamedOnce() throws IOException {
        var options = KeyspaceOptions.defaults().withCompaction(Compaction.SIZE_TIERED);
        try (Database db = open()) {
            db.hashed("a").put(key(1), value(10));
            db.hashed("a").put(key(2), value(10));
            db.hashed("a").delete(key(3));
            OrderedKeyspace keyspace = db.ordered("k", options);
            for (int i = 0; i < 100; i++) {
                keyspace.put(key(i), value(i < 60 ? 10 : LARGE));
            }
            keyspace.delete(key(200));
            db.flush();
        }
        DatabaseLayout layout = Layouts.read(directory);
        assertTrue(layout.logSegments() > 0);
        var hashed = (HashedLayout) layout.keyspaces().getFirst();
        assertEquals("a", hashed.name());
        assertEquals(3, hashed.runs().stream().mapToLong(RunFile::records).sum());
        assertEquals(1, hashed.runs().stream().mapToLong(RunFile::tombstones).sum());
        OrderedLayout ordered = ordered();
        assertEquals("k", ordered.name());
        assertEquals(options, ordered.options());
        assertEquals(101, sum(ordered, TableFile::entries));
        assertEquals(1, sum(ordered, TableFile::tombstones));
        assertEquals(40, ordered.valueFiles().stream().mapToLong(ValueFile::liveRecords).sum());
        long bytes = 0;
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                bytes += name.matches("(run|table|values)-\\d+") ? Files.size(file) : 0;
            }
        }
        assertEquals(bytes, hashed.fileBytes() + ordered.fileBytes());
    }

    @Test
    void boundsOfATableAreThoseOfItsKeysAndItsRangeTombstones() throws IOException {
        try (Database db = openWithoutCompaction()) {
            OrderedKeyspace keyspace = db.ordered("k");
            for (int i = 0; i < 100; i++) {
                keyspace.put(key(i), value(10)); // tombstones over nothing would not be kept
            }
            db.flush();
            keyspace.put(key(50), value(10));
            keyspace.put(key(60), value(10));
            keyspace.deleteRange(Range.closedOpen(key(40), key(55)));
            db.flush();
            TableFile table = newest();
            assertEquals(1, table.rangeTombstones());
            assertEquals("000040", new String(table.firstKey(), StandardCharsets.US_ASCII));
            assertEquals("000060", new String(table.lastKey(), StandardCharsets.US_ASCII));
            keyspace.put(key(70), value(10));
            keyspace.deleteRange(Range.atLeast(key(65)));
            db.flush();
            assertNull(newest().lastKey());
        }
    }

    private TableFile newest() throws IOException {
        return ordered().levels().getFirst().runs().getFirst().tables().getFirst();
    }

    @Test
    void garbageIsWhatNoTablePointsToAnyMore() throws IOException {
        try (Database db = open()) {
            OrderedKeyspace keyspace = db.ordered("k");
            for (int i = 0; i < 100; i++) {
                keyspace.put(key(i), value(LARGE));
            }
            db.flush();
            for (ValueFile file : ordered().valueFiles()) {
                assertEquals(file.records(), file.liveRecords());
                assertEquals(0, file.garbageBytes());
            }
            for (int i = 0; i < 100; i += 4) {
                keyspace.delete(key(i));
            }
            keyspace.compact(Range.all());
            OrderedLayout layout = ordered();
            assertEquals(75, sum(layout, TableFile::entries));
            assertEquals(75, layout.valueFiles().stream().mapToLong(ValueFile::liveRecords).sum());
            for (ValueFile file : layout.valueFiles()) {
                long expected = file.records() - file.liveRecords();
                assertEquals((double) expected / file.records(), 1 - file.liveShare(), 1e-9);
            }
        }
    }

    @Test
    void tablesOfARunAreInOrderAndApart() throws IOException {
        try (Database db = open()) {
            OrderedKeyspace keyspace = db.ordered("k");
            for (int i = 0; i < 20_000; i++) {
                keyspace.put(key(i * 7919 % 20_000), value(50));
            }
            keyspace.compact(Range.all());
        }
        OrderedLayout layout = ordered();
        int before = -1;
        for (Level level : layout.levels()) {
            assertTrue(level.number() > before);
            before = level.number();
            for (SortedRun run : level.runs()) {
                byte[] last = null;
                for (TableFile table : run.tables()) {
                    assertTrue(Arrays.compareUnsigned(table.firstKey(), table.lastKey()) <= 0);
                    assertTrue(last == null || Arrays.compareUnsigned(last, table.firstKey()) < 0);
                    last = table.firstKey();
                    for (byte[] divider : table.dividers()) {
                        assertTrue(Arrays.compareUnsigned(last, divider) < 0);
                        last = divider;
                    }
                    assertTrue(Arrays.compareUnsigned(last, table.lastKey()) <= 0);
                    last = table.lastKey();
                }
            }
        }
        assertEquals(20_000, sum(layout, TableFile::entries));
        assertTrue(layout.tables().stream().anyMatch(table -> table.dividers().size() > 3));
    }

    @Test
    void layoutIsReadWhileFilesComeAndGo() throws Exception {
        var stop = new AtomicBoolean();
        var compacted = new CountDownLatch(1);
        try (Database db = open()) {
            OrderedKeyspace keyspace = db.ordered("k");
            var writer =
                    CompletableFuture.runAsync(
                            () -> {
                                while (!stop.get()) {
                                    for (int i = 0; i < 500; i++) {
                                        keyspace.put(key(i), value(i % 10 == 0 ? LARGE : 100));
                                    }
                                    keyspace.compact(Range.all());
                                    compacted.countDown();
                                }
                            });
            assertTrue(compacted.await(1, MINUTES)); // or all is read before it has begun
            for (int i = 0; i < 300; i++) {
                long entries = sum(ordered(), TableFile::entries);
                assertTrue(entries <= 20_000, "entries=" + entries);
            }
            stop.set(true);
            writer.get();
            assertEquals(500, sum(ordered(), TableFile::entries));
        }
    }

    @Test
    void damagedFooterIsNamedByItsFile() throws IOException {
        try (Database db = open()) {
            db.hashed("a").put(key(1), value(10));
            db.ordered("k").put(key(1), value(LARGE));
            db.flush();
        }
        for (String prefix : new String[] {"run-", "table-", "values-"}) {
            Path file;
            try (var files = Files.list(directory)) {
                file =
                        files.filter(each -> each.getFileName().toString().startsWith(prefix))
                                .findFirst()
                                .orElseThrow();
            }
            Damage.flip(file, Files.size(file) - 9);
            var damage = assertThrows(CorruptionException.class, () -> Layouts.read(directory));
            assertEquals(file.getFileName().toString(), damage.file());
            Damage.flip(file, Files.size(file) - 9);
        }
        Layouts.read(directory);
    }

    @Test
    void directoryWithoutADatabaseHasNoLayout() {
        assertThrows(NoSuchFileException.class, () -> Layouts.read(directory));
        assertThrows(NoSuchFileException.class, () -> Layouts.options(directory));
    }

    @Test
    void optionsAreThoseThatAreStored() throws IOException {
        var options = KeyspaceOptions.defaults().withBlockBytes(8192).withCodec("lz4");
        try (Database db = open()) {
            db.ordered("k", options);
            db.hashed("a");
        }
        assertEquals(options, Layouts.options(directory).get("k"));
        assertEquals(2, Layouts.options(directory).size());
    }
}
