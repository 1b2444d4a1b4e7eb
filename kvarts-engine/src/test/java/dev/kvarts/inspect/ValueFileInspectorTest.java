package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.table.BlockCodec;
import dev.kvarts.vlog.ValueFileFormat;
import dev.kvarts.vlog.ValueFileWriter;

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

/// What an inspector says of value files, whole ones and damaged ones.
final class ValueFileInspectorTest {
    private static final int RECORD = 16 + 5 + 40;

    private @TempDir Path folder;
    private Directory directory;
    private Path path;

    @BeforeEach
    void write() throws IOException {
        directory = RealDirectory.open(folder, true);
        path = folder.resolve("values-3");
        try (var writer =
                new ValueFileWriter(directory, 1, 2, 3, BlockCodec.NONE, new OneThread(1))) {
            for (int i = 0; i < 4; i++) {
                byte[] key = ("key-" + i).getBytes(StandardCharsets.US_ASCII);
                byte[] value = new byte[40];
                Arrays.fill(value, (byte) ('a' + i));
                writer.add(key, key.length, MemorySegment.ofArray(value), 0, value.length);
            }
            writer.finish();
        }
    }

    private FileReport inspect() throws IOException {
        return Inspector.inspect(directory, "values-3", 100);
    }

    @Test
    void wholeFileIsDescribedFieldByFieldAndRecordByRecord() throws IOException {
        FileReport report = inspect();
        assertEquals(List.of(), report.problems());
        assertEquals("value file", report.kind());
        assertEquals(1, report.version());
        assertEquals(4, report.unitCount());
        assertEquals(
                new FileReport.Unit(
                        64 + RECORD,
                        RECORD,
                        "key \"key-1\" value \"" + "b".repeat(24) + "\"..., 40 bytes"),
                report.units().get(1));
        assertEquals("4", valueOf(report, "records"));
        assertEquals("160", valueOf(report, "value bytes"));
        assertEquals("3", valueOf(report, "number"));
    }

    private static String valueOf(FileReport report, String field) {
        return report.fields().stream()
                .filter(each -> each.name().equals(field))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @Test
    void everyFlippedByteIsNamedByWhatHoldsIt() throws IOException {
        long size = Files.size(path);
        for (long at = 0; at < size; at++) {
            Damage.flip(path, at);
            List<FileReport.Problem> problems = inspect().problems();
            assertEquals(1, problems.size(), "at=" + at + " " + problems);
            long footer = size - ValueFileFormat.FOOTER_SIZE;
            long record = 64 + (at - 64) / RECORD * RECORD;
            long expected = at < 64 ? at / 4 == 2 ? 8 : 0 : at < footer ? record : footer;
            assertEquals(expected, problems.getFirst().offset(), "at=" + at);
            Damage.flip(path, at);
        }
    }

    @Test
    void recordsBehindADamagedOneAreStillDescribed() throws IOException {
        Damage.flip(path, 64 + RECORD + 30);
        FileReport report = inspect();
        assertEquals(4, report.unitCount());
        assertEquals("damaged", report.units().get(1).description());
        assertEquals("key \"key-2\"", report.units().get(2).description().substring(0, 11));
    }

    @Test
    void behindADamagedSizeTheRestIsOneDamagedRecord() throws IOException {
        Damage.flip(path, 64 + RECORD + 12);
        FileReport report = inspect();
        assertEquals(
                List.of(
                        new FileReport.Unit(64, RECORD, report.units().getFirst().description()),
                        new FileReport.Unit(64 + RECORD, 3 * RECORD, "damaged")),
                report.units());
        assertEquals(1, report.problems().size());
    }

    @Test
    void fileThatIsCutOffAnywhereIsAProblemAndNoException() throws IOException {
        byte[] whole = Files.readAllBytes(path);
        for (int size = 8; size < whole.length; size++) {
            Files.write(path, Arrays.copyOf(whole, size));
            FileReport report = inspect();
            assertEquals("value file", report.kind());
            assertEquals(size, report.sizeBytes());
            assertEquals(false, report.problems().isEmpty(), "size=" + size);
        }
    }
}
