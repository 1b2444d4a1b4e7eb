package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.table.TableFormat;
import dev.kvarts.table.TableOptions;
import dev.kvarts.table.TableWriter;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// What an inspector says of tables, whole ones and damaged ones.
final class TableInspectorTest {
    private @TempDir Path folder;
    private Directory directory;
    private Path path;

    @BeforeEach
    void write() throws IOException {
        directory = RealDirectory.open(folder, true);
        path = folder.resolve("table-3");
        var options = new TableOptions(256, 8, 42);
        try (var writer = new TableWriter(directory, 1, 2, 3, options, new OneThread(1))) {
            for (int i = 0; i < 12; i++) {
                byte[] key = "key-%03d".formatted(i / 2).getBytes(StandardCharsets.US_ASCII);
                byte[] value = new byte[i == 4 ? 0 : 40];
                byte kind = i == 4 ? EntryFormat.DELETE : EntryFormat.PUT;
                MemorySegment source = MemorySegment.ofArray(value);
                writer.add(key, key.length, 100 - i, kind, source, 0, value.length);
            }
            writer.finish();
        }
    }

    private FileReport inspect() throws IOException {
        return Inspector.inspect(directory, "table-3", 100);
    }

    @Test
    void wholeFileIsDescribedFieldByFieldAndBlockByBlock() throws IOException {
        FileReport report = inspect();
        assertEquals(List.of(), report.problems());
        assertEquals("table", report.kind());
        assertEquals(2, report.version());
        assertEquals("12", valueOf(report, "entries"));
        assertEquals("6", valueOf(report, "keys"));
        assertEquals("1", valueOf(report, "tombstones"));
        assertEquals("\"key-000\"", valueOf(report, "first key"));
        assertEquals("\"key-005\"", valueOf(report, "last key"));
        assertEquals(Long.toString(report.unitCount()), valueOf(report, "blocks"));
        assertEquals(4096, report.units().getFirst().offset());
        assertEquals(
                "block 0: entries=4, first has key \"key-000\"",
                report.units().getFirst().description());
        assertEquals(
                "block 1: entries=4, first deletes key \"key-002\"",
                report.units().get(1).description());
    }

    private static String valueOf(FileReport report, String field) {
        return report.fields().stream()
                .filter(each -> each.name().equals(field))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @Test
    void fieldsAndUnitsLieInTheFileInOrder() throws IOException {
        FileReport report = inspect();
        long end = 0;
        for (FileReport.Field field : report.fields()) {
            assertTrue(field.offset() >= end, field::toString);
            end = field.offset() + field.size();
        }
        assertEquals(report.sizeBytes(), end);
        end = 4096;
        for (FileReport.Unit unit : report.units()) {
            assertEquals(end, unit.offset());
            end = unit.offset() + unit.size();
        }
    }

    @Test
    void everyFlippedByteIsNamedByWhatHoldsIt() throws IOException {
        FileReport whole = inspect();
        long trailer = whole.sizeBytes() - TableFormat.TRAILER_SIZE;
        long filter = offsetOf(whole, "filter");
        long index = offsetOf(whole, "index");
        for (long at = 0; at < whole.sizeBytes(); at += at < 4000 ? 97 : 1) {
            Damage.flip(path, at);
            List<FileReport.Problem> problems = inspect().problems();
            assertEquals(1, problems.size(), "at=" + at + " " + problems);
            long expected =
                    at < 4096
                            ? 0
                            : at < filter
                                    ? blockAt(whole, at)
                                    : at < index ? filter : at < trailer ? index : trailer;
            assertEquals(expected, problems.getFirst().offset(), "at=" + at);
            Damage.flip(path, at);
        }
    }

    private static long offsetOf(FileReport report, String field) {
        return report.fields().stream()
                .filter(each -> each.name().equals(field))
                .findFirst()
                .orElseThrow()
                .offset();
    }

    private static long blockAt(FileReport report, long at) {
        return report.units().stream()
                .filter(unit -> unit.offset() <= at && at < unit.offset() + unit.size())
                .findFirst()
                .orElseThrow()
                .offset();
    }

    @Test
    void blocksBehindADamagedOneAreStillDescribed() throws IOException {
        FileReport whole = inspect();
        Damage.flip(path, whole.units().get(1).offset() + 9);
        FileReport report = inspect();
        assertEquals(whole.unitCount(), report.unitCount());
        assertEquals("block 1: damaged", report.units().get(1).description());
        assertEquals(whole.units().get(2), report.units().get(2));
        assertEquals(
                List.of(
                        new FileReport.Problem(
                                whole.units().get(1).offset(), "table: block is damaged")),
                report.problems());
    }

    @Test
    void fileThatIsCutOffOrGarbledIsAProblemAndNoException() throws IOException {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        byte[] whole = Files.readAllBytes(path);
        for (int size = 8; size < whole.length; size += size < 4000 ? 199 : 3) {
            Files.write(path, Arrays.copyOf(whole, size));
            FileReport report = inspect();
            assertEquals("table", report.kind());
            assertFalse(report.problems().isEmpty(), "size=" + size);
        }
        for (int round = 0; round < 300; round++) {
            byte[] damaged = Damage.apply(whole, random);
            Files.write(path, damaged);
            FileReport report = Inspector.inspect(directory, "table-3", 3);
            assertEquals(
                    Arrays.equals(whole, damaged),
                    report.problems().isEmpty(),
                    "seed=" + seed + " round=" + round);
        }
    }
}
