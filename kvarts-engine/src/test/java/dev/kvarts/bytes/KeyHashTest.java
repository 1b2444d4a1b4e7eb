package dev.kvarts.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/// The hash is on disk and orders runs: it never changes, and spreads whatever keys users have.
final class KeyHashTest {
    private static final long SEED = 0x0123_4567_89AB_CDEFL;

    private static int[] lengths() {
        return IntStream.concat(IntStream.rangeClosed(1, 100), IntStream.of(65_535, 65_536))
                .toArray();
    }

    private static byte[] counting(int length) {
        byte[] key = new byte[length];
        for (int i = 0; i < length; i++) {
            key[i] = (byte) (i * 7 + 1);
        }
        return key;
    }

    @Test
    void goldenValuesStayAsTheyAre() {
        long folded = 0;
        for (int length : lengths()) {
            folded = folded * 31 + KeyHash.hash(counting(length), length, SEED);
        }
        assertEquals(0x10260DC2DEB720A5L, KeyHash.hash(counting(1), 1, SEED));
        assertEquals(0xD9AFBF4393A97551L, KeyHash.hash(counting(16), 16, SEED));
        assertEquals(0xDB96DAC9812BBCC8L, KeyHash.hash(counting(65_536), 65_536, 0));
        assertEquals(0x24CDE70E3E0A7343L, folded);
    }

    @Test
    void everyByteOfAKeyCounts() {
        for (int length : lengths()) {
            byte[] key = counting(length);
            long hash = KeyHash.hash(key, length, SEED);
            int step = length > 100 ? 997 : 1;
            for (int i = length - 1; i >= 0; i -= step) {
                for (int bit = 0; bit < 8; bit++) {
                    key[i] ^= (byte) (1 << bit);
                    assertNotEquals(
                            hash,
                            KeyHash.hash(key, length, SEED),
                            "length " + length + " byte " + i + " bit " + bit);
                    key[i] ^= (byte) (1 << bit);
                }
            }
        }
    }

    @Test
    void keysOfZerosDifferByTheirLength() {
        Set<Long> hashes = new HashSet<>();
        byte[] zeros = new byte[65_536];
        for (int length : lengths()) {
            assertTrue(hashes.add(KeyHash.hash(zeros, length, SEED)), "length " + length);
        }
    }

    @Test
    void theSeedChangesEveryHash() {
        for (int length : lengths()) {
            byte[] key = counting(length);
            assertNotEquals(
                    KeyHash.hash(key, length, SEED),
                    KeyHash.hash(key, length, SEED + 1),
                    "length " + length);
        }
    }

    @Test
    void bytesBeyondTheLengthAreNotLookedAt() {
        for (int length = 1; length <= 100; length++) {
            byte[] longer = Arrays.copyOf(counting(length), length + 40);
            Arrays.fill(longer, length, longer.length, (byte) 0x5A);
            assertEquals(
                    KeyHash.hash(counting(length), length, SEED),
                    KeyHash.hash(longer, length, SEED),
                    "length " + length);
        }
    }

    /// A product of zero would forget the seed and everything that was mixed before: who knows the
    /// source, but not the seed, could choose keys that all collide.
    @Test
    void noBytesOfAKeyMakeTheRestOfItForgotten() {
        long[] constants = {0x9E3779B97F4A7C15L, 0xD6E8FEB86659FD93L, 0xA0761D6478BD642FL};
        long seed = new Random().nextLong();
        for (long constant : constants) {
            for (int length : new int[] {16, 32, 48, 100}) {
                for (int at = 0; at + 8 <= length; at++) {
                    Set<Long> hashes = new HashSet<>();
                    for (int variant = 0; variant < 4; variant++) {
                        byte[] key = new byte[length];
                        Arrays.fill(key, (byte) variant);
                        Bytes.putLong(key, at, constant);
                        hashes.add(KeyHash.hash(key, length, seed));
                    }
                    assertEquals(4, hashes.size(), "length " + length + " at " + at + " " + seed);
                }
            }
        }
    }

    @Test
    void consecutiveKeysSpreadEvenlyOverTopAndLowBits() {
        int[] top = new int[1024];
        int[] low = new int[256];
        int keys = 1 << 18;
        for (int i = 0; i < keys; i++) {
            byte[] key = new byte[16];
            Bytes.putInt(key, 12, i);
            long hash = KeyHash.hash(key, key.length, SEED);
            top[(int) (hash >>> 54)]++;
            low[(int) (hash & 0xFF)]++;
        }
        assertSpread(top, keys);
        assertSpread(low, keys);
    }

    /// Chi-squared within six standard deviations of what random numbers give.
    private static void assertSpread(int[] buckets, int keys) {
        double expected = (double) keys / buckets.length;
        double squares = 0;
        for (int count : buckets) {
            squares += (count - expected) * (count - expected) / expected;
        }
        double freedom = buckets.length - 1;
        assertEquals(freedom, squares, 6 * Math.sqrt(2 * freedom));
    }
}
