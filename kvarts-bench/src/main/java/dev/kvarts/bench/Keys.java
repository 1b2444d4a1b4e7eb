package dev.kvarts.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Keys as db_bench makes them: the entry's number, big-endian, filled up with '0' to 16 bytes. A
/// key that is certainly missing, yet inside the range of those that exist, ends with '.'.
final class Keys {
    static final int SIZE = 16;
    private static final VarHandle NUMBER =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Keys() {}

    static byte[] create() {
        byte[] key = new byte[SIZE];
        java.util.Arrays.fill(key, (byte) '0');
        return key;
    }

    /// Makes `key`, which [#create()] returned, that of entry `number`.
    static void present(byte[] key, long number) {
        NUMBER.set(key, 0, number);
        key[SIZE - 1] = '0';
    }

    /// Makes `key` one that no entry has.
    static void missing(byte[] key, long number) {
        NUMBER.set(key, 0, number);
        key[SIZE - 1] = '.';
    }

    static long number(byte[] key) {
        return (long) NUMBER.get(key, 0);
    }
}
