package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KvartsException;
import dev.kvarts.api.Limits;
import dev.kvarts.api.StorageException;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// The caller's mistakes are told at once, by name, and change nothing.
class BadInputTest {
    private static final byte[] KEY = {1};
    private static final byte[] VALUE = {2};

    @TempDir private Path directory;
    private Database db;
    private Keyspace keyspace;

    @BeforeEach
    void open() {
        db = Kvarts.open(directory.resolve("db"), Workload.tinyOptions());
        keyspace = db.hashed("a");
        keyspace.put(KEY, VALUE);
    }

    @AfterEach
    void nothingWasChanged() {
        assertArrayEquals(VALUE, keyspace.get(KEY));
        assertEquals(1, Contents.read(db).size());
        db.close();
    }

    private static void refused(Runnable call) {
        var e = assertThrows(IllegalArgumentException.class, call::run);
        assertFalse(e.getMessage().isBlank());
    }

    @Test
    void anEmptyKeyAndAKeyTooLong() {
        for (int size : new int[] {0, Limits.KEY_SIZE_MAX + 1}) {
            byte[] key = new byte[size];
            MemorySegment segment = MemorySegment.ofArray(key);
            refused(() -> keyspace.get(key));
            refused(() -> keyspace.get(segment));
            refused(() -> keyspace.get(key, MemorySegment::byteSize));
            refused(() -> keyspace.contains(key));
            refused(() -> keyspace.getAll(List.of(KEY, key)));
            refused(() -> keyspace.put(key, VALUE));
            refused(() -> keyspace.put(segment, segment));
            refused(() -> keyspace.delete(key));
            refused(() -> keyspace.delete(segment));
            refused(() -> keyspace.putIfAbsent(key, VALUE));
            refused(() -> keyspace.compareAndSet(key, null, VALUE));
            refused(() -> keyspace.update(key, _ -> VALUE));
            refused(() -> keyspace.increment(key, 1));
            refused(() -> keyspace.append(key, VALUE));
            refused(() -> db.batch().put(keyspace, key, VALUE));
            refused(() -> db.batch().delete(keyspace, key));
        }
    }

    @Test
    void theLongestKeyIsAKey() {
        byte[] key = new byte[Limits.KEY_SIZE_MAX];
        Arrays.fill(key, (byte) 7);
        keyspace.put(key, VALUE);
        db.flush();
        assertArrayEquals(VALUE, keyspace.get(key));
        keyspace.delete(key);
        assertNull(keyspace.get(key));
    }

    @Test
    void anEmptyValueIsAValue() {
        keyspace.put(new byte[] {9}, new byte[0]);
        db.flush();
        assertEquals(0, keyspace.get(new byte[] {9}).length);
        assertTrue(keyspace.contains(new byte[] {9}));
        keyspace.delete(new byte[] {9});
    }

    @Test
    void nothingAtAll() {
        assertThrows(NullPointerException.class, () -> keyspace.get((byte[]) null));
        assertThrows(NullPointerException.class, () -> keyspace.get((MemorySegment) null));
        assertThrows(NullPointerException.class, () -> keyspace.get(KEY, null));
        assertThrows(NullPointerException.class, () -> keyspace.put(null, VALUE));
        assertThrows(NullPointerException.class, () -> keyspace.put(KEY, null));
        assertThrows(NullPointerException.class, () -> keyspace.put(KEY, VALUE, null));
        assertThrows(NullPointerException.class, () -> keyspace.delete((byte[]) null));
        assertThrows(NullPointerException.class, () -> keyspace.getAll(null));
        assertThrows(
                NullPointerException.class,
                () -> keyspace.getAll(Collections.singletonList((byte[]) null)));
        assertThrows(NullPointerException.class, () -> keyspace.update(KEY, null));
        assertThrows(NullPointerException.class, () -> keyspace.append(KEY, null));
        assertThrows(NullPointerException.class, () -> db.write(null));
        assertThrows(NullPointerException.class, () -> db.hashed(null));
        assertThrows(NullPointerException.class, () -> db.batch().put(null, KEY, VALUE));
        assertThrows(NullPointerException.class, () -> db.batch().put(keyspace, KEY, null));
        assertThrows(NullPointerException.class, () -> db.checkpoint(null));
    }

