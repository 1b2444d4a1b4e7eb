package dev.kvarts.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Limits;

import org.junit.jupiter.api.Test;

/// Every record has a class that holds it and wastes little.
final class SizeClassesTest {
    @Test
    void everySizeFitsItsClassAndNoSmallerOne() {
        for (long size = 1; size < 100_000; size++) {
            check(size);
        }
        for (int bit = 16; bit <= 32; bit++) {
            for (long around = -3; around <= 3; around++) {
                check((1L << bit) + around);
                check((1L << bit) + (1L << bit - 1) + around);
            }
        }
    }

    private static void check(long size) {
        int sizeClass = SizeClasses.of(size);
        long most = SizeClasses.sizeOf(sizeClass);
        assertTrue(most >= size, "size " + size + " class holds " + most);
        assertTrue(SizeClasses.sizeOf(sizeClass - 1) < size, "size " + size);
        assertTrue(most <= size + Math.max(16, size / 8), "size " + size + " wastes " + most);
        assertEquals(0, most % 16, "size " + size);
    }

    @Test
    void thereIsAClassForTheLargestRecord() {
        long largest =
                RecordLayout.HASHED_HEADER_SIZE + Limits.KEY_SIZE_MAX + Limits.VALUE_SIZE_MAX;
        assertTrue(SizeClasses.of(largest) < SizeClasses.COUNT);
        assertTrue(SizeClasses.of(1L << 30) < SizeClasses.COUNT);
    }
}
