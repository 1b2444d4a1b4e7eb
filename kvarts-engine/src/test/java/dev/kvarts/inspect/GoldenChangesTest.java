package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Backups;
import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.RestorePoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Past changes, their retention and backups, written once by version 1 of each, can be read for
/// ever.
final class GoldenChangesTest {
    private static final long SIZE_MAX = 600 << 10;

    @TempDir private Path temporary;

    @Test
    void everyChangeIsTold() throws IOException {
        List<String> expected = GoldenChanges.expected(temporary.resolve("expected"));
        Path copy = GoldenChanges.copy(GoldenChanges.DATABASE, temporary.resolve("copy"));
        assertEquals(expected, GoldenChanges.read(Kvarts.changes(copy, 0)));
        try (Database db = GoldenChanges.open(copy)) {
            assertEquals(expected, GoldenChanges.read(db.changes(0)));
            assertEquals(List.of(), db.verify().problems());
        }
    }

    @Test
    void eachBackupIsRestored() throws IOException {
        Path copy = GoldenChanges.copy(GoldenChanges.BACKUPS, temporary.resolve("copy"));
        assertEquals(List.of(), Backups.verify(copy).problems());
        long first = Backups.list(copy).getFirst().number();
        requireRestored(copy, new RestorePoint.Numbered(first), false);
        requireRestored(copy, new RestorePoint.Latest(), true);
    }

    private void requireRestored(Path backups, RestorePoint point, boolean second)
            throws IOException {
        Path target = temporary.resolve("restored-" + second);
        Backups.restore(backups, point, target);
        try (Database db = GoldenChanges.open(target)) {
            assertEquals(List.of("hashed", "ordered"), db.keyspaces());
            for (int i = 0; i < GoldenChanges.COUNT; i++) {
                byte[] key = GoldenChanges.key(i);
                byte[] found = db.keyspace(i % 2 == 0 ? "hashed" : "ordered").get(key);
                if (second && (i == 1 || i == 2 || i >= 10 && i < 20 && i % 2 == 1)) {
                    assertNull(found, "key=" + i);
                } else {
                    byte[] value = second && i == 0 ? key : GoldenChanges.value(i);
                    assertArrayEquals(value, found, "key=" + i);
                }
            }
            byte[] last = GoldenChanges.key(GoldenChanges.COUNT);
            assertEquals(second, db.hashed("hashed").get(last) != null);
        }
    }

    @Test
    void eachOfThemIsDescribed() throws IOException {
        long bytes = 0;
        for (Path directory : List.of(GoldenChanges.DATABASE, GoldenChanges.BACKUPS)) {
            for (Path file : GoldenChanges.files(directory)) {
                FileReport report = Inspector.inspect(file, Integer.MAX_VALUE);
                assertEquals(List.of(), report.problems(), file::toString);
                String name = file.getFileName().toString();
                if (name.matches("(changes|backup)-.*|retention")) {
                    assertEquals(1, report.version(), name);
                }
                bytes += Files.size(file);
            }
        }
        assertTrue(bytes < SIZE_MAX, "bytes=" + bytes);
    }
}
