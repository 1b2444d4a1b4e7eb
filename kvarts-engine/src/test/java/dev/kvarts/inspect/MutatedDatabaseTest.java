package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KvartsException;
import dev.kvarts.api.ReadMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// A database with damaged files says so, or is as if nothing were damaged: no other exception, no
/// value that was not written, none that is silently missing. So it is when it is written to,
/// flushed and compacted, and when it is opened again.
///
/// The golden files are damaged at random and opened. `-Dkvarts.seed=N` repeats one seed,
/// `-Dkvarts.rounds=N` tries more of them.
final class MutatedDatabaseTest {
    private static final int ROUNDS = Integer.getInteger("kvarts.rounds", 300);
    private static final Map<String, Map<String, byte[]>> ENTRIES = GoldenDatabase.entries();

    @TempDir private Path directory;

    @Test
    void damagedFilesGiveTheRightValuesOrAKvartsException() throws IOException {
        Long given = Long.getLong("kvarts.seed");
        long first = given != null ? given : System.nanoTime();
        int rounds = given != null ? 1 : ROUNDS;
        int opened = 0;
        for (long seed = first; seed < first + rounds; seed++) {
            var damages = new ArrayList<String>();
            try {
                opened += round(seed, damages) ? 1 : 0;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + seed + " damages=" + damages, e);
            }
        }
        assertTrue(given != null || opened > rounds / 20, "opened=" + opened + " seed=" + first);
    }

    /// Returns whether the database could be opened.
    private boolean round(long seed, List<String> damages) throws IOException {
        var random = new SplittableRandom(seed);
        GoldenDatabase.copyTo(directory);
        for (int i = random.nextInt(2); i >= 0; i--) {
            damages.add(damageOne(random));
        }
        ReadMode mode = random.nextBoolean() ? ReadMode.MAPPED : ReadMode.POSITIONAL;
        Map<String, Map<String, byte[]>> expected = new HashMap<>();
        ENTRIES.forEach((name, entries) -> expected.put(name, new TreeMap<>(entries)));
        boolean opened = false;
        try (Database db = GoldenDatabase.open(directory, mode)) {
            opened = true;
            check(db, expected);
            db.verify();
            write(db, expected, random);
            check(db, expected);
        } catch (KvartsException e) {
            // It says so.
        }
        try (Database db = GoldenDatabase.open(directory, mode)) {
            check(db, expected);
        } catch (KvartsException e) {
            // It says so.
        } finally {
            empty();
        }
        return opened;
    }

    private static void check(Database db, Map<String, Map<String, byte[]>> expected) {
        expected.forEach((name, entries) -> checkGets(db.hashed(name), entries));
        expected.forEach((name, entries) -> checkWalk(db.hashed(name), entries));
    }

    /// Overwrites, deletes and adds, and has it all rewritten.
    private static void write(
            Database db, Map<String, Map<String, byte[]>> expected, SplittableRandom random) {
        for (int round = 0; round < 2; round++) {
            expected.forEach(
                    (name, entries) -> {
                        Keyspace keyspace = db.hashed(name);
                        for (String key : List.copyOf(entries.keySet())) {
                            switch (random.nextInt(6)) {
                                case 0 -> put(keyspace, entries, key, random);
                                case 1 -> delete(keyspace, entries, key);
                                default -> {}
                            }
                        }
                        for (int i = 0; i < 10; i++) {
                            put(keyspace, entries, hex(random, 1 + random.nextInt(40)), random);
                        }
                    });
            attempt(db::flush);
            attempt(db::compact);
        }
    }

    /// What is refused did not happen: the log takes it, or nothing does.
    private static void put(
            Keyspace keyspace, Map<String, byte[]> entries, String key, SplittableRandom random) {
        byte[] value = new byte[random.nextInt(random.nextInt(1, 3_000))];
        random.nextBytes(value);
        if (attempt(() -> keyspace.put(GoldenDatabase.keyOf(key), value))) {
            entries.put(key, value);
        }
    }

    private static void delete(Keyspace keyspace, Map<String, byte[]> entries, String key) {
        if (attempt(() -> keyspace.delete(GoldenDatabase.keyOf(key)))) {
            entries.remove(key);
        }
    }

    private static boolean attempt(Runnable operation) {
        try {
            operation.run();
            return true;
        } catch (KvartsException e) {
            return false; // It says so.
        }
    }

    private static String hex(SplittableRandom random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static void checkGets(Keyspace keyspace, Map<String, byte[]> expected) {
        expected.forEach(
                (key, value) -> {
                    try {
                        assertArrayEquals(
                                value, keyspace.get(GoldenDatabase.keyOf(key)), "key=" + key);
                    } catch (KvartsException e) {
                        // It says so.
                    }
                });
    }

    private static void checkWalk(Keyspace keyspace, Map<String, byte[]> expected) {
        try {
            assertSame(expected, GoldenDatabase.read(keyspace));
        } catch (KvartsException e) {
            // It says so.
        }
    }

    private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((key, value) -> assertArrayEquals(value, found.get(key), "key=" + key));
    }

    /// Damages a file in place, or deletes it.
    private String damageOne(SplittableRandom random) throws IOException {
        List<Path> files = GoldenDatabase.files();
        Path file = directory.resolve(files.get(random.nextInt(files.size())).getFileName());
        if (random.nextInt(30) == 0) {
            Files.deleteIfExists(file);
            return file.getFileName() + " deleted";
        }
        if (!Files.exists(file)) {
            return "none";
        }
        byte[] before = Files.readAllBytes(file);
        byte[] after = Damage.apply(before, random);
        Files.write(file, after);
        return file.getFileName()
                + " size "
                + before.length
                + " -> "
                + after.length
                + ", first difference at "
                + Arrays.mismatch(before, after);
    }

    private void empty() throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }
}