    /// A mapping of a file with a hole, larger than any value may be: refused before a byte is
    /// read.
    @Test
    void aValueTooLong() throws IOException {
        Path file = directory.resolve("sparse");
        try (var channel =
                        FileChannel.open(
                                file,
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.SPARSE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
                var arena = Arena.ofConfined()) {
            long size = Limits.VALUE_SIZE_MAX + 1;
            MemorySegment value = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
            MemorySegment key = MemorySegment.ofArray(new byte[] {5});
            refused(() -> keyspace.put(key, value));
            refused(() -> db.batch().put(keyspace, key, value));
        }
    }

    @Test
    void aKeyspaceOfAnotherDatabase() {
        try (Database other = Kvarts.open(directory.resolve("other"), Workload.tinyOptions())) {
            Keyspace foreign = other.hashed("a");
            refused(() -> db.batch().put(foreign, KEY, VALUE));
            refused(() -> db.batch().delete(foreign, KEY));
            WriteBatch batch = other.batch().put(foreign, KEY, VALUE);
            refused(() -> db.write(batch));
        }
    }

    @Test
    void aCounterThatIsNone() {
        refused(() -> keyspace.increment(KEY, 1));
    }

    @Test
    void aNameThatIsNone() {
        refused(() -> db.hashed(""));
        refused(() -> db.hashed("x".repeat(Limits.KEYSPACE_NAME_SIZE_MAX + 1)));
        refused(() -> db.hashed("ä".repeat(Limits.KEYSPACE_NAME_SIZE_MAX / 2 + 1)));
        assertFalse(db.drop("unknown"));
        String longest = "ä".repeat(Limits.KEYSPACE_NAME_SIZE_MAX / 2);
        db.hashed(longest);
        assertTrue(db.drop(longest));
        for (String strange : List.of("../up", "a/b", "a\0b", " ", "manifest", "\uD83D\uDE00")) {
            db.hashed(strange).put(KEY, VALUE);
            assertArrayEquals(VALUE, db.hashed(strange).get(KEY));
            assertTrue(db.drop(strange));
        }
    }

    @Test
    void aPathThatIsAFile() throws IOException {
        Path file = directory.resolve("file");
        Files.writeString(file, "no database");
        assertThrows(StorageException.class, () -> Kvarts.open(file));
        assertEquals("no database", Files.readString(file));
    }

    @Test
    void aPathBelowAFile() throws IOException {
        Path file = directory.resolve("file");
        Files.writeString(file, "no database");
        assertThrows(StorageException.class, () -> Kvarts.open(file.resolve("db")));
    }

    @Test
    void aDirectoryThatIsAbsentAndNotToBeCreated() {
        Path absent = directory.resolve("absent");
        assertThrows(
                StorageException.class,
                () -> Kvarts.open(absent, Workload.tinyOptions().withCreateIfMissing(false)));
        assertFalse(Files.exists(absent));
    }

    @Test
    void aSecondOpenerInThisProcessIsToldWhoHasIt() {
        var e =
                assertThrows(
                        StorageException.class,
                        () -> Kvarts.open(directory.resolve("db"), Workload.tinyOptions()));
        assertTrue(e.getMessage().contains("" + ProcessHandle.current().pid()), e.getMessage());
    }

    @Test
    void aSecondOpenerInAnotherProcessIsToldWhoHasIt() throws Exception {
        Process other =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                KillWriter.class.getName(),
                                directory.resolve("db").toString(),
                                "SYNC")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, other.waitFor(), said);
        assertTrue(said.contains("StorageException"), said);
        assertTrue(said.contains("" + ProcessHandle.current().pid()), said);
    }

    @Test
    void aDirectoryThatCannotBeWritten() throws IOException {
        Path locked = directory.resolve("locked");
        Kvarts.open(locked, Workload.tinyOptions()).close();
        // Permissions do not stop everybody; a directory in the place of a file does.
        Path manifest = locked.resolve("manifest");
        Files.move(manifest, locked.resolve("kept"));
        Files.createDirectory(manifest);
        assertThrows(KvartsException.class, () -> Kvarts.open(locked, Workload.tinyOptions()));
        Files.delete(manifest);
        Files.move(locked.resolve("kept"), manifest);
        Kvarts.open(locked, Workload.tinyOptions()).close();
    }

    /// Whatever a later version writes into the first bytes of the manifest, this one does not
    /// guess.
    @Test
    void aNewerFormatIsRefused() {
        var disk = new SimulatedDisk();
        Engine.open(disk.directory("db"), new StepScheduler(1), Workload.tinyOptions()).close();
        byte[] manifest = disk.read("db", "manifest");
        for (int offset = 0; offset < 16; offset++) {
            SimulatedDisk newer =
                    disk.withByte("db", "manifest", offset, (byte) (manifest[offset] + 1));
            assertThrows(
                    CorruptionException.class,
                    () ->
                            Engine.open(
                                    newer.directory("db"),
                                    new StepScheduler(1),
                                    Workload.tinyOptions()));
        }
    }
}
