package dev.kvarts.db;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// An entry of a history, version 1: what a write replaced. Little-endian, but for the key, whose
/// order is that of time.
///
/// | offset | size | key    | meaning                                                          |
/// |-------:|-----:|--------|------------------------------------------------------------------|
/// |      0 |    8 | hash   | of the key that was written, big-endian                          |
/// |      8 |    8 | stamp  | milliseconds since 1970 << 20, and a count, big-endian           |
///
/// | offset | size | value    | meaning                                                        |
/// |-------:|-----:|----------|----------------------------------------------------------------|
/// |      0 |    1 | present  | 1: there was a value, 0: there was none                        |
/// |      1 |    3 | reserved | 0                                                              |
/// |      4 |    4 | key size |                                                                |
/// |      8 |    8 | expiry   | of the value, milliseconds since 1970; 0: none                 |
/// |     16 |    k | key      |                                                                |
/// | 16 + k |    v | value    |                                                                |
///
/// The first entry of a history has a key of one byte, 0, and says since when it is kept:
/// milliseconds since 1970, 8 bytes.
final class HistoryFormat {
    /// Names of histories begin with it; those of users' keyspaces do not.
    static final String NAME_PREFIX = ".history/";

    static final int KEY_SIZE = 16;
    private static final int KEY_SIZE_OFFSET = 4;
    private static final int EXPIRY = 8;
    private static final int HEADER_SIZE = 16;
    private static final int STAMPS_PER_MILLI_BITS = 20;
    private static final byte[] BEGIN = {0};

    private HistoryFormat() {}

    static String nameFor(String keyspace) {
        return NAME_PREFIX + keyspace;
    }

    /// Key of the entry that says since when a history is kept.
    static byte[] beginKey() {
        return BEGIN.clone();
    }

    /// The lowest stamp of a millisecond.
    static long stampOf(long millis) {
        return millis << STAMPS_PER_MILLI_BITS;
    }

    static long millisOf(long stamp) {
        return stamp >>> STAMPS_PER_MILLI_BITS;
    }

    static byte[] key(long hash, long stamp) {
        byte[] key = new byte[KEY_SIZE];
        Bytes.putLong(key, 0, Long.reverseBytes(hash));
        Bytes.putLong(key, 8, Long.reverseBytes(stamp));
        return key;
    }

    /// Whether a history's key is of this hash.
    static boolean isOf(byte[] key, long hash) {
        return key.length == KEY_SIZE && Bytes.getLong(key, 0) == Long.reverseBytes(hash);
    }

    /// @param before the value that was there; null: none was
    static byte[] value(byte[] key, byte[] before, long expiry) {
        byte[] value = new byte[HEADER_SIZE + key.length + (before == null ? 0 : before.length)];
        value[0] = (byte) (before == null ? 0 : 1);
        Bytes.putInt(value, KEY_SIZE_OFFSET, key.length);
        Bytes.putLong(value, EXPIRY, expiry);
        System.arraycopy(key, 0, value, HEADER_SIZE, key.length);
        if (before != null) {
            System.arraycopy(before, 0, value, HEADER_SIZE + key.length, before.length);
        }
        return value;
    }

    /// Whether the entry is of this key.
    static boolean isOf(MemorySegment value, byte[] key) {
        return value.get(Bytes.INT, KEY_SIZE_OFFSET) == key.length
                && Bytes.equal(value, HEADER_SIZE, key, key.length);
    }

    /// The value that was there at a time at which it was the newest; null if there was none, or it
    /// had expired.
    static byte[] before(byte[] value, long millis) {
        long expiry = Bytes.getLong(value, EXPIRY);
        if (value[0] == 0 || expiry != 0 && expiry <= millis) {
            return null;
        }
        return Arrays.copyOfRange(
                value, HEADER_SIZE + Bytes.getInt(value, KEY_SIZE_OFFSET), value.length);
    }
}
