package dev.kvarts.bytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Finds fingerprints for the slots of a [FuseFilter].
///
/// A slot that only one key has chosen may be given whatever that key needs, after all others: the
/// key is *peeled* and its other two slots have one key less. If this goes on until no key is left,
/// the slots are filled in the opposite order. If it does not (a few per cent of small filters,
/// hardly ever a large one), another seed is tried. Keys are put into the order of their first
/// slots before, so that the work stays within three segments at a time, which the second-level
/// cache holds.
///
/// It ends: hashes that repeat are dropped after the first failure, every fourth failure makes the
/// filter larger, and after [#ATTEMPTS_MAX] it becomes one without slots that lets everything pass,
/// which is correct and slow. Hashes that are evenly spread do not come near that.
final class FuseFilterBuilder {
    static final int ATTEMPTS_MAX = 32;

    private static final int ATTEMPTS_PER_SIZE = 4;
    private static final long SEED_STEP = 0xD6E8FEB86659FD93L;

    // Of one attempt.
    private final Shape shape;
    private final long seed;
    private final int length;
    private final long span;
    private final long[] keys; // mixed hashes in the order of their segments; later, of peeling
    private final byte[] which; // of its three slots each key was peeled from
    private int peeled;

    /// How many slots in how many segments.
    record Shape(int segments, int lengthBits) {
        /// For so many keys, `grown` times a quarter larger than usual. Formulas and constants of
        /// the paper's authors.
        static Shape of(int keys, int grown) {
            if (keys == 0) {
                return new Shape(0, FuseFilter.LENGTH_BITS_MIN);
            }
            double log = StrictMath.log(Math.max(keys, 2));
            int lengthBits =
                    Math.clamp(
                            (int) Math.floor(log / StrictMath.log(3.33) + 2.25),
                            FuseFilter.LENGTH_BITS_MIN,
                            FuseFilter.LENGTH_BITS_MAX);
            double factor = Math.max(1.125, 0.875 + 0.25 * StrictMath.log(1_000_000) / log);
            long slots = Math.round(keys * factor * (1 + 0.25 * grown));
            long segments = (slots + (1L << lengthBits) - 1 >>> lengthBits) - 2;
            return new Shape((int) Math.max(segments, 1), lengthBits);
        }

        int slots() {
            return segments == 0 ? 0 : Math.toIntExact((segments + 2L) << lengthBits);
        }

        long sizeBytes(int bits) {
            return FuseFilter.sizeBytes(segments, lengthBits, bits);
        }
    }

    private FuseFilterBuilder(Shape shape, long seed, int count) {
        this.shape = shape;
        this.seed = seed;
        this.length = 1 << shape.lengthBits;
        this.span = (long) shape.segments << shape.lengthBits;
        this.keys = new long[count];
        this.which = new byte[count];
    }

    static MemorySegment build(long[] hashes, int count, int bits, Arena arena) {
        if (bits != 8 && bits != 16) {
            throw new IllegalArgumentException("fuse filter: bits must be 8 or 16 bits=" + bits);
        }
        long[] distinct = hashes;
        int keys = count;
        for (int attempt = 0; attempt < ATTEMPTS_MAX && keys > 0; attempt++) {
            var builder =
                    new FuseFilterBuilder(
                            Shape.of(keys, attempt / ATTEMPTS_PER_SIZE), attempt * SEED_STEP, keys);
            if (builder.peel(distinct)) {
                return builder.write(bits, arena);
            }
            if (attempt == 0) {
                distinct = Arrays.copyOf(hashes, count);
                Arrays.sort(distinct);
                keys = dropRepeated(distinct);
            }
        }
        return header(new Shape(0, FuseFilter.LENGTH_BITS_MIN), 0, keys, bits, arena);
    }

