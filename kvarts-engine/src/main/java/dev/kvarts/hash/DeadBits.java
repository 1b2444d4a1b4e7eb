package dev.kvarts.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// One bit per record of a run: set when the record was overwritten or deleted, never cleared.
///
/// Thread safety: any number of threads; partitions that share a word are loaded by different
/// threads.
final class DeadBits {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words;

    DeadBits(long records) {
        this.words = new long[(int) (records + 63 >>> 6)];
    }

    DeadBits(long[] words) {
        this.words = words;
    }

    boolean get(long ordinal) {
        return ((long) WORD.getAcquire(words, (int) (ordinal >>> 6)) >>> ordinal & 1) != 0;
    }

    /// Loads the word of a record that is expected to be asked for.
    long touch(long ordinal) {
        return words[(int) (ordinal >>> 6)];
    }

    /// Sets the bit. Returns whether it was clear.
    boolean set(long ordinal) {
        long bit = 1L << ordinal;
        return ((long) WORD.getAndBitwiseOr(words, (int) (ordinal >>> 6), bit) & bit) == 0;
    }

    /// Those that are set now. Requires: nobody sets any.
    DeadBits copy() {
        return new DeadBits(words.clone());
    }

    long[] words() {
        return words;
    }

    long memoryBytes() {
        return 8L * words.length;
    }
}
