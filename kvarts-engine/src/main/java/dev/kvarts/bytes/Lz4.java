package dev.kvarts.bytes;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/// The LZ4 block format (Yann Collet, 2011; `lz4_Block_format.md`), without frames: the sizes are
/// kept by whoever keeps the bytes.
///
/// ```
/// sequence  token | literals' size, if 15 or more | literals | distance 2 | match's size, if 19 or more
/// token     literals' size, 15 at most << 4 | match's size - 4, 15 at most
/// size      what is left, in bytes of 255 and one that is less
/// ```
///
/// The last sequence has literals only, 5 or more; no match begins in the last 12 bytes. A match
/// may overlap what it makes: distance 1 repeats a byte.
///
/// The compressor is greedy: a hash table says where four bytes were seen last; where nothing is
/// found it strides faster and faster. It keeps a table and is for one thread. The decompressor
/// takes any bytes for input: it reads and writes nothing outside of what it was given.
public final class Lz4 {
    private static final int MATCH_MIN = 4;
    private static final int LAST_LITERALS = 5;
    private static final int LAST_MATCH = 12; // none begins in the last so many bytes
    private static final int DISTANCE_MAX = 65_535;
    private static final int RUN_MASK = 15;
    private static final int HASH_MULTIPLIER = 0x9E3779B1;
    private static final int TABLE_BITS_MIN = 8;
    private static final int TABLE_BITS_MAX = 13;
    private static final int PATIENCE_BITS = 6; // misses before the stride grows
    private static final int WORD = Long.BYTES;
    private static final int SHORT_INPUT = 18; // 14 literals copied as 16, and a distance
    private static final int SHORT_OUTPUT = 32; // 14 literals, 18 bytes of a match
    private static final int COPY_BY_WORD_MAX = 96; // more is worth the call

    private final int[] table = new int[1 << TABLE_BITS_MAX]; // hash of four bytes -> where

    /// Most bytes that so many take, compressed.
    public static int compressedSizeMax(int size) {
        return Math.toIntExact(size + size / 255L + 16);
    }

    /// Compresses `size` bytes of a native segment into another, which has room for
    /// [#compressedSizeMax] of them. Returns how many bytes they took.
    public int compress(MemorySegment source, long from, int size, MemorySegment target, long to) {
        int tableBits =
                Math.clamp(32 - Integer.numberOfLeadingZeros(size), TABLE_BITS_MIN, TABLE_BITS_MAX);
        int shift = 32 - tableBits;
        int[] table = this.table;
        Arrays.fill(table, 0, 1 << tableBits, 0);
        long out = to;
        int anchor = 0; // literals begin here
        int matchEnd = size - LAST_LITERALS;
        int last = size - LAST_MATCH; // no match begins here or after
        int at = 1; // the table takes 0 for seen
        search:
        while (at < last) {
            int match;
            int misses = 1 << PATIENCE_BITS;
            while (true) {
                int four = source.get(Bytes.INT, from + at);
                int hash = four * HASH_MULTIPLIER >>> shift;
                match = table[hash];
                table[hash] = at;
                if (source.get(Bytes.INT, from + match) == four && at - match <= DISTANCE_MAX) {
                    break;
                }
                at += misses++ >> PATIENCE_BITS;
                if (at >= last) {
                    break search;
                }
            }
            while (at > anchor
                    && match > 0
                    && source.get(Bytes.BYTE, from + at - 1)
                            == source.get(Bytes.BYTE, from + match - 1)) {
                at--;
                match--;
            }
            long token = out;
            out = literals(source, from + anchor, at - anchor, target, out, from + size);
            while (true) {
                int distance = at - match;
                int length = MATCH_MIN + common(source, from, match + 4, at + 4, matchEnd);
                target.set(Bytes.SHORT, out, (short) distance);
                out += 2;
                int more = length - MATCH_MIN;
                target.set(
                        Bytes.BYTE,
                        token,
                        (byte) (target.get(Bytes.BYTE, token) | Math.min(more, RUN_MASK)));
                out = more < RUN_MASK ? out : more(more - RUN_MASK, target, out);
                at += length;
                anchor = at;
                if (at >= last) {
                    break search;
                }
                int between = source.get(Bytes.INT, from + at - 2);
                table[between * HASH_MULTIPLIER >>> shift] = at - 2;
                int four = source.get(Bytes.INT, from + at);
                int hash = four * HASH_MULTIPLIER >>> shift;
                match = table[hash];
                table[hash] = at;
                if (source.get(Bytes.INT, from + match) != four || at - match > DISTANCE_MAX) {
                    break;
                }
                token = out;
                target.set(Bytes.BYTE, out++, (byte) 0); // without literals
            }
            at++;
        }
        return (int)
                (literals(source, from + anchor, size - anchor, target, out, from + size) - to);
    }

    /// How many bytes from `later` on are as those from `earlier` on, before `end`.
    private static int common(MemorySegment source, long from, int earlier, int later, int end) {
        int start = later;
        int distance = later - earlier;
        while (later <= end - WORD) {
            long different =
                    source.get(Bytes.LONG, from + later)
                            ^ source.get(Bytes.LONG, from + later - distance);
            if (different != 0) {
                return later - start + (Long.numberOfTrailingZeros(different) >>> 3);
            }
            later += WORD;
        }
        while (later < end
                && source.get(Bytes.BYTE, from + later)
                        == source.get(Bytes.BYTE, from + later - distance)) {
            later++;
        }
        return later - start;
    }

