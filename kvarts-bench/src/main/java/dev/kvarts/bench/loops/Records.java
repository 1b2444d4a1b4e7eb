package dev.kvarts.bench.loops;

import dev.kvarts.bytes.KeyHash;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;

/// Records of some 64 pages, in the order of their hashes, and keys to ask for. The same arguments
/// give the same records.
///
/// A quarter of a megabyte stays in the second-level cache. Each key is asked for many times, in an
/// order too long for a branch predictor to learn by heart.
final class Records {
    static final int KEY_SIZE = 16;
    private static final int BYTES = 256 << 10;
    private static final int QUESTIONS = 1 << 16;
    static final long SEED = 42; // of the key hash, too

    final byte[][] keys;
    final long[] hashes;
    final byte[][] values;

    /// Keys that are there, and keys that are not, drawn at random: a power of two.
    final Question[] present;

    final Question[] absent;

    /// A key and its hash.
    record Question(byte[] key, long hash) {
        static Question of(byte[] key) {
            return new Question(key, KeyHash.hash(key, key.length, SEED));
        }
    }

    /// @param slotted whether every second value is a byte longer
    Records(int valueSize, boolean slotted) {
        var random = new SplittableRandom(SEED);
        int count = BYTES / (KEY_SIZE + valueSize);
        Question[] sorted = distinct(count, random);
        present = drawn(sorted, random);
        absent = drawn(distinct(count, random), random);
        Arrays.sort(sorted, Comparator.comparingLong(question -> question.hash ^ Long.MIN_VALUE));
        keys = new byte[count][];
        hashes = new long[count];
        values = new byte[count][];
        for (int i = 0; i < count; i++) {
            keys[i] = sorted[i].key;
            hashes[i] = sorted[i].hash;
            values[i] = new byte[valueSize + (slotted ? i & 1 : 0)];
            random.nextBytes(values[i]);
        }
    }

    private static Question[] distinct(int count, SplittableRandom random) {
        var questions = new Question[count];
        for (int i = 0; i < count; i++) {
            byte[] key = new byte[KEY_SIZE];
            random.nextBytes(key);
            questions[i] = Question.of(key);
        }
        return questions;
    }

    private static Question[] drawn(Question[] from, SplittableRandom random) {
        var drawn = new Question[QUESTIONS];
        Arrays.setAll(drawn, _ -> from[random.nextInt(from.length)]);
        return drawn;
    }
}