    private static int dropRepeated(long[] sorted) {
        int kept = 1;
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] != sorted[i - 1]) {
                sorted[kept++] = sorted[i];
            }
        }
        return kept;
    }

    private static MemorySegment header(Shape shape, long seed, int keys, int bits, Arena arena) {
        MemorySegment filter = arena.allocate(shape.sizeBytes(bits), Long.BYTES);
        filter.set(Bytes.LONG, 0, seed);
        filter.set(Bytes.INT, 8, keys);
        filter.set(Bytes.INT, 12, shape.segments);
        filter.set(Bytes.BYTE, 16, (byte) shape.lengthBits);
        filter.set(Bytes.BYTE, 17, (byte) bits);
        return filter;
    }

    /// Puts the mixed hashes in the order of the segments of their first slots.
    private void sort(long[] hashes) {
        int[] ends = new int[shape.segments + 1];
        for (int i = 0; i < keys.length; i++) {
            ends[segmentOf(FuseFilter.mix(hashes[i], seed)) + 1]++;
        }
        for (int i = 1; i < ends.length; i++) {
            ends[i] += ends[i - 1];
        }
        for (int i = 0; i < keys.length; i++) {
            long mixed = FuseFilter.mix(hashes[i], seed);
            keys[ends[segmentOf(mixed)]++] = mixed;
        }
    }

    private int segmentOf(long mixed) {
        return (int) (Math.unsignedMultiplyHigh(mixed, span) >>> shape.lengthBits);
    }

    private int first(long mixed) {
        return (int) Math.unsignedMultiplyHigh(mixed, span);
    }

    private int second(int first, long mixed) {
        return first + length ^ (int) (mixed >>> 18) & length - 1;
    }

    private int third(int first, long mixed) {
        return first + 2 * length ^ (int) mixed & length - 1;
    }

    /// Returns whether every key could be peeled; the order is in `keys` and `which` then.
    private boolean peel(long[] hashes) {
        sort(hashes);
        // Of each slot: how many keys chose it (upper six bits), and xored, as which of their three
        // slots (lower two bits) and which keys. So the only key of a slot can be read from it.
        byte[] counts = new byte[shape.slots()];
        long[] sums = new long[counts.length];
        if (!choose(counts, sums)) {
            return false;
        }
        int[] alone = new int[counts.length];
        int waiting = 0;
        for (int slot = 0; slot < counts.length; slot++) {
            alone[waiting] = slot;
            waiting += counts[slot] >> 2 == 1 ? 1 : 0;
        }
        while (waiting > 0) {
            int slot = alone[--waiting];
            if (counts[slot] >> 2 != 1) {
                continue; // its only key was peeled from another slot meanwhile
            }
            long mixed = sums[slot];
            int role = counts[slot] & 3;
            int first = first(mixed);
            int second = second(first, mixed);
            int third = third(first, mixed);
            int next = role == 0 ? second : role == 1 ? third : first;
            int last = role == 0 ? third : role == 1 ? first : second;
            which[peeled] = (byte) role;
            keys[peeled++] = mixed;
            alone[waiting] = next;
            waiting += counts[next] >> 2 == 2 ? 1 : 0;
            counts[next] = (byte) (counts[next] - 4 ^ (role == 2 ? 0 : role + 1));
            sums[next] ^= mixed;
            alone[waiting] = last;
            waiting += counts[last] >> 2 == 2 ? 1 : 0;
            counts[last] = (byte) (counts[last] - 4 ^ (role == 0 ? 2 : role - 1));
            sums[last] ^= mixed;
        }
        return peeled == keys.length;
    }

    /// Returns whether the counts fit, which they do unless hashes repeat many times.
    private boolean choose(byte[] counts, long[] sums) {
        int overflow = 0;
        for (int i = 0; i < keys.length; i++) {
            long mixed = keys[i];
            int first = first(mixed);
            int second = second(first, mixed);
            int third = third(first, mixed);
            counts[first] = (byte) (counts[first] + 4);
            sums[first] ^= mixed;
            counts[second] = (byte) (counts[second] + 4 ^ 1);
            sums[second] ^= mixed;
            counts[third] = (byte) (counts[third] + 4 ^ 2);
            sums[third] ^= mixed;
            overflow |= counts[first] | counts[second] | counts[third];
        }
        return overflow >= 0;
    }

    private MemorySegment write(int bits, Arena arena) {
        MemorySegment filter = header(shape, seed, keys.length, bits, arena);
        if (bits == 8) {
            fill8(filter);
        } else {
            fill16(filter);
        }
        return filter;
    }

    private void fill8(MemorySegment filter) {
        byte[] slots = new byte[shape.slots()];
        for (int i = keys.length - 1; i >= 0; i--) {
            long mixed = keys[i];
            int first = first(mixed);
            int second = second(first, mixed);
            int third = third(first, mixed);
            int slot = which[i] == 0 ? first : which[i] == 1 ? second : third;
            // The slot's own 0 does not disturb the sum.
            slots[slot] =
                    (byte)
                            (FuseFilter.fingerprint(mixed)
                                    ^ slots[first]
                                    ^ slots[second]
                                    ^ slots[third]);
        }
        MemorySegment.copy(slots, 0, filter, Bytes.BYTE, FuseFilter.HEADER_SIZE, slots.length);
    }

    private void fill16(MemorySegment filter) {
        short[] slots = new short[shape.slots()];
        for (int i = keys.length - 1; i >= 0; i--) {
            long mixed = keys[i];
            int first = first(mixed);
            int second = second(first, mixed);
            int third = third(first, mixed);
            int slot = which[i] == 0 ? first : which[i] == 1 ? second : third;
            slots[slot] =
                    (short)
                            (FuseFilter.fingerprint(mixed)
                                    ^ slots[first]
                                    ^ slots[second]
                                    ^ slots[third]);
        }
        MemorySegment.copy(slots, 0, filter, Bytes.SHORT, FuseFilter.HEADER_SIZE, slots.length);
    }
}
