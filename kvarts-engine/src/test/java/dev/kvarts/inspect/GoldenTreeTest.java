package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.manifest.OrderedMeta;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.table.TableFormat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Files of ordered keyspaces that were written once, by manifest version 2, can be read for ever.
final class GoldenTreeTest {
    private static final long SIZE_MAX = 400 << 10;
    private static final List<String> ORDERED = List.of(GoldenTree.RAW, GoldenTree.PACKED);

    @TempDir private Path directory;

    @BeforeEach
    void copy() throws IOException {
        GoldenTree.copyTo(directory);
    }

    private static void checkAll(Database db) {
        for (Map.Entry<String, Map<String, byte[]>> each : GoldenTree.entries().entrySet()) {
            Keyspace keyspace = db.keyspace(each.getKey());
            Map<String, byte[]> found = GoldenDatabase.read(keyspace);
            assertEquals(each.getValue().keySet(), found.keySet(), each.getKey());
            each.getValue()
                    .forEach(
                            (key, value) -> {
                                assertArrayEquals(value, found.get(key), key);
                                byte[] asked = GoldenDatabase.keyOf(key);
                                assertArrayEquals(value, keyspace.get(asked), key);
                            });
        }
    }

    @ParameterizedTest
    @EnumSource(ReadMode.class)
    void everyEntryIsThere(ReadMode mode) throws IOException {
        try (Database db = GoldenTree.open(directory, mode)) {
            List<String> names = List.of(GoldenTree.PACKED, GoldenTree.RAW, GoldenTree.HASHED);
            assertEquals(names, db.keyspaces());
            checkAll(db);
        }
    }

    @ParameterizedTest
    @EnumSource(ReadMode.class)
    void orderedEntriesComeBackwardToo(ReadMode mode) throws IOException {
        try (Database db = GoldenTree.open(directory, mode)) {
            for (String name : ORDERED) {
                var keys = new ArrayList<String>();
                var keyspace = (OrderedKeyspace) db.keyspace(name);
                try (OrderedCursor cursor = keyspace.cursor(Range.all())) {
                    for (boolean there = cursor.last(); there; there = cursor.previous()) {
                        keys.add(HexFormat.of().formatHex(cursor.key()));
                    }
                }
                assertEquals(List.copyOf(GoldenTree.entries().get(name).keySet()), keys.reversed());
            }
        }
    }

    @Test
    void deletedEntriesAreNotThere() throws IOException {
        try (Database db = GoldenTree.open(directory, ReadMode.AUTO)) {
            assertNull(db.keyspace(GoldenTree.HASHED).get(GoldenTree.ascii("session001")));
            for (String name : ORDERED) {
                for (String key :
                        List.of("city/0034", "note/50", "note/4/x/x/x/x", "ingested/06")) {
                    assertNull(db.keyspace(name).get(GoldenTree.ascii(key)), key);
                }
            }
        }
    }

    @Test
    void theyVerify() throws IOException {
        try (Database db = GoldenTree.open(directory, ReadMode.AUTO)) {
            assertEquals(List.of(), db.verify().problems());
            assertTrue(db.stats().replayedRecords() > 0);
        }
    }

    @Test
    void theyCanBeWrittenToCompactedAndReopened() throws IOException {
        byte[] key = GoldenTree.ascii("zzz");
        try (Database db = GoldenTree.open(directory, ReadMode.AUTO)) {
            for (String name : ORDERED) {
                db.keyspace(name).put(key, key);
            }
            db.flush();
            db.compact();
        }
        try (Database db = GoldenTree.open(directory, ReadMode.AUTO)) {
            for (String name : ORDERED) {
                assertArrayEquals(key, db.keyspace(name).get(key));
                db.keyspace(name).delete(key);
            }
            checkAll(db);
            assertEquals(List.of(), db.verify().problems());
        }
    }

    @Test
    void eachOfThemIsDescribed() throws IOException {
        long bytes = 0;
        for (Path file : GoldenTree.files()) {
            FileReport report = Inspector.inspect(file, Integer.MAX_VALUE);
            assertEquals(List.of(), report.problems(), file::toString);
            int version =
                    switch (report.kind()) {
                        case "lock file" -> 0;
                        case "manifest" -> 2;
                        default -> 1;
                    };
            assertEquals(version, report.version(), file::toString);
            bytes += Files.size(file);
        }
        assertTrue(bytes < SIZE_MAX, "bytes=" + bytes);
    }

    /// What these files are kept for is in them.
    @Test
    void theyHaveEveryPartOfATree() throws IOException {
        byte[] manifest = Files.readAllBytes(directory.resolve("manifest"));
        for (var each : ManifestFormat.decode(manifest, "manifest").keyspaces()) {
            if (!(each instanceof OrderedMeta ordered)) {
                continue;
            }
            boolean packed = ordered.name().equals(GoldenTree.PACKED);
            assertTrue(ordered.tables().stream().anyMatch(table -> table.globalSequence() != 0));
            assertNotEquals(0, ordered.valueFiles().size());
            assertTrue(sum(ordered, "range tombstones") > 0);
            assertTrue(sum(ordered, "tombstones") > 0);
            assertTrue(sum(ordered, "value files") > 0);
            assertTrue(sum(ordered, "blocks") > 2L * ordered.tables().size());
            assertEquals(packed, sum(ordered, "compressed blocks") > 0);
        }
    }

    private long sum(OrderedMeta keyspace, String field) throws IOException {
        long sum = 0;
        for (TableMeta table : keyspace.tables()) {
            byte[] file = Files.readAllBytes(directory.resolve("table-" + table.number()));
            byte[] trailer =
                    Arrays.copyOfRange(file, file.length - TableFormat.TRAILER_SIZE, file.length);
            MemorySegment segment = MemorySegment.ofArray(trailer);
            sum += TableFormat.TRAILER.number(field, segment, 0);
        }
        return sum;
    }
}
