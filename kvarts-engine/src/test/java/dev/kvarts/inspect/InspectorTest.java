package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.io.RealDirectory;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What an inspector says of files, whole ones and damaged ones.
final class InspectorTest {
    @TempDir private Path directory;

    @BeforeEach
    void writeSmallDatabase() throws IOException {
        new GoldenDatabase().write(directory);
    }

    @Test
    void describesEveryFileOfASmallDatabase() throws IOException {
        Set<String> kinds = new HashSet<>();
        for (Path file : files()) {
            FileReport report = Inspector.inspect(file, Integer.MAX_VALUE);
            assertEquals(List.of(), report.problems(), file::toString);
            assertEquals(Files.size(file), report.sizeBytes());
            assertEquals(report.units().size(), report.unitCount());
            assertFalse(report.fields().isEmpty());
            kinds.add(report.kind());
        }
        assertEquals(
                Set.of("commit log", "run", "manifest", "maplet checkpoint", "lock file"), kinds);
    }

    @Test
    void fieldsAndUnitsLieInTheFileInOrder() throws IOException {
        for (Path file : files()) {
            FileReport report = Inspector.inspect(file, Integer.MAX_VALUE);
            long end = 0;
            for (FileReport.Field field : report.fields()) {
                assertTrue(field.offset() >= end, () -> file + " " + field);
                end = field.offset() + field.size();
            }
            assertTrue(end <= report.sizeBytes(), file::toString);
            end = 0;
            for (FileReport.Unit unit : report.units()) {
                assertTrue(unit.offset() >= end, () -> file + " " + unit);
                end = unit.offset() + unit.size();
            }
            assertTrue(end <= report.sizeBytes(), file::toString);
        }
    }

