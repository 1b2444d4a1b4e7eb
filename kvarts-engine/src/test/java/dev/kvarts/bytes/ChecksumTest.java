package dev.kvarts.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/// What is whole but in the wrong place does not pass.
final class ChecksumTest {
    private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);

    @Test
    void isTheCrc32cOfTheStandard() {
        assertEquals(0xE3069283, Checksum.crc32c(MemorySegment.ofArray(DIGITS), 0, 9));
    }

    @Test
    void coversTheSliceAndNothingElse() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(100);
            MemorySegment.copy(DIGITS, 0, segment, Bytes.BYTE, 41, 9);
            assertEquals(0xE3069283, Checksum.crc32c(segment, 41, 9));
            segment.set(Bytes.BYTE, 40, (byte) 1);
            segment.set(Bytes.BYTE, 50, (byte) 1);
            assertEquals(0xE3069283, Checksum.crc32c(segment, 41, 9));
            segment.set(Bytes.BYTE, 49, (byte) 1);
            assertNotEquals(0xE3069283, Checksum.crc32c(segment, 41, 9));
        }
    }

    @Test
    void ofNothingIsZero() {
        assertEquals(0, Checksum.crc32c(MemorySegment.ofArray(DIGITS), 4, 0));
    }

    @Test
    void ofTwoPartsIsThatOfTheWhole() {
        MemorySegment whole = MemorySegment.ofArray(DIGITS);
        for (int cut = 0; cut <= 9; cut++) {
            assertEquals(
                    0xE3069283,
                    Checksum.crc32c(whole.asSlice(0, cut), whole.asSlice(cut, 9 - cut)));
        }
    }

    @Test
    void boundDiffersForNeighbouringFilesAndPositions() {
        Set<Integer> seen = new HashSet<>();
        for (long file = 1; file <= 50; file++) {
            for (long position = 0; position < 50; position++) {
                assertTrue(
                        seen.add(Checksum.bound(0x12345678, file, position)),
                        "file " + file + " position " + position);
            }
        }
    }

    @Test
    void boundKeepsDifferencesOfTheContents() {
        assertNotEquals(Checksum.bound(1, 7, 4096), Checksum.bound(2, 7, 4096));
        assertEquals(Checksum.bound(1, 7, 4096), Checksum.bound(1, 7, 4096));
    }
}
