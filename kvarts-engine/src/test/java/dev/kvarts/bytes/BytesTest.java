package dev.kvarts.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/// Reading and writing numbers and stretches of bytes.
final class BytesTest {
    @Test
    void numbersAreLittleEndianAndMayStandAnywhere() {
        byte[] array = new byte[20];
        Bytes.putLong(array, 3, 0x0807060504030201L);
        assertEquals(1, array[3]);
        assertEquals(8, array[10]);
        assertEquals(0x0807060504030201L, Bytes.getLong(array, 3));
        assertEquals(0x04030201, Bytes.getInt(array, 3));
        Bytes.putInt(array, 13, -2);
        assertEquals(-2, Bytes.getInt(array, 13));
    }

    @Test
    void unsignedReadsAreNeverNegative() {
        MemorySegment ones = MemorySegment.ofArray(new byte[] {-1, -1, -1, -1, -1});
        assertEquals(0xFF, Bytes.getUnsignedByte(ones, 1));
        assertEquals(0xFFFF, Bytes.getUnsignedShort(ones, 1));
        assertEquals(0xFFFF_FFFFL, Bytes.getUnsignedInt(ones, 1));
    }

    @Test
    void equalSeesEveryByteAndNoOther() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(128);
            for (int length = 0; length <= 70; length++) {
                byte[] key = new byte[length + 3];
                new Random(length).nextBytes(key);
                MemorySegment.copy(key, 0, segment, Bytes.BYTE, 5, length);
                assertTrue(Bytes.equal(segment, 5, key, length));
                for (int i = 0; i < length; i++) {
                    key[i] ^= 1;
                    assertFalse(Bytes.equal(segment, 5, key, length), length + " byte " + i);
                    key[i] ^= 1;
                }
            }
        }
    }

    @Test
    void valuesAreCopiedFromArraysAndSegmentsAlike() {
        byte[] value = {1, 2, 3};
        byte[] target = new byte[8];
        MemorySegment segment = MemorySegment.ofArray(target);
        Bytes.copyValue(value, segment, 1, 3);
        Bytes.copyValue(MemorySegment.ofArray(value), segment, 5, 2);
        assertArrayEquals(new byte[] {0, 1, 2, 3, 0, 1, 2, 0}, target);
        assertArrayEquals(new byte[] {2, 3, 0}, Bytes.copyOut(segment, 2, 3));
        assertEquals(0, Bytes.copyOut(segment, 8, 0).length);
    }

    @Test
    void roundUpGivesTheNextMultiple() {
        assertEquals(0, Bytes.roundUp(0, 8));
        assertEquals(8, Bytes.roundUp(1, 8));
        assertEquals(8, Bytes.roundUp(8, 8));
        assertEquals(1L << 33, Bytes.roundUp((1L << 33) - 4095, 4096));
    }
}
