package dev.kvarts.entry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;

/// The end of a deleted range as bytes.
final class RangeDeleteTest {
    private static final int BEFORE = 3;

    private static MemorySegment within(byte[] value) {
        byte[] more = new byte[BEFORE + value.length + 2];
        System.arraycopy(value, 0, more, BEFORE, value.length);
        return MemorySegment.ofArray(more);
    }

    @Test
    void anEndComesBackAsItWas() {
        for (byte[] to : new byte[][] {{}, {0}, {1, 2, 3}, new byte[65_536]}) {
            byte[] value = RangeDelete.encode(to);
            assertEquals(to.length + 1, value.length);
            assertTrue(RangeDelete.valid(within(value), BEFORE, value.length));
            assertArrayEquals(to, RangeDelete.decode(within(value), BEFORE, value.length));
        }
    }

    @Test
    void noEndIsAnEmptyValue() {
        byte[] value = RangeDelete.encode(null);
        assertEquals(0, value.length);
        assertTrue(RangeDelete.valid(within(value), BEFORE, 0));
        assertNull(RangeDelete.decode(within(value), BEFORE, 0));
    }

    @Test
    void otherBytesAreNotValid() {
        assertFalse(RangeDelete.valid(within(new byte[] {0}), BEFORE, 1));
        assertFalse(RangeDelete.valid(within(new byte[] {2, 1}), BEFORE, 2));
    }
}
