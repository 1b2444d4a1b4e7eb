package dev.kvarts.vlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.entry.Lookup;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Damaged bytes are never a value.
final class ValueFileDamageTest {
    private @TempDir Path folder;
    private ValueFiles files;
    private Path path;
    private byte[] whole;
    private List<ValueFiles.Written> written;
    private final Lookup lookup = new Lookup();

    @BeforeEach
    void write() throws IOException {
        files = new ValueFiles(folder);
        written = files.write(ValueFiles.uniform(new Random(5), 6, 90));
        path = folder.resolve("values-7");
        whole = Files.readAllBytes(path);
    }

    @Test
    void everyFlippedByteIsNoticedByWhoReadsItAndByNobodyElse() throws IOException {
        for (boolean mapped : new boolean[] {true, false}) {
            for (int at = 0; at < whole.length; at++) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) (1 << at % 8);
                Files.write(path, damaged);
                checkFlipped(at, mapped);
            }
        }
    }

    private void checkFlipped(int at, boolean mapped) throws IOException {
        long footer = (long) whole.length - ValueFileFormat.FOOTER_SIZE;
        String where = "at=" + at + " mapped=" + mapped;
        if (at < ValueFileFormat.HEADER_SIZE || at >= footer) {
            var refused = assertThrows(CorruptionException.class, () -> files.open(mapped), where);
            assertEquals("values-7", refused.file());
            boolean version = at >= 8 && at < 12;
            assertEquals(at >= footer ? footer : version ? 8 : 0, refused.offset(), where);
            return;
        }
        ValueFile file = files.open(mapped);
        for (ValueFiles.Written each : written) {
            boolean hit = each.offset() <= at && at < each.offset() + 16 + 11 + 90;
            if (hit) {
                var refused =
                        assertThrows(CorruptionException.class, () -> read(file, each), where);
                assertEquals(each.offset(), refused.offset(), where);
                assertTrue(refused.getMessage().contains("record is damaged"), where);
                assertThrows(CorruptionException.class, () -> read(file, each), "again " + where);
            } else {
                assertArrayEquals(each.value(), read(file, each), where);
            }
        }
        file.close();
    }

    private byte[] read(ValueFile file, ValueFiles.Written each) {
        return ValueFiles.read(file, lookup, each.key(), each.offset(), each.value().length);
    }

    @Test
    void fileThatIsCutOffIsRefused() throws IOException {
        for (int size = 0; size < whole.length; size++) {
            Files.write(path, Arrays.copyOf(whole, size));
            for (long expected : new long[] {size, whole.length}) {
                assertThrows(
                        CorruptionException.class,
                        () ->
                                ValueFile.open(
                                        files.directory,
                                        ValueFiles.DATABASE,
                                        ValueFiles.KEYSPACE,
                                        ValueFiles.NUMBER,
                                        expected,
                                        true),
                        "size=" + size);
            }
        }
    }

    @Test
    void recordInThePlaceOfAnotherIsRefused() throws IOException {
        long from = written.get(2).offset();
        long to = written.get(4).offset();
        System.arraycopy(whole, (int) from, whole, (int) to, 16 + 11 + 90);
        Files.write(path, whole);
        ValueFile file = files.open(true);
        assertArrayEquals(written.get(2).value(), read(file, written.get(2)));
        assertThrows(CorruptionException.class, () -> read(file, written.get(4)));
        assertThrows(
                CorruptionException.class,
                () -> ValueFiles.read(file, lookup, written.get(2).key(), to, 90));
        file.close();
    }
}
