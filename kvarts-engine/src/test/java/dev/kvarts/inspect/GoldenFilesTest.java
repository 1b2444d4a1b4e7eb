package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.ReadMode;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Files that were written once by format version 1 can be read for ever.
final class GoldenFilesTest {
    private static final long SIZE_MAX = 400 << 10;

    @TempDir private Path directory;

    @BeforeEach
    void copy() throws IOException {
        GoldenDatabase.copyTo(directory);
    }

    @ParameterizedTest
    @EnumSource(ReadMode.class)
    void everyEntryIsThere(ReadMode mode) throws IOException {
        try (Database db = GoldenDatabase.open(directory, mode)) {
            assertEquals(List.of(GoldenDatabase.EVENTS, GoldenDatabase.USERS), db.keyspaces());
            for (Map.Entry<String, Map<String, byte[]>> each :
                    GoldenDatabase.entries().entrySet()) {
                Keyspace keyspace = db.hashed(each.getKey());
                Map<String, byte[]> found = GoldenDatabase.read(keyspace);
                assertEquals(each.getValue().keySet(), found.keySet());
                each.getValue()
                        .forEach(
                                (key, value) -> {
                                    assertArrayEquals(value, found.get(key));
                                    assertArrayEquals(
                                            value, keyspace.get(GoldenDatabase.keyOf(key)));
                                });
            }
        }
    }

    @Test
    void deletedEntriesAreNotThere() throws IOException {
        try (Database db = GoldenDatabase.open(directory, ReadMode.AUTO)) {
            byte[] inLog = "user0000".getBytes(StandardCharsets.US_ASCII);
            byte[] inRun = "event/1".getBytes(StandardCharsets.US_ASCII);
            assertNull(db.hashed(GoldenDatabase.USERS).get(inLog));
            assertNull(db.hashed(GoldenDatabase.EVENTS).get(inRun));
        }
    }

    @Test
    void theyVerify() throws IOException {
        try (Database db = GoldenDatabase.open(directory, ReadMode.AUTO)) {
            assertEquals(List.of(), db.verify().problems());
            assertTrue(db.stats().replayedRecords() > 0);
        }
    }

    @Test
    void theyCanBeWrittenToAndReopened() throws IOException {
        byte[] key = "new".getBytes(StandardCharsets.US_ASCII);
        try (Database db = GoldenDatabase.open(directory, ReadMode.AUTO)) {
            db.hashed(GoldenDatabase.USERS).put(key, key);
            db.flush();
            db.compact();
        }
        try (Database db = GoldenDatabase.open(directory, ReadMode.AUTO)) {
            assertArrayEquals(key, db.hashed(GoldenDatabase.USERS).get(key));
            Map<String, byte[]> events = GoldenDatabase.read(db.hashed(GoldenDatabase.EVENTS));
            assertEquals(
                    GoldenDatabase.entries().get(GoldenDatabase.EVENTS).keySet(), events.keySet());
            assertEquals(List.of(), db.verify().problems());
        }
    }

    @Test
    void eachOfThemIsDescribed() throws IOException {
        long bytes = 0;
        for (Path file : GoldenDatabase.files()) {
            FileReport report = Inspector.inspect(file, Integer.MAX_VALUE);
            assertEquals(List.of(), report.problems(), file::toString);
            assertEquals(report.kind().equals("lock file") ? 0 : 1, report.version());
            bytes += Files.size(file);
        }
        assertTrue(bytes < SIZE_MAX, "bytes=" + bytes);
    }
}
