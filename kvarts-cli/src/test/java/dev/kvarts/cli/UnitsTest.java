package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Numbers and tables as a person reads them.
final class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "0,0 B",
        "1023,1023 B",
        "1024,1.0 KiB",
        "1048575,1.0 MiB",
        "1572864,1.5 MiB",
        "9223372036854775807,8.0 EiB"
    })
    void bytesHaveBinaryUnits(long bytes, String text) {
        assertEquals(text, Units.bytes(bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 ns",
        "999,999 ns",
        "1000,1.0 µs",
        "999949,999.9 µs",
        "999950,1.0 ms",
        "999949999,999.9 ms",
        "999950000,1.00 s",
        "59994999999,59.99 s",
        "59995000000,1 min 00 s",
        "3661000000000,61 min 01 s"
    })
    void durationsHaveTheUnitThatFits(long nanos, String text) {
        assertEquals(text, Units.nanos(nanos));
    }

    @Test
    void countsAreGrouped() {
        assertEquals("1,234,567", Units.count(1_234_567));
        assertEquals("1 entry", Units.count(1, "entry", "entries"));
        assertEquals("0 entries", Units.count(0, "entry", "entries"));
        assertEquals("2,000/s", Units.rate(1_000, 500_000_000));
        assertEquals(0, Units.perSecond(5, 0));
    }

    @Test
    void tableColumnsAreAlignedByCodePoints() throws IOException {
        var out = new ByteArrayOutputStream();
        var terminal =
                new Terminal(
                        new ByteArrayInputStream(new byte[0]),
                        out,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        false,
                        false,
                        false);
        new Table("name", ">size", "what")
                .row("größe💾", 5, "x")
                .row("a", 1_000, "")
                .print(terminal, "  ");
        assertEquals(
                "  name    size  what\n  größe💾     5  x\n  a       1000\n",
                out.toString(StandardCharsets.UTF_8));
    }
}
