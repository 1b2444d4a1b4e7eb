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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;

/// Damaged bytes are never a value.
final class ValueFileDamageTest {
    private @TempDir Path folder;
    private ValueFiles files;
    private Path path;
    private byte[] whole;
    private List<ValueFiles.Written> written;
    private final Lookup lookup = new Lookup();

    @BeforeEach
    void open() throws IOException {
        files = new ValueFiles(folder);
        path = folder.resolve("values-7");
        write("none");
    }

    private void write(String codec) throws IOException {
        var random = new Random(5);
        files.codec = ValueFiles.CODECS.byName(codec);
        SortedMap<byte[], byte[]> entries = ValueFiles.uniform(random, 6, 90);
        if (!codec.equals("none")) {
            entries.put(ValueFiles.key(3), ValueFiles.compressible(random, 190));
        }
        written = files.write(entries);
        whole = Files.readAllBytes(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4"})
    void everyFlippedByteIsNoticedByWhoReadsItAndByNobodyElse(String codec) throws IOException {
        write(codec);
        boolean plain = codec.equals("none");
        int first = plain ? 0 : (int) written.get(3).offset();
        int end = plain ? whole.length : (int) written.get(4).offset();
        for (boolean mapped : new boolean[] {true, false}) {
            for (int at = first; at < end; at++) {
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
        for (int i = 0; i < written.size(); i++) {
            ValueFiles.Written each = written.get(i);
            long end = i + 1 < written.size() ? written.get(i + 1).offset() : footer;
            boolean hit = each.offset() <= at && at < end;
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
                                        true,
                                        ValueFiles.CODECS),
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
