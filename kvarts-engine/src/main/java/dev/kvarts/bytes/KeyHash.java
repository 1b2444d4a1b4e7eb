package dev.kvarts.bytes;

/// The 64-bit hash of a key. It is on disk: runs are sorted by it, as an unsigned number.
///
/// A folded 64x64 to 128 bit multiplication per 16 bytes, in the manner of wyhash (Wang Yi, 2019).
/// The seed is drawn once per database, so that nobody who does not know it can choose keys that
/// collide. It is in both factors of every product: a factor that key bytes alone could make zero
/// would forget the rest of the key and the seed.
public final class KeyHash {
    private static final long K0 = 0x9E3779B97F4A7C15L;
    private static final long K1 = 0xD6E8FEB86659FD93L;
    private static final long K2 = 0xA0761D6478BD642FL;

    private KeyHash() {}

    public static long hash(byte[] key, int length, long seed) {
        long state = seed ^ K0;
        long secret = Long.rotateLeft(seed, 32) ^ K1;
        int i = 0;
        for (; i + 16 < length; i += 16) {
            state = fold(Bytes.getLong(key, i) ^ secret, Bytes.getLong(key, i + 8) ^ state);
        }
        long a;
        long b;
        int left = length - i;
        if (left >= 8) {
            a = Bytes.getLong(key, i);
            b = Bytes.getLong(key, length - 8);
        } else if (left >= 4) {
            a = Integer.toUnsignedLong(Bytes.getInt(key, i));
            b = Integer.toUnsignedLong(Bytes.getInt(key, length - 4));
        } else if (left > 0) {
            a =
                    (key[i] & 0xFFL) << 16
                            | (key[i + (left >> 1)] & 0xFFL) << 8
                            | (key[length - 1] & 0xFFL);
            b = 0;
        } else {
            a = 0;
            b = 0;
        }
        return fold(K2 ^ length, fold(a ^ secret, b ^ state));
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
