package dev.kvarts.cli;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// An entry that follows from its number, so that whoever knows the number can check every byte.
final class NumberedEntry {
    private static final int VALUE_SIZE_MAX = 400;

    private static final int DIGITS = 12;

    private NumberedEntry() {}

    /// Sorted as its number is.
    static byte[] key(long number) {
        String digits = Long.toString(number);
        String padding = "0".repeat(Math.max(0, DIGITS - digits.length()));
        return ("entry-" + padding + digits).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] value(long number) {
        var random = new SplittableRandom(number);
        byte[] value = new byte[random.nextInt(VALUE_SIZE_MAX + 1)];
        random.nextBytes(value);
        return value;
    }
}
