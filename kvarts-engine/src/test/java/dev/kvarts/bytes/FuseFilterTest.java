package dev.kvarts.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fastfilter.xor.XorFuse8;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.LongPredicate;

/// Every key of the filter passes; of others as few as fingerprints of 8 or 16 bits allow.
final class FuseFilterTest {
    private final Arena arena = Arena.ofConfined();
    private final long seed = new Random().nextLong();

    @AfterEach
    void close() {
        arena.close();
    }

    private FuseFilter filter(long[] hashes, int bits) {
        MemorySegment stored = FuseFilter.build(hashes, hashes.length, bits, arena);
        return FuseFilter.parse(stored, 0, stored.byteSize());
    }

    private void assertAllPass(long[] hashes, FuseFilter filter) {
        for (int i = 0; i < hashes.length; i++) {
            assertTrue(
                    filter.mayContain(hashes[i]),
                    "seed=" + seed + " keys=" + hashes.length + " index=" + i);
        }
    }

    private static double share(int questions, LongPredicate passes, long seed) {
        var random = new SplittableRandom(seed);
        int passed = 0;
        for (int i = 0; i < questions; i++) {
            passed += passes.test(random.nextLong()) ? 1 : 0;
        }
        return (double) passed / questions;
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void everyKeyPassesAtEverySmallSize(int bits) {
        var random = new SplittableRandom(seed);
        for (int keys = 1; keys <= 600; keys++) {
            long[] hashes = random.longs(keys).toArray();
            FuseFilter filter = filter(hashes, bits);
            assertEquals(keys, filter.keys());
            assertAllPass(hashes, filter);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 99_999, 1_000_000, 3_000_001})
    void everyKeyPassesAtLargeSizes(int keys) {
        long[] hashes = new SplittableRandom(seed).longs(keys).toArray();
        assertAllPass(hashes, filter(hashes, 8));
        assertAllPass(hashes, filter(hashes, 16));
    }

    @Test
    void withoutKeysNothingPasses() {
        FuseFilter filter = filter(new long[0], 8);
        assertEquals(24, filter.sizeBytes());
        assertEquals(0.0, share(1000, filter::mayContain, seed));
    }

    @Test
    void absentKeysPassAsRarelyAsInTheFilterOfThePapersAuthors() {
        long[] hashes = new SplittableRandom(seed).longs(1_000_000).toArray();
        FuseFilter filter = filter(hashes, 8);
        XorFuse8 oracle = XorFuse8.construct(hashes);
        double expected = share(2_000_000, oracle::mayContain, seed + 1);
        double passed = share(2_000_000, filter::mayContain, seed + 1);
        // One in 256, of two million: a deviation of 0.0002 is four standard deviations and more.
        assertEquals(1 / 256.0, expected, 0.0002, "seed=" + seed);
        assertEquals(expected, passed, 0.0003, "seed=" + seed);
        assertTrue(8.0 * filter.sizeBytes() <= oracle.getBitCount(), filter.sizeBytes() + " bytes");
    }

    @Test
    void of65536AbsentKeysOnePassesWith16Bits() {
        FuseFilter filter = filter(new SplittableRandom(seed).longs(200_000).toArray(), 16);
        double passed = share(8_000_000, filter::mayContain, seed + 1);
        assertEquals(1 / 65_536.0, passed, 6e-6, "seed=" + seed);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void aKeyTakesAnEighthMoreThanItsFingerprint(int bits) {
        for (int keys : new int[] {1_000_000, 3_000_000}) {
            long[] hashes = new SplittableRandom(seed).longs(keys).toArray();
            FuseFilter filter = filter(hashes, bits);
            double bitsPerKey = 8.0 * filter.sizeBytes() / keys;
            assertTrue(
                    bitsPerKey >= 1.123 * bits && bitsPerKey <= 1.14 * bits,
                    "keys=" + keys + " bits per key=" + bitsPerKey);
            assertEquals(filter.sizeBytes(), FuseFilter.sizeBytes(keys, bits));
        }
    }

    @Test
    void hashesThatRepeatCountOnce() {
        var random = new SplittableRandom(seed);
        for (int keys : new int[] {2, 3, 50, 5_000}) {
            long[] hashes = new long[keys];
            for (int i = 0; i < keys; i++) {
                hashes[i] = i > 0 && i % 3 == 0 ? hashes[random.nextInt(i)] : random.nextLong();
            }
            long[] before = hashes.clone();
            FuseFilter filter = filter(hashes, 8);
            assertAllPass(hashes, filter);
            assertTrue(Arrays.equals(before, hashes), "the caller's array was changed");
            if (keys > 3) {
                assertEquals(Arrays.stream(hashes).distinct().count(), filter.keys());
            }
        }
        long[] same = new long[100_000];
        Arrays.fill(same, random.nextLong());
        FuseFilter filter = filter(same, 8);
        assertEquals(1, filter.keys());
        assertTrue(filter.mayContain(same[0]));
    }

    @Test
    void hashesThatAreNotSpreadAreFilteredAsWell() {
        for (int shift : new int[] {0, 8, 16, 32, 44}) {
            long[] hashes = new long[100_000];
            for (int i = 0; i < hashes.length; i++) {
                hashes[i] = (long) i << shift;
            }
            FuseFilter filter = filter(hashes, 8);
            assertAllPass(hashes, filter);
            double passed = share(100_000, filter::mayContain, seed);
            assertTrue(passed < 0.01, "seed=" + seed + " shift=" + shift + " passed=" + passed);
        }
    }

    @Test
    void theSameKeysMakeTheSameBytes() {
        long[] hashes = new SplittableRandom(seed).longs(5_000).toArray();
        MemorySegment first = FuseFilter.build(hashes, hashes.length, 8, arena);
        MemorySegment second = FuseFilter.build(hashes, hashes.length, 8, arena);
        assertEquals(-1, first.mismatch(second), "seed=" + seed);
    }

    @Test
    void onlyTheFirstHashesAreTaken() {
        long[] hashes = new SplittableRandom(seed).longs(2_000).toArray();
        MemorySegment stored = FuseFilter.build(hashes, 1_000, 8, arena);
        FuseFilter filter = FuseFilter.parse(stored, 0, stored.byteSize());
        assertEquals(1_000, filter.keys());
        long passed = Arrays.stream(hashes, 1_000, 2_000).filter(filter::mayContain).count();
        assertTrue(passed < 50, "seed=" + seed + " passed=" + passed);
    }

    @Test
    void aFilterWorksWhereverItLies() {
        long[] hashes = new SplittableRandom(seed).longs(777).toArray();
        for (int bits : new int[] {8, 16}) {
            MemorySegment stored = FuseFilter.build(hashes, hashes.length, bits, arena);
            MemorySegment larger = arena.allocate(stored.byteSize() + 20);
            larger.fill((byte) 0xCC);
            MemorySegment.copy(stored, 0, larger, 13, stored.byteSize());
            assertAllPass(hashes, FuseFilter.parse(larger, 13, stored.byteSize()));
        }
    }

    @Test
    void aFilterWithoutSlotsLetsEverythingPassIfItHasKeys() {
        MemorySegment stored = FuseFilter.build(new long[0], 0, 8, arena);
        stored.set(Bytes.INT, 8, 5);
        FuseFilter filter = FuseFilter.parse(stored, 0, stored.byteSize());
        assertEquals(1.0, share(1000, filter::mayContain, seed));
    }

    /// What a damaged header says is refused, or leaves the slots where they are; a question never
    /// reads outside.
    @Test
    void damagedHeadersAreRefusedOrHarmless() {
        var random = new Random(seed);
        long[] hashes = new SplittableRandom(seed).longs(1_000).toArray();
        MemorySegment stored = FuseFilter.build(hashes, hashes.length, 8, arena);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            MemorySegment damaged = Arena.ofAuto().allocate(stored.byteSize());
            damaged.copyFrom(stored);
            int at = random.nextInt(FuseFilter.HEADER_SIZE);
            damaged.set(Bytes.BYTE, at, (byte) random.nextInt());
            try {
                FuseFilter filter = FuseFilter.parse(damaged, 0, damaged.byteSize());
                for (int n = 0; n < 20; n++) {
                    filter.mayContain(random.nextLong());
                }
            } catch (IllegalArgumentException _) {
                refused++;
            }
        }
        // Half the header is the seed and the number of keys.
        assertTrue(refused > 9_000, "seed=" + seed + " refused=" + refused);
    }

    @Test
    void impossibleSizesAndHeadersAreRefused() {
        long[] hashes = new SplittableRandom(seed).longs(1_000).toArray();
        MemorySegment stored = FuseFilter.build(hashes, hashes.length, 8, arena);
        long size = stored.byteSize();
        assertRefused(stored, 0, size - 1);
        assertRefused(stored, 0, size + 1);
        assertRefused(stored, 1, size);
        assertRefused(stored, -1, size);
        assertRefused(stored, 0, 23);
        assertRefused(stored, size, 24);
        assertRefused(stored, Long.MAX_VALUE, 24);
        for (int at : new int[] {12, 15, 16, 17, 18, 23}) {
            MemorySegment damaged = arena.allocate(size);
            damaged.copyFrom(stored);
            damaged.set(Bytes.BYTE, at, (byte) (stored.get(Bytes.BYTE, at) ^ 0x81));
            assertRefused(damaged, 0, size);
        }
        assertThrows(
                IllegalArgumentException.class, () -> FuseFilter.build(hashes, 1_000, 12, arena));
    }

    private static void assertRefused(MemorySegment segment, long offset, long size) {
        assertThrows(IllegalArgumentException.class, () -> FuseFilter.parse(segment, offset, size));
    }
}
