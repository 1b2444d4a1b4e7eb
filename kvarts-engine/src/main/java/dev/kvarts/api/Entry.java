package dev.kvarts.api;

import java.util.Arrays;
import java.util.Objects;

/// A key and its value. The arrays are not copied: whoever gets one owns them.
public record Entry(byte[] key, byte[] value) {
    public Entry {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Entry entry
                && Arrays.equals(key, entry.key)
                && Arrays.equals(value, entry.value);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(key) + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return "Entry[" + Arrays.toString(key) + ", " + Arrays.toString(value) + "]";
    }
}
