package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashSet;
import java.util.zip.Deflater;

class GeneratorTest {
    private static final long SEED = 7;

    @Test
    void permutationGivesEachNumberOnce() {
        for (int size : new int[] {1, 2, 3, 5, 64, 65, 1000, 4097, 100_000}) {
            var order = new Permutation(size, SEED + size);
            var seen = new BitSet();
            for (int i = 0; i < size; i++) {
                long number = order.at(i);
                assertTrue(number >= 0 && number < size, "size=" + size + " number=" + number);
                assertFalse(seen.get((int) number), "size=" + size + " twice number=" + number);
                seen.set((int) number);
            }
        }
    }

    @Test
    void permutationIsScattered() {
        int size = 100_000;
        var order = new Permutation(size, SEED);
        int near = 0;
        for (int i = 1; i < size; i++) {
            near += Math.abs(order.at(i) - order.at(i - 1)) < size / 100 ? 1 : 0;
        }
        // Two independent numbers are nearer than a hundredth of the range in about two of a
        // hundred cases.
        assertTrue(near < size * 3 / 100, "near=" + near);
    }

    @Test
    void permutationOfAnotherSeedIsAnother() {
        var one = new Permutation(1000, 1);
        var other = new Permutation(1000, 2);
        int same = 0;
        for (int i = 0; i < 1000; i++) {
            same += one.at(i) == other.at(i) ? 1 : 0;
        }
        assertTrue(same < 20, "same=" + same);
    }

    @Test
    void keysAreUniqueAndMissingOnesAreNoneOfThem() {
        var keys = new HashSet<ByteBuffer>();
        byte[] key = Keys.create();
        for (long number = 0; number < 10_000; number++) {
            Keys.present(key, number);
            assertEquals(number, Keys.number(key));
            assertTrue(keys.add(ByteBuffer.wrap(key.clone())));
        }
        for (long number = 0; number < 10_000; number++) {
            Keys.missing(key, number);
            assertFalse(keys.contains(ByteBuffer.wrap(key)));
        }
    }

    @Test
    void valuesTellTheirEntryAndCompressToAboutHalf() {
        Values values = Values.create(1024, SEED);
        var deflater = new Deflater();
        byte[] compressed = new byte[2048];
        long sum = 0;
        for (int number = 0; number < 100; number++) {
            byte[] value = values.next(number);
            assertTrue(Values.belongs(value, value.length, number));
            assertFalse(Values.belongs(value, value.length, number + 1));
            deflater.reset();
            deflater.setInput(value);
            deflater.finish();
            sum += deflater.deflate(compressed);
        }
        double ratio = sum / (100.0 * 1024);
        assertTrue(ratio > 0.45 && ratio < 0.62, "ratio=" + ratio);
    }

    @Test
    void sameSeedGivesTheSameNumbers() {
        var one = new SplitMix(SEED);
        var other = new SplitMix(SEED);
        long last = 0;
        for (int i = 0; i < 1000; i++) {
            long bound = 1 + i * 1_000_003L;
            long number = one.below(bound);
            assertEquals(number, other.below(bound));
            assertTrue(number >= 0 && number < bound);
            last = number;
        }
        assertNotEquals(last, new SplitMix(SEED + 1).below(1_000_003L * 999));
    }
}
