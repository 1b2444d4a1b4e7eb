package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.kvarts.io.Directory;
import dev.kvarts.io.LockedException;

import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The disk keeps what was synced, may lose everything else, and invents nothing.
class SimulatedDiskTest {
    private static final int SEEDS = 200;

    private final SimulatedDisk disk = new SimulatedDisk();
    private final Directory directory = disk.directory("db");

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(US_ASCII));
    }

    private static MemorySegment filled(int length, int with) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) with);
        return MemorySegment.ofArray(bytes);
    }

    private void write(String name, String text, boolean force) throws IOException {
        try (var file = directory.create(name)) {
            file.append(bytes(text));
            if (force) {
                file.force();
            }
        }
    }

    private static String text(SimulatedDisk disk, String name) throws IOException {
        return disk.directory("db").exists(name)
                ? new String(disk.read("db", name), US_ASCII)
                : null;
    }

    @Test
    void forcedBytesUnderASyncedNameSurviveEveryCrash() throws IOException {
        write("a", "hello", true);
        directory.sync();
        for (CrashMode mode : CrashMode.values()) {
            for (int seed = 0; seed < SEEDS; seed++) {
                assertEquals("hello", text(disk.crash(mode, seed), "a"), mode + " seed=" + seed);
            }
        }
        assertTrue(disk.image().clean());
    }

    @Test
    void nothingUnsyncedSurvivesWhenOnlySyncedThingsDo() throws IOException {
        write("a", "hello", true);
        assertNull(text(disk.crash(CrashMode.SYNCED_ONLY, 0), "a"));
        directory.sync();
        try (var file = directory.create("b")) {
            file.append(bytes("one"));
            file.force();
            file.append(bytes("two"));
            directory.sync();
        }
        assertEquals("one", text(disk.crash(CrashMode.SYNCED_ONLY, 0), "b"));
    }

    @Test
    void everythingSurvivesAProcessKill() throws IOException {
        write("a", "hello", false);
        directory.rename("a", "b");
        write("c", "x", true);
        directory.delete("c");
        try (var mapped = directory.map("m", 8192)) {
            mapped.segment().set(ValueLayout.JAVA_BYTE, 5000, (byte) 9);
            SimulatedDisk after = disk.crash(CrashMode.PROCESS_KILL, 0);
            assertEquals(List.of("b", "m"), after.directory("db").list());
            assertEquals("hello", text(after, "b"));
            assertEquals(9, after.read("db", "m")[5000]);
        }
    }

    @Test
    void whatWasPendingBeforeAProcessKillIsPendingAfterIt() throws IOException {
        write("a", "hello", false);
        SimulatedDisk after = disk.crash(CrashMode.PROCESS_KILL, 0);
        assertNull(text(after.crash(CrashMode.SYNCED_ONLY, 0), "a"));
        assertEquals("hello", text(after.crash(CrashMode.PROCESS_KILL, 0), "a"));
        after.directory("db").sync();
        assertEquals("", text(after.crash(CrashMode.SYNCED_ONLY, 0), "a"));
        after.directory("db").rename("a", "b");
        assertEquals("hello", text(after, "b"));
        assertEquals("", text(after.crash(CrashMode.SYNCED_ONLY, 0), "a"));
    }

    @Test
    void namesAndDataSurviveIndependently() throws IOException {
        write("a", "hello", false);
        assertNull(text(disk.crash(CrashMode.DATA_WITHOUT_NAMES, 0), "a"));
        assertEquals("\0\0\0\0\0", text(disk.crash(CrashMode.NAMES_WITHOUT_DATA, 0), "a"));
        directory.sync();
        assertEquals("hello", text(disk.crash(CrashMode.DATA_WITHOUT_NAMES, 0), "a"));
    }

    @Test
    void aReplacedFileIsOldOrNewButNeverGone() throws IOException {
        write("manifest", "old", true);
        directory.sync();
        write("temporary", "new", true);
        directory.rename("temporary", "manifest");
        Set<String> seen = new HashSet<>();
        for (CrashMode mode : CrashMode.values()) {
            for (int seed = 0; seed < SEEDS; seed++) {
                seen.add(text(disk.crash(mode, seed), "manifest"));
            }
        }
        assertEquals(Set.of("old", "new"), seen);
    }

    @Test
    void aRenamedFileNeverLosesBothNames() throws IOException {
        write("a", "1", true);
        directory.sync();
        directory.rename("a", "b");
        write("a", "2", true);
        directory.rename("a", "c");
        write("a", "3", true);
        for (CrashMode mode : CrashMode.values()) {
            for (int seed = 0; seed < SEEDS; seed++) {
                SimulatedDisk after = disk.crash(mode, seed);
                boolean found = false;
                for (String name : after.directory("db").list()) {
                    found |= "1".equals(text(after, name));
                }
                assertTrue(found, mode + " seed=" + seed);
            }
        }
    }

    @Test
    void aDeletedFileMayComeBackUntilTheDirectoryIsSynced() throws IOException {
        write("a", "hello", true);
        directory.sync();
        directory.delete("a");
        assertEquals("hello", text(disk.crash(CrashMode.SYNCED_ONLY, 0), "a"));
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            seen.add(text(disk.crash(CrashMode.RANDOM_BLOCKS, seed), "a"));
        }
        assertEquals(2, seen.size());
        directory.sync();
        assertNull(text(disk.crash(CrashMode.SYNCED_ONLY, 0), "a"));
    }

    @Test
    void unsyncedBlocksAreKeptOrDroppedOneByOne() throws IOException {
        directory.sync();
        try (var file = directory.create("a")) {
            directory.sync();
            for (int i = 0; i < 4; i++) {
                file.append(filled(4096, i + 1));
            }
        }
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < 2_000; seed++) {
            byte[] bytes = disk.crash(CrashMode.RANDOM_BLOCKS, seed).read("db", "a");
            var pattern = new StringBuilder();
            for (int block = 0; block * 4096 < bytes.length; block++) {
                int end = Math.min(bytes.length, block * 4096 + 4096);
                byte first = bytes[block * 4096];
                assertTrue(first == 0 || first == block + 1);
                for (int i = block * 4096; i < end; i++) {
                    assertEquals(first, bytes[i]);
                }
                pattern.append(first == 0 ? '.' : '#');
            }
            seen.add(pattern.toString());
        }
        for (int mask = 0; mask < 16; mask++) {
            var pattern = new StringBuilder();
            for (int block = 0; block < 4; block++) {
                pattern.append((mask >> block & 1) == 0 ? '.' : '#');
            }
            assertTrue(seen.contains(pattern.toString()), pattern + " not in " + seen);
        }
    }

    @Test
    void sectorsOfABlockAreTornApart() throws IOException {
        try (var mapped = directory.map("m", 4096)) {
            mapped.segment().fill((byte) 1);
            mapped.force(0, 4096);
            directory.sync();
            mapped.segment().fill((byte) 2);
            Set<Integer> sectorsKept = new HashSet<>();
            for (int seed = 0; seed < 1_000; seed++) {
                byte[] bytes = disk.crash(CrashMode.TORN_SECTORS, seed).read("db", "m");
                int kept = 0;
                for (int sector = 0; sector < 8; sector++) {
                    byte first = bytes[sector * 512];
                    assertTrue(first == 1 || first == 2);
                    for (int i = 0; i < 512; i++) {
                        assertEquals(first, bytes[sector * 512 + i]);
                    }
                    kept += first - 1;
                }
                sectorsKept.add(kept);
            }
            assertTrue(sectorsKept.size() >= 8, "sectors kept: " + sectorsKept);
        }
    }

    @Test
    void garbageStaysOutsideOfWhatWasSynced() throws IOException {
        boolean garbage = false;
        try (var file = directory.create("a")) {
            file.append(filled(4096, 1));
            file.force();
            directory.sync();
            file.append(filled(4096, 2));
            for (int seed = 0; seed < SEEDS; seed++) {
                byte[] bytes = disk.crash(CrashMode.GARBAGE_TAILS, seed).read("db", "a");
                for (int i = 0; i < bytes.length; i++) {
                    if (i < 4096) {
                        assertEquals(1, bytes[i], "seed=" + seed);
                    } else {
                        garbage |= bytes[i] != 0 && bytes[i] != 2;
                    }
                }
            }
        }
        assertTrue(garbage);
    }

    @Test
    void forceOfARangeSavesThatRangeAndTheLength() throws IOException {
        try (var mapped = directory.map("m", 65_536)) {
            mapped.segment().fill((byte) 7);
            mapped.force(4_000, 200);
            directory.sync();
            byte[] bytes = disk.crash(CrashMode.SYNCED_ONLY, 0).read("db", "m");
            assertEquals(65_536, bytes.length);
            for (int i = 0; i < bytes.length; i++) {
                assertEquals(i >= 4_000 && i < 4_200 ? 7 : 0, bytes[i], "at " + i);
            }
            for (int seed = 0; seed < SEEDS; seed++) {
                bytes = disk.crash(CrashMode.TORN_SECTORS, seed).read("db", "m");
                for (int i = 4_000; i < 4_200; i++) {
                    assertEquals(7, bytes[i]);
                }
            }
        }
    }

    @Test
    void anUnsyncedMappingMayBeShorterAfterACrash() throws IOException {
        try (var _ = directory.map("m", 65_536)) {
            directory.sync();
            Set<Integer> sizes = new HashSet<>();
            for (int seed = 0; seed < SEEDS; seed++) {
                sizes.add(disk.crash(CrashMode.RANDOM_BLOCKS, seed).read("db", "m").length);
            }
            assertTrue(sizes.contains(0) && sizes.contains(65_536) && sizes.size() > 10);
        }
    }

    @Test
    void anImageDoesNotChangeWhenTheDiskDoes() throws IOException {
        try (var file = directory.create("a");
                var mapped = directory.map("m", 4096)) {
            file.append(bytes("one"));
            mapped.segment().fill((byte) 1);
            DiskImage image = disk.image();
            file.append(bytes("two"));
            file.force();
            mapped.segment().fill((byte) 2);
            mapped.force(0, 4096);
            directory.sync();
            directory.delete("a");
            SimulatedDisk after = image.crash(CrashMode.PROCESS_KILL, 0);
            assertEquals("one", text(after, "a"));
            assertEquals(1, after.read("db", "m")[0]);
            assertNull(text(image.crash(CrashMode.SYNCED_ONLY, 0), "a"));
        }
    }

    @Test
    void aSurvivingDiskDoesNotChangeItsImage() throws IOException {
        write("a", "hello", true);
        try (var mapped = directory.map("m", 4096)) {
            mapped.force(0, 4096);
        }
        directory.sync();
        DiskImage image = disk.image();
        SimulatedDisk after = image.crash(CrashMode.PROCESS_KILL, 0);
        try (var mapped = after.directory("db").map("m", 4096)) {
            mapped.segment().fill((byte) 5);
            mapped.force(0, 4096);
        }
        after.directory("db").create("a").close();
        assertEquals("", text(after, "a"));
        SimulatedDisk again = image.crash(CrashMode.PROCESS_KILL, 0);
        assertEquals("hello", text(again, "a"));
        assertEquals(0, again.read("db", "m")[0]);
    }

    @Test
    void oldestFirstKeepsAPrefixAndNewestFirstASuffix() throws IOException {
        try (var file = directory.create("a")) {
            directory.sync();
            for (int i = 0; i < 8; i++) {
                file.append(filled(4096, 1));
            }
        }
        Set<Integer> prefixes = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            byte[] oldest = disk.crash(CrashMode.OLDEST_FIRST, seed).read("db", "a");
            for (byte b : oldest) {
                assertEquals(1, b);
            }
            prefixes.add(oldest.length / 4096);
            byte[] newest = disk.crash(CrashMode.NEWEST_FIRST, seed).read("db", "a");
            assertEquals(8 * 4096, newest.length);
            boolean kept = false;
            for (int block = 0; block < 8; block++) {
                assertFalse(kept && newest[block * 4096] == 0);
                kept |= newest[block * 4096] == 1;
            }
        }
        assertEquals(8, prefixes.size(), "prefixes: " + prefixes);
    }

    @Test
    void theSameSeedGivesTheSameDisk() throws IOException {
        try (var mapped = directory.map("m", 65_536)) {
            directory.sync();
            mapped.segment().fill((byte) 3);
            for (CrashMode mode : CrashMode.values()) {
                assertArrayEquals(
                        disk.crash(mode, 42).directory("db").list().toArray(),
                        disk.crash(mode, 42).directory("db").list().toArray());
                assertArrayEquals(
                        disk.crash(mode, 43).read("db", "m"), disk.crash(mode, 43).read("db", "m"));
            }
        }
    }

    @Test
    void aFailedForceLosesWhatItShouldHaveSavedForEver() throws IOException {
        try (var file = directory.create("a")) {
            directory.sync();
            file.append(bytes("one"));
            disk.faults().add(FaultPlan.Fault.IO_ERROR, Set.of(Operation.Kind.FORCE), 0, false);
            assertThrows(IOException.class, file::force);
            file.force();
            assertEquals("\0\0\0", text(disk.crash(CrashMode.SYNCED_ONLY, 0), "a"));
            file.append(bytes("two"));
            file.force();
            assertEquals("onetwo", text(disk.crash(CrashMode.SYNCED_ONLY, 0), "a"));
        }
    }

    @Test
    void aShortWriteLeavesHalf() throws IOException {
        disk.faults().add(FaultPlan.Fault.SHORT_WRITE, Set.of(Operation.Kind.APPEND), 1, true);
        try (var file = directory.create("a")) {
            file.append(bytes("1234"));
            assertThrows(IOException.class, () -> file.append(bytes("5678")));
            assertEquals("123456", text(disk, "a"));
            assertThrows(IOException.class, () -> file.append(bytes("5678")));
        }
        assertEquals(2, disk.faults().struck());
    }

    @Test
    void aFullDiskHealsWhenSomethingIsDeleted() throws IOException {
        disk.setCapacityBytes(10_000);
        try (var file = directory.create("a")) {
            file.append(filled(8_000, 1));
            assertEquals(2_000, directory.freeBytes());
            assertThrows(dev.kvarts.io.NoSpaceException.class, () -> file.append(filled(4_000, 1)));
        }
        assertThrows(dev.kvarts.io.NoSpaceException.class, () -> directory.map("m", 4_096));
        assertFalse(directory.exists("m"));
        directory.delete("a");
        directory.map("m", 4_096).close();
    }

    @Test
    void everyOperationIsCountedAndTold() throws IOException {
        var told = new java.util.ArrayList<Operation>();
        disk.listen(told::add);
        write("a", "hello", true);
        directory.rename("a", "b");
        directory.sync();
        assertEquals(
                List.of(
                        Operation.Kind.CREATE,
                        Operation.Kind.APPEND,
                        Operation.Kind.FORCE,
                        Operation.Kind.RENAME,
                        Operation.Kind.SYNC),
                told.stream().map(Operation::kind).toList());
        assertEquals(told.size(), disk.operations());
    }

    @Test
    void aListenerStopsTheMachine() throws IOException {
        write("a", "hello", false);
        disk.listen(
                operation -> {
                    throw new Crashed("at " + operation);
                });
        assertThrows(Crashed.class, () -> directory.delete("a"));
        disk.listen(_ -> {});
        assertTrue(directory.exists("a"));
    }

    @Test
    void aLinkIsTheSameFileInAnotherDirectory() throws IOException {
        write("a", "hello", true);
        directory.sync();
        Directory copy = directory.at(Path.of("copy"));
        directory.linkTo("a", copy);
        directory.delete("a");
        directory.sync();
        assertEquals(List.of(), disk.crash(CrashMode.SYNCED_ONLY, 0).directory("copy").list());
        copy.sync();
        SimulatedDisk after = disk.crash(CrashMode.SYNCED_ONLY, 0);
        assertEquals("hello", new String(after.read("copy", "a"), US_ASCII));
        assertNull(text(after, "a"));
    }

    @Test
    void aDirectoryIsLockedOnceAndUnlockedByACrash() throws Exception {
        AutoCloseable lock = directory.lock();
        assertThrows(LockedException.class, directory::lock);
        disk.crash(CrashMode.PROCESS_KILL, 0).directory("db").lock().close();
        lock.close();
        directory.lock().close();
    }

    @Test
    void filesAreReadMappedAndByPosition() throws IOException {
        write("a", "hello", false);
        for (boolean mapped : new boolean[] {true, false}) {
            try (var file = directory.open("a", mapped)) {
                assertEquals(mapped, file.mapped() != null);
                assertEquals(5, file.size());
                byte[] target = new byte[3];
                file.read(2, MemorySegment.ofArray(target));
                assertEquals("llo", new String(target, US_ASCII));
                assertThrows(EOFException.class, () -> file.read(3, MemorySegment.ofArray(target)));
            }
        }
        assertThrows(IOException.class, () -> directory.open("b", true));
    }

    @Test
    void aMappingCannotBeUsedAfterItsClose() throws IOException {
        var mapped = directory.map("m", 4096);
        MemorySegment segment = mapped.segment();
        mapped.close();
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, () -> mapped.force(0, 1));
        assertThrows(IOException.class, () -> directory.map("m", 8192));
    }

    @Test
    void oneByteIsChangedInACopy() throws IOException {
        write("a", "hello", true);
        directory.sync();
        assertEquals("jello", text(disk.withByte("db", "a", 0, (byte) 'j'), "a"));
        assertEquals("hel", text(disk.withSize("db", "a", 3), "a"));
        assertEquals("hello\0", text(disk.withSize("db", "a", 6), "a"));
        assertEquals("hello", text(disk, "a"));
    }
}
