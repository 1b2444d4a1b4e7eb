package dev.kvarts.vlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvarts.api.CorruptionException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A check finds every damaged record and blames no other.
final class ValueFileCheckTest {
    private @TempDir Path folder;
    private ValueFiles files;
    private Path path;
    private byte[] whole;
    private List<ValueFiles.Written> written;
    private final List<String> found = new ArrayList<>();

    @BeforeEach
    void write() throws IOException {
        files = new ValueFiles(folder);
        written = files.write(ValueFiles.uniform(new Random(5), 5, 70));
        path = folder.resolve("values-7");
        whole = Files.readAllBytes(path);
    }

    private long check(byte[] bytes) throws IOException {
        Files.write(path, bytes);
        found.clear();
        return ValueFileCheck.check(
                files.directory,
                ValueFiles.DATABASE,
                ValueFiles.KEYSPACE,
                ValueFiles.NUMBER,
                bytes.length,
                ValueFiles.CODECS,
                (file, offset, what) -> found.add(file + " " + offset + " " + what));
    }

    @Test
    void wholeFilesPass() throws IOException {
        for (String shape : new String[] {"none", "one", "mixed", "smallest", "any"}) {
            files.codec = ValueFiles.CODECS.byName(shape.equals("any") ? "lz4" : "none");
            long seed = new Random().nextLong();
            int count = files.write(ValueFiles.random(new Random(seed), shape)).size();
            assertEquals(count, check(Files.readAllBytes(path)), "seed=" + seed);
            assertEquals(List.of(), found, "seed=" + seed);
        }
    }

    @Test
    void everyFlippedByteIsFoundInTheRecordThatHoldsIt() throws IOException {
        for (int at = 0; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << at % 8);
            boolean inRecord = at >= 64 && at < whole.length - ValueFileFormat.FOOTER_SIZE;
            if (!inRecord) {
                assertThrows(CorruptionException.class, () -> check(damaged), "at=" + at);
                continue;
            }
            long records = check(damaged);
            int index = (at - 64) / (16 + 11 + 70);
            int inHead = (at - 64) % (16 + 11 + 70);
            assertEquals(
                    List.of(
                            "values-7 "
                                    + written.get(index).offset()
                                    + " value file: record is damaged"),
                    found,
                    "at=" + at);
            boolean size = inHead >= 4 && inHead < 8 || inHead >= 12 && inHead < 16;
            assertEquals(size ? index : 4, records, "at=" + at);
        }
    }

    @Test
    void countsThatDifferFromTheFooterAreFound() throws IOException {
        long from = written.get(4).offset();
        byte[] shorter = new byte[whole.length - (16 + 11 + 70)];
        System.arraycopy(whole, 0, shorter, 0, (int) from);
        var segment = MemorySegment.ofArray(shorter);
        var lie = new ValueFileStatistics(4, 4 * 11 - 1, 4 * 70, 4 * 70 + 1, 97);
        ValueFileFormat.writeFooter(segment, from, lie, ValueFiles.NUMBER, from);
        assertEquals(4, check(shorter));
        assertEquals(
                List.of("values-7 " + from + " value file: counts differ from the footer"), found);
    }
}
