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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Files with entries that expire, written once by version 2 of log, runs and tables, can be read
/// for ever.
final class GoldenExpiryTest {
    private static final long SIZE_MAX = 400 << 10;

    @TempDir private Path directory;

    @BeforeEach
    void copy() throws IOException {
        GoldenExpiry.copyTo(directory);
    }

    private static void check(Database db, boolean later) {
        for (String name : GoldenExpiry.KEYSPACES) {
            Keyspace keyspace = db.keyspace(name);
            int there = 0;
            for (int i = 0; i < GoldenExpiry.COUNT; i++) {
                byte[] key = GoldenExpiry.key(i);
                Duration ttl = GoldenExpiry.ttl(i);
                if (later && ttl.equals(GoldenExpiry.WHILE)) {
                    assertNull(keyspace.get(key), name + " " + i);
                    continue;
                }
                there++;
                assertArrayEquals(GoldenExpiry.value(i), keyspace.get(key), name + " " + i);
                assertEquals(ttl.isZero(), keyspace.expiresAt(key) == null, name + " " + i);
            }
            assertEquals(there, GoldenDatabase.read(keyspace).size(), name);
        }
    }

    @ParameterizedTest
    @EnumSource(ReadMode.class)
    void everyEntryIsThereAsLongAsItLives(ReadMode mode) throws IOException {
        try (Database db = GoldenExpiry.open(directory, mode, Duration.ZERO)) {
            check(db, false);
        }
        try (Database db = GoldenExpiry.open(directory, mode, GoldenExpiry.WHILE.multipliedBy(2))) {
            check(db, true);
            db.compact();
            check(db, true);
        }
    }

    @Test
    void theyVerify() throws IOException {
        try (Database db = GoldenExpiry.open(directory, ReadMode.AUTO, Duration.ZERO)) {
            assertEquals(List.of(), db.verify().problems());
            assertTrue(db.stats().replayedRecords() > 0);
        }
    }

    @Test
    void eachOfThemIsDescribed() throws IOException {
        long bytes = 0;
        for (Path file : GoldenExpiry.files()) {
            FileReport report = Inspector.inspect(file, Integer.MAX_VALUE);
            assertEquals(List.of(), report.problems(), file::toString);
            String name = file.getFileName().toString();
            if (name.startsWith("run-") || name.startsWith("table-") || name.startsWith("log-")) {
                assertEquals(2, report.version(), name);
            }
            bytes += Files.size(file);
        }
        assertTrue(bytes < SIZE_MAX, "bytes=" + bytes);
        FileReport log = Inspector.inspect(directory.resolve("log-0"), Integer.MAX_VALUE);
        assertTrue(
                log.units().stream().anyMatch(unit -> unit.description().contains(": clock ")),
                "what time it was is not described");
        assertTrue(
                log.units().stream().anyMatch(unit -> unit.description().contains(", expires ")),
                "when an entry expires is not described");
    }
}