    /// Writes a token and literals, and returns where they end.
    private static long literals(
            MemorySegment source,
            long from,
            int size,
            MemorySegment target,
            long out,
            long sourceEnd) {
        target.set(Bytes.BYTE, out++, (byte) (Math.min(size, RUN_MASK) << 4));
        out = size < RUN_MASK ? out : more(size - RUN_MASK, target, out);
        // The target has room for a word more than the literals: 16 bytes were added to the most.
        copy(source, from, size, target, out, sourceEnd - from - size, WORD);
        return out + size;
    }

    private static long more(int size, MemorySegment target, long out) {
        for (; size >= 255; size -= 255) {
            target.set(Bytes.BYTE, out++, (byte) 255);
        }
        target.set(Bytes.BYTE, out++, (byte) size);
        return out;
    }

    /// Copies bytes that do not overlap; it may read and write a word too far if there are so many
    /// spare bytes behind both.
    private static void copy(
            MemorySegment source,
            long from,
            int size,
            MemorySegment target,
            long to,
            long spareSource,
            long spareTarget) {
        if (size <= COPY_BY_WORD_MAX && spareSource >= WORD && spareTarget >= WORD) {
            for (int i = 0; i < size; i += WORD) {
                target.set(Bytes.LONG, to + i, source.get(Bytes.LONG, from + i));
            }
        } else {
            MemorySegment.copy(source, from, target, to, size);
        }
    }

    /// Restores exactly `targetSize` bytes from all of `sourceSize`, both in native segments.
    ///
    /// @throws IllegalArgumentException if they are not that many bytes compressed; the target has
    ///   undefined contents then
    public static void decompress(
            MemorySegment source,
            long from,
            int sourceSize,
            MemorySegment target,
            long to,
            int targetSize) {
        Objects.checkFromIndexSize(from, sourceSize, source.byteSize());
        Objects.checkFromIndexSize(to, targetSize, target.byteSize());
        long in = from;
        long inEnd = from + sourceSize;
        long out = to;
        long outEnd = to + targetSize;
        while (true) {
            require(in < inEnd, "ends before a token", in - from);
            int token = source.get(Bytes.BYTE, in++);
            int size = token >>> 4 & RUN_MASK;
            if (size < RUN_MASK && inEnd - in >= SHORT_INPUT && outEnd - out >= SHORT_OUTPUT) {
                // A short sequence with room behind it: copied without counting, as most are.
                target.set(Bytes.LONG, out, source.get(Bytes.LONG, in));
                target.set(Bytes.LONG, out + 8, source.get(Bytes.LONG, in + 8));
                in += size;
                out += size;
                int distance = Bytes.getUnsignedShort(source, in);
                int more = token & RUN_MASK;
                long match = out - distance;
                if (more < RUN_MASK && distance >= WORD && match >= to) {
                    target.set(Bytes.LONG, out, target.get(Bytes.LONG, match));
                    target.set(Bytes.LONG, out + 8, target.get(Bytes.LONG, match + 8));
                    target.set(Bytes.SHORT, out + 16, target.get(Bytes.SHORT, match + 16));
                    in += 2;
                    out += MATCH_MIN + more;
                    continue;
                }
            } else {
                if (size == RUN_MASK) {
                    int more;
                    do {
                        require(in < inEnd, "ends in a size", in - from);
                        more = Bytes.getUnsignedByte(source, in++);
                        require(more <= outEnd - out - size, "too many literals", in - from);
                        size += more;
                    } while (more == 255);
                }
                require(size <= outEnd - out, "too many literals", in - from);
                require(size <= inEnd - in, "ends in literals", in - from);
                copy(source, in, size, target, out, inEnd - in - size, outEnd - out - size);
                in += size;
                out += size;
                if (in == inEnd) {
                    require(out == outEnd, "too short", in - from);
                    return;
                }
                require(inEnd - in >= 2, "ends in a distance", in - from);
            }
            int distance = Bytes.getUnsignedShort(source, in);
            in += 2;
            require(distance != 0 && distance <= out - to, "points before the start", in - from);
            size = token & RUN_MASK;
            if (size == RUN_MASK) {
                int more;
                do {
                    require(in < inEnd, "ends in a size", in - from);
                    more = Bytes.getUnsignedByte(source, in++);
                    require(more <= outEnd - out - size, "too long a match", in - from);
                    size += more;
                } while (more == 255);
            }
            require(size <= outEnd - out - MATCH_MIN, "too long a match", in - from);
            size += MATCH_MIN;
            repeat(target, out, distance, size, outEnd - out - size);
            out += size;
        }
    }

    /// Writes again what begins so many bytes before, and may overlap.
    private static void repeat(MemorySegment target, long out, int distance, int size, long spare) {
        int i = 0;
        int step = distance;
        if (distance < WORD) {
            // Bytes repeat with every multiple of the distance: one that words can be copied over.
            step *= (WORD + distance - 1) / distance;
            int first = Math.min(size, step - distance);
            for (; i < first; i++) {
                target.set(Bytes.BYTE, out + i, target.get(Bytes.BYTE, out + i - distance));
            }
        }
        int words = spare >= WORD ? size : size - WORD + 1;
        for (; i < words; i += WORD) {
            target.set(Bytes.LONG, out + i, target.get(Bytes.LONG, out + i - step));
        }
        for (; i < size; i++) {
            target.set(Bytes.BYTE, out + i, target.get(Bytes.BYTE, out + i - step));
        }
    }

    private static void require(boolean holds, String what, long at) {
        if (!holds) {
            throw new IllegalArgumentException("lz4: malformed, " + what + " at=" + at);
        }
    }
}
