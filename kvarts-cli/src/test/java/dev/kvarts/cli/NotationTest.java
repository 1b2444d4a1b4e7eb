package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// Bytes as text, and back.
final class NotationTest {
    @Test
    void textIsLeftAloneAndTheRestIsEscaped() {
        assertEquals("Größe 💾", Notation.escaped("Größe 💾".getBytes(StandardCharsets.UTF_8)));
        assertEquals(
                "\\t\\n\\r\\\\\\x00\\x1b\\x7f\\xc2\\x85",
                Notation.escaped("\t\n\r\\\0\u001b\u007f\u0085".getBytes(StandardCharsets.UTF_8)));
        assertEquals("\\xff\\xc3", Notation.escaped(new byte[] {(byte) 0xFF, (byte) 0xC3}));
        assertEquals("", Notation.escaped(new byte[0]));
    }

    @Test
    void anyBytesComeBackFromEscapesHexAndBase64() {
        for (long seed = 1; seed <= 2_000; seed++) {
            var random = new SplittableRandom(seed);
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            String escaped = Notation.escaped(bytes);
            assertTrue(escaped.chars().noneMatch(Character::isISOControl), "seed=" + seed);
            assertArrayEquals(
                    bytes,
                    Notation.unescaped(escaped.getBytes(StandardCharsets.UTF_8)),
                    "seed=" + seed);
            assertArrayEquals(
                    bytes, Notation.HEX.parse(Notation.HEX.format(bytes)), "seed=" + seed);
            assertArrayEquals(
                    bytes, Notation.BASE64.parse(Notation.BASE64.format(bytes)), "seed=" + seed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\", "a\\q", "\\x", "\\x1", "\\xg0", "\\x+1"})
    void wrongEscapesAreRefused(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThrows(IllegalArgumentException.class, () -> Notation.unescaped(bytes));
    }
}
