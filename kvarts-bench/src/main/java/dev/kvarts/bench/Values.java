package dev.kvarts.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Values that compress to about half, as db_bench's: cut at a moving offset from a megabyte in
/// which every piece of 50 random bytes comes twice. The first 8 bytes are the entry's number, so
/// that whoever reads a value can tell whether it belongs to the key.
///
/// Thread safety: one thread; the megabyte is shared.
final class Values {
    static final int SIZE_MIN = Long.BYTES;

    /// Of a value with a counter.
    static final int COUNTED_SIZE_MIN = 2 * Long.BYTES;

    private static final int POOL_BYTES = 1 << 20;
    private static final int PIECE_BYTES = 50;
    private static final int STEP_BYTES = 61; // prime: offsets do not repeat soon
    private static final VarHandle NUMBER =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] pool;
    private final byte[] value;
    private int offset;

    private Values(byte[] pool, int size, int offset) {
        this.pool = pool;
        this.value = new byte[size];
        this.offset = offset;
    }

    static Values create(int size, long seed) {
        if (size < SIZE_MIN) {
            throw new IllegalArgumentException(
                    "value size: " + size + " must be at least " + SIZE_MIN);
        }
        byte[] pool = new byte[POOL_BYTES + size];
        var random = new SplitMix(seed);
        for (int at = 0; at < pool.length; at += 2 * PIECE_BYTES) {
            for (int i = at; i < Math.min(at + PIECE_BYTES, pool.length); i++) {
                pool[i] = (byte) random.next();
            }
            int copied = Math.min(PIECE_BYTES, pool.length - at - PIECE_BYTES);
            if (copied > 0) {
                System.arraycopy(pool, at, pool, at + PIECE_BYTES, copied);
            }
        }
        return new Values(pool, size, 0);
    }

    /// For another thread, starting elsewhere.
    Values fork(int thread) {
        return new Values(pool, value.length, (thread * 7919 * STEP_BYTES) & (POOL_BYTES - 1));
    }

    /// The next value for entry `number`; the same array each time.
    byte[] next(long number) {
        System.arraycopy(pool, offset, value, 0, value.length);
        NUMBER.set(value, 0, number);
        offset = (offset + STEP_BYTES) & (POOL_BYTES - 1);
        return value;
    }

    /// The number that a transaction counts up: the 8 bytes after the entry's number.
    static long counter(byte[] value) {
        return (long) NUMBER.get(value, Long.BYTES);
    }

    static void setCounter(byte[] value, long counter) {
        NUMBER.set(value, Long.BYTES, counter);
    }

    /// Whether these `length` bytes are a value of entry `number`.
    static boolean belongs(byte[] value, int length, long number) {
        return length >= SIZE_MIN && (long) NUMBER.get(value, 0) == number;
    }
}
