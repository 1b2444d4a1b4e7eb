package dev.kvarts.bench.loops;

import java.util.SplittableRandom;

/// As many entries as a memory store of 64 MiB takes, in no order, and the keys in another one.
final class SortedKeys {
    static final int KEY_SIZE = 16;
    static final int VALUE_SIZE = 100;
    private static final long SEED = 42;

    final byte[][] keys;

    /// The same arrays, drawn at random.
    final byte[][] questions;

    final byte[] value = new byte[VALUE_SIZE];

    SortedKeys(int count) {
        var random = new SplittableRandom(SEED);
        keys = new byte[count][KEY_SIZE];
        for (byte[] key : keys) {
            random.nextBytes(key);
        }
        random.nextBytes(value);
        questions = keys.clone();
        for (int i = count - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            byte[] key = questions[i];
            questions[i] = questions[other];
            questions[other] = key;
        }
    }
}
