package dev.kvarts.entry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Counts what a keyspace does, in stripes, so that threads do not meet. A lookup adds to one
/// counter, rarely to two.
public final class Counters {
    public static final int MEMORY_HITS = 0;
    public static final int RUN_HITS = 1;
    public static final int MISSES = 2;
    public static final int HIT_READS_EXTRA = 3; // beyond one per hit
    public static final int MISS_READS = 4;
    public static final int FLUSHES = 5;
    public static final int FLUSHED_BYTES = 6;
    public static final int RECLAIMS = 7; // merges and compactions too
    public static final int RECLAIMED_BYTES = 8;
    public static final int CHECKPOINT_BYTES = 9;

    private static final int STRIPES = 32;
    private static final int PER_STRIPE = 16; // two cache lines
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] cells = new long[STRIPES * PER_STRIPE];

    public void add(int counter, long amount) {
        int stripe = (int) Thread.currentThread().threadId() & STRIPES - 1;
        CELL.getAndAdd(cells, stripe * PER_STRIPE + counter, amount);
    }

    public long sum(int counter) {
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += (long) CELL.getOpaque(cells, stripe * PER_STRIPE + counter);
        }
        return sum;
    }
}
