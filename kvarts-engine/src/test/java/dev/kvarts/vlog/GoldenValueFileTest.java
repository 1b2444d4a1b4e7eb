package dev.kvarts.vlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.entry.Lookup;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A value file that was written once by format version 1, by another program than ours, can be
/// read for ever.
final class GoldenValueFileTest {
    private static final Path FILES = Path.of("src/test/resources/golden/values");
    private static final long DATABASE = 0xF2ACD20EC0FAD03AL;
    private static final int KEYSPACE = 3;
    private static final long NUMBER = 7;
    private static final long SIZE = 231;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyValueIsThere(boolean mapped) throws IOException {
        Directory directory = RealDirectory.open(FILES, false);
        ValueFile file =
                ValueFile.open(
                        directory, DATABASE, KEYSPACE, NUMBER, SIZE, mapped, ValueFiles.CODECS);
        var lookup = new Lookup();
        for (int round = 0; round < 2; round++) {
            assertArrayEquals(
                    bytes("red, green or both"),
                    ValueFiles.read(file, lookup, bytes("fruit/apple"), 0x40, 18));
            assertArrayEquals(
                    bytes("yellow, ".repeat(25)),
                    ValueFiles.read(file, lookup, bytes("fruit/banana"), 0x6d, 200));
            assertArrayEquals(
                    bytes(""), ValueFiles.read(file, lookup, bytes("fruit/cherry"), 0x9b, 0));
        }
        assertEquals(new ValueFileStatistics(3, 35, 218, 36, 28), file.statistics());
        file.close();
    }

    @Test
    void itVerifies() throws IOException {
        List<String> problems = new ArrayList<>();
        long records =
                ValueFileCheck.check(
                        RealDirectory.open(FILES, false),
                        DATABASE,
                        KEYSPACE,
                        NUMBER,
                        SIZE,
                        ValueFiles.CODECS,
                        (file, offset, what) -> problems.add(offset + " " + what));
        assertEquals(3, records);
        assertEquals(List.of(), problems);
    }
}
