package dev.kvarts.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Counts what a keyspace does, in stripes, so that threads do not meet. A lookup adds to one
/// counter, rarely to two.
final class Counters {
    static final int MEMORY_HITS = 0;
    static final int RUN_HITS = 1;
    static final int MISSES = 2;
    static final int HIT_READS_EXTRA = 3; // beyond one per hit
    static final int MISS_READS = 4;
    static final int FLUSHES = 5;
    static final int FLUSHED_BYTES = 6;
    static final int RECLAIMS = 7;
    static final int RECLAIMED_BYTES = 8;
    static final int CHECKPOINT_BYTES = 9;
    static final int WRITE_DELAY_NANOS = 10;

    private static final int STRIPES = 32;
    private static final int PER_STRIPE = 16; // two cache lines
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] cells = new long[STRIPES * PER_STRIPE];

    void add(int counter, long amount) {
        int stripe = (int) Thread.currentThread().threadId() & STRIPES - 1;
        CELL.getAndAdd(cells, stripe * PER_STRIPE + counter, amount);
    }

    long sum(int counter) {
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += (long) CELL.getOpaque(cells, stripe * PER_STRIPE + counter);
        }
        return sum;
    }
}
