package dev.kvarts.bench.loops;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// A block of 4 KiB as ordered keyspaces have them: ascending keys of 16 bytes and values of 100,
/// half of which can be compressed away.
final class CompressibleBlock {
    static final int SIZE = 4096;

    private static final int VALUE_SIZE = 100;
    private static final long SEED = 42;

    private CompressibleBlock() {}

    static byte[] bytes() {
        var random = new SplittableRandom(SEED);
        byte[] block = new byte[SIZE];
        long key = 0;
        for (int at = 0; at < SIZE; ) {
            key += 1 + random.nextInt(50);
            byte[] digits = String.format("%016d", key).getBytes(StandardCharsets.US_ASCII);
            at = put(digits, block, at);
            byte[] half = new byte[VALUE_SIZE / 2];
            random.nextBytes(half);
            at = put(half, block, at);
            at = put(half, block, at);
        }
        return block;
    }

    private static int put(byte[] bytes, byte[] block, int at) {
        int size = Math.min(bytes.length, SIZE - at);
        System.arraycopy(bytes, 0, block, at, size);
        return at + size;
    }
}