    @Test
    void recordsOfTheLogAreDescribedByTheirEntries() throws IOException {
        var lines = new ArrayList<String>();
        for (Path file : files()) {
            if (file.getFileName().toString().startsWith("log-")) {
                Inspector.inspect(file, Integer.MAX_VALUE)
                        .units()
                        .forEach(unit -> lines.add(unit.description()));
            }
        }
        assertTrue(
                lines.stream().anyMatch(line -> line.contains("3 entries, first: put keyspace 1")));
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.contains("delete keyspace 1 key \"user0001\"")));
    }

    @Test
    void listsAtMostAsManyUnitsAsWereAskedForButCountsAll() throws IOException {
        for (Path file : files()) {
            FileReport all = Inspector.inspect(file, Integer.MAX_VALUE);
            FileReport some = Inspector.inspect(file, 2);
            assertEquals(all.unitCount(), some.unitCount());
            assertEquals(Math.min(2, all.unitCount()), some.units().size());
            assertEquals(0, Inspector.inspect(file, 0).units().size());
        }
    }

    @Test
    void checksUnitsThatAreNotListed() throws IOException {
        Path run = fileOf("run-");
        Damage.flip(run, Files.size(run) - 4096);
        assertEquals(1, Inspector.inspect(run, 0).problems().size());
    }

    @Test
    void flippedByteOfARunIsNamedByThePageThatHoldsIt() throws IOException {
        Path run = fileOf("run-");
        Damage.flip(run, 3 * 4096 + 17);
        FileReport report = Inspector.inspect(run, 10);
        assertEquals(run.getFileName().toString(), report.file());
        assertEquals(
                List.of(new FileReport.Problem(3 * 4096, "run: page is damaged")),
                report.problems());
    }

    @Test
    void flippedByteOfTheLogIsNamedByTheRecordThatHoldsIt() throws IOException {
        Path log = fileOf("log-");
        List<FileReport.Unit> records = Inspector.inspect(log, Integer.MAX_VALUE).units();
        for (int i : new int[] {0, records.size() / 2, records.size() - 1}) {
            FileReport.Unit record = records.get(i);
            Damage.flip(log, record.offset() + 40);
            assertEquals(
                    List.of(
                            new FileReport.Problem(
                                    record.offset(), "commit log: record is damaged")),
                    Inspector.inspect(log, 10).problems());
            Damage.flip(log, record.offset() + 40);
        }
    }

    @Test
    void recordsBehindADamagedOneAreStillDescribed() throws IOException {
        Path log = fileOf("log-");
        FileReport before = Inspector.inspect(log, Integer.MAX_VALUE);
        Damage.flip(log, before.units().get(1).offset() + 8);
        FileReport after = Inspector.inspect(log, Integer.MAX_VALUE);
        assertEquals(before.unitCount(), after.unitCount());
        assertEquals(before.units().getLast(), after.units().getLast());
    }

    @Test
    void flippedByteOfACheckpointIsNamedByThePartitionThatHoldsIt() throws IOException {
        Path index = fileOf("index-");
        FileReport.Unit last = Inspector.inspect(index, Integer.MAX_VALUE).units().getLast();
        Damage.flip(index, last.offset() + last.size() - 1);
        assertEquals(
                List.of(
                        new FileReport.Problem(
                                last.offset(), "maplet checkpoint: partition is damaged")),
                Inspector.inspect(index, 10).problems());
    }

    @Test
    void everyFlippedByteOfManifestAndCheckpointAndHeadersIsFound() throws IOException {
        for (Path file : files()) {
            String name = file.getFileName().toString();
            boolean all = name.equals("manifest") || name.startsWith("index-");
            long end = all ? Files.size(file) : name.startsWith("lock") ? 0 : 64;
            for (long at = 0; at < end; at++) {
                Damage.flip(file, at);
                FileReport report = Inspector.inspect(file, 0);
                assertFalse(report.problems().isEmpty(), name + " offset=" + at);
                Damage.flip(file, at);
            }
        }
    }

    @Test
    void everyFlippedByteOfARunIsFound() throws IOException {
        Path run = fileOf("run-");
        for (long at = 0; at < Files.size(run); at += at % 4096 < 32 ? 1 : 37) {
            Damage.flip(run, at);
            FileReport report = Inspector.inspect(run, 0);
            assertEquals(1, report.problems().size(), "offset=" + at);
            assertTrue(report.problems().getFirst().offset() <= at, "offset=" + at);
            Damage.flip(run, at);
        }
    }

    @Test
    void fileWithDamagedMagicIsKnownByItsName() throws IOException {
        for (Path file : files()) {
            String kind = Inspector.inspect(file, 0).kind();
            if (!kind.equals("lock file")) {
                Damage.flip(file, 0);
                FileReport report = Inspector.inspect(file, 0);
                assertEquals(kind, report.kind());
                assertEquals(0, report.problems().getFirst().offset());
                Damage.flip(file, 0);
            }
        }
    }

    @Test
    void fileWithAnotherNameIsKnownByItsMagic() throws IOException {
        Path copy = directory.resolve("copy.bin");
        Files.copy(fileOf("run-"), copy);
        FileReport report = Inspector.inspect(copy, 0);
        assertEquals("run", report.kind());
        assertEquals(List.of(), report.problems());
    }

    @Test
    void fileThatIsNotOursIsRefused() throws IOException {
        Path other = directory.resolve("notes.txt");
        Files.writeString(other, "nothing of ours");
        assertThrows(IllegalArgumentException.class, () -> Inspector.inspect(other, 0));
        assertThrows(
                NoSuchFileException.class, () -> Inspector.inspect(directory.resolve("absent"), 0));
        assertThrows(IOException.class, () -> Inspector.inspect(directory, 0));
    }

    @Test
    void unusedSegmentIsASpareAndNotDamaged() throws IOException {
        RealDirectory.open(directory, false).map("log-99", 65536).close();
        FileReport report = Inspector.inspect(directory.resolve("log-99"), 5);
        assertEquals(List.of(), report.problems());
        assertEquals("spare, never used", report.fields().getLast().value());
    }

    @Test
    void lockFileOfAnOpenDatabaseNamesItsProcess() throws Exception {
        RealDirectory real = RealDirectory.open(directory, false);
        AutoCloseable lock = real.lock();
        FileReport report = Inspector.inspect(real, LockInspector.NAME, 0);
        assertEquals(List.of(), report.problems());
        assertEquals(
                Long.toString(ProcessHandle.current().pid()), report.fields().getFirst().value());
        lock.close();
    }

    private Path fileOf(String prefix) throws IOException {
        return files().stream()
                .filter(file -> file.getFileName().toString().startsWith(prefix))
                .filter(InspectorTest::hasManyUnits)
                .findFirst()
                .orElseThrow();
    }

    private static boolean hasManyUnits(Path file) {
        try {
            return Inspector.inspect(file, 0).unitCount() > 3;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }
}
