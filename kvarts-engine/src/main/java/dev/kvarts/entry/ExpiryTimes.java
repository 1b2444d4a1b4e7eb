package dev.kvarts.entry;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Layout;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// When the entries of one file expire: how many of them do, when the first, when the last, and by
/// when each further eighth of them has. So it is known without reading the file about how much of
/// it is gone, and for certain when all is. In the footer of a file of which anything expires,
/// version 1. Little-endian, times in milliseconds since 1970.
///
/// | offset | size | field         | meaning                                |
/// |-------:|-----:|---------------|----------------------------------------|
/// |      0 |    8 | expiring      | entries that expire                    |
/// |      8 |    8 | first         | when the first of them does            |
/// |     16 |    8 | one eighth    | by when an eighth of them has; about   |
/// |        |      | ...           |                                        |
/// |     64 |    8 | seven eighths |                                        |
/// |     72 |    8 | last          | when the last of them does             |
///
/// The eighths are those of a sample, which is the same for the same entries in the same order.
///
/// Thread safety: immutable.
public final class ExpiryTimes {
    public static final int PARTS = 8;
    public static final int SIZE = 8 * (PARTS + 2);

    public static final Layout LAYOUT =
            Layout.begin()
                    .number("expiring", 8)
                    .number("first", 8)
                    .number("one eighth", 8)
                    .number("two eighths", 8)
                    .number("three eighths", 8)
                    .number("four eighths", 8)
                    .number("five eighths", 8)
                    .number("six eighths", 8)
                    .number("seven eighths", 8)
                    .number("last", 8);

    /// Of a file of which nothing expires.
    public static final ExpiryTimes NONE = new ExpiryTimes(0, new long[PARTS + 1]);

    private final long count;
    private final long[] bounds;

    private ExpiryTimes(long count, long[] bounds) {
        this.count = count;
        this.bounds = bounds;
    }

    /// Reads what [#write] wrote.
    public static ExpiryTimes read(MemorySegment segment, long at) {
        long[] bounds = new long[PARTS + 1];
        for (int i = 0; i <= PARTS; i++) {
            bounds[i] = segment.get(Bytes.LONG, at + 8 + 8L * i);
        }
        return new ExpiryTimes(segment.get(Bytes.LONG, at), bounds);
    }

    /// Bytes that it takes on disk: none if nothing expires.
    public int size() {
        return count == 0 ? 0 : SIZE;
    }

    /// Writes what [#read] reads. Requires: [#size()] is not 0.
    public void write(MemorySegment segment, long at) {
        segment.set(Bytes.LONG, at, count);
        for (int i = 0; i <= PARTS; i++) {
            segment.set(Bytes.LONG, at + 8 + 8L * i, bounds[i]);
        }
    }

    /// Entries that expire.
    public long count() {
        return count;
    }

    /// When the first expires; 0 if none does.
    public long first() {
        return bounds[0];
    }

    /// When the last expires; 0 if none does.
    public long last() {
        return bounds[PARTS];
    }

    /// How many eighths have expired.
    public int partsExpired(long millis) {
        int parts = 0;
        while (count != 0 && parts < PARTS && bounds[parts + 1] <= millis) {
            parts++;
        }
        return parts;
    }

    /// About how many have expired: rather fewer.
    public long expired(long millis) {
        int parts = partsExpired(millis);
        return parts == PARTS ? count : count / PARTS * parts;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ExpiryTimes that
                && count == that.count
                && Arrays.equals(bounds, that.bounds);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(count) * 31 + Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return count == 0 ? "none" : count + " from " + first() + " to " + last();
    }

    /// Gathers times, in the order of the entries.
    ///
    /// Thread safety: one thread.
    public static final class Builder {
        private static final int SAMPLE_MAX = 1 << 10;

        private long count;
        private long first = Long.MAX_VALUE;
        private long last;
        private long[] sample = new long[64];
        private int sampled;
        private long step = 1; // every so many one is in the sample

        /// Adds an entry.
        ///
        /// @param expiry when it expires; 0 if it does not
        public void add(long expiry) {
            if (expiry == 0) {
                return;
            }
            first = Math.min(first, expiry);
            last = Math.max(last, expiry);
            if (count++ % step == 0) {
                sample(expiry);
            }
        }

        private void sample(long expiry) {
            if (sampled == SAMPLE_MAX) {
                for (int i = 0; i < SAMPLE_MAX / 2; i++) {
                    sample[i] = sample[2 * i];
                }
                sampled = SAMPLE_MAX / 2;
                step *= 2;
                if ((count - 1) % step != 0) {
                    return;
                }
            }
            if (sampled == sample.length) {
                sample = Arrays.copyOf(sample, 2 * sampled);
            }
            sample[sampled++] = expiry;
        }

        /// What was gathered so far.
        public ExpiryTimes build() {
            if (count == 0) {
                return NONE;
            }
            long[] sorted = Arrays.copyOf(sample, sampled);
            Arrays.sort(sorted);
            long[] bounds = new long[PARTS + 1];
            bounds[0] = first;
            for (int i = 1; i < PARTS; i++) {
                int upTo = (i * sampled + PARTS - 1) / PARTS; // so many are i eighths
                bounds[i] = sorted[upTo - 1];
            }
            bounds[PARTS] = last;
            return new ExpiryTimes(count, bounds);
        }
    }
}
