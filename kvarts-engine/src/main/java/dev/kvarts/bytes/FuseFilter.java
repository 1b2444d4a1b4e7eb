package dev.kvarts.bytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Tells which of the keys it was built from a key is not: a *binary fuse filter* (Graf and Lemire,
/// "Binary Fuse Filters: Fast and Smaller Than Xor Filters", 2022), three-wise.
///
/// A key's hash chooses one slot in each of three neighbouring segments of the slots; the three
/// fingerprints there, xored, are the fingerprint of the key. Of a key that was not there they are
/// one of 256 (or 65,536) by chance. Large filters take 9.0 (18.0) bits per key, which is 1.125
/// times what is written; small ones more: 11 bits at 1,000 keys.
///
/// ```
/// slots    |  segment 0  |  segment 1  |  segment 2  |  segment 3  | ...
///                  ^ h0        ^ h1          ^ h2          h0 anywhere but in the last two segments,
///                                                          h1 and h2 one and two segments on
/// ```
///
/// On disk, numbers little-endian:
///
/// ```
///  0  8  seed
///  8  4  keys
/// 12  4  segments in which h0 may be; 0: there are no slots, the answer is no without keys and yes with some
/// 16  1  bits of a segment's length, 2..18
/// 17  1  bits of a fingerprint, 8 or 16
/// 18  6  zeros
/// 24     fingerprints: 2^length bits * (segments + 2) of them
/// ```
///
/// A filter carries no checksum: whoever stores it checks it as a part of something larger.
///
/// Thread safety: immutable; any number of threads. Whoever gave the segment keeps it alive.
public final class FuseFilter {
    static final int HEADER_SIZE = 24;
    static final int LENGTH_BITS_MIN = 2;
    static final int LENGTH_BITS_MAX = 18;

    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
    private static final Layout HEADER =
            Layout.begin()
                    .hex("filter seed", 8)
                    .number("filter keys", 4)
                    .number("filter segments", 4)
                    .number("filter segment length bits", 1)
                    .number("filter fingerprint bits", 1)
                    .reserved(6);

    private final MemorySegment segment;
    private final long slots; // offset of the first fingerprint
    private final long sizeBytes;
    private final long seed;
    private final int keys;
    private final int bits;
    private final int length; // of a segment, in slots
    private final long span; // slots in which h0 may be; 0 if there are none

    private FuseFilter(MemorySegment segment, long offset, long sizeBytes) {
        this.segment = segment;
        this.slots = offset + HEADER_SIZE;
        this.sizeBytes = sizeBytes;
        this.seed = segment.get(Bytes.LONG, offset);
        this.keys = segment.get(Bytes.INT, offset + 8);
        this.bits = segment.get(Bytes.BYTE, offset + 17);
        this.length = 1 << segment.get(Bytes.BYTE, offset + 16);
        this.span = (long) segment.get(Bytes.INT, offset + 12) * length;
    }

    /// Builds the filter of `hashes[0..count)`, which may repeat and are left as they are.
    ///
    /// Takes 24 bytes of heap per key besides the hashes while it works, and about 60 ns per key.
    ///
    /// @param bits of a fingerprint: 8 lets 1 absent key of 256 pass, 16 lets 1 of 65,536
    /// @param arena owner of the segment that is returned, which is the filter as it is stored
    public static MemorySegment build(long[] hashes, int count, int bits, Arena arena) {
        return FuseFilterBuilder.build(hashes, count, bits, arena);
    }

    /// Bytes that a filter of so many different keys takes, unless the first seeds fail, which
    /// makes it larger: once in a great many filters.
    public static long sizeBytes(int keys, int bits) {
        return FuseFilterBuilder.Shape.of(keys, 0).sizeBytes(bits);
    }

    /// The filter that fills `sizeBytes` bytes of a native segment.
    ///
    /// @throws IllegalArgumentException if these bytes are not a filter
    public static FuseFilter parse(MemorySegment segment, long offset, long sizeBytes) {
        if (offset < 0 || sizeBytes < HEADER_SIZE || sizeBytes > segment.byteSize() - offset) {
            throw new IllegalArgumentException("fuse filter: too short size=" + sizeBytes);
        }
        int keys = segment.get(Bytes.INT, offset + 8);
        int segments = segment.get(Bytes.INT, offset + 12);
        int lengthBits = segment.get(Bytes.BYTE, offset + 16);
        int bits = segment.get(Bytes.BYTE, offset + 17);
        boolean whole =
                keys >= 0
                        && segments >= 0
                        && (bits == 8 || bits == 16)
                        && lengthBits >= LENGTH_BITS_MIN
                        && lengthBits <= LENGTH_BITS_MAX
                        && Layout.allZero(segment, offset + 18, 6)
                        && sizeBytes == sizeBytes(segments, lengthBits, bits);
        if (!whole) {
            throw new IllegalArgumentException(
                    "fuse filter: impossible header size=%d keys=%d segments=%d length bits=%d bits=%d"
                            .formatted(sizeBytes, keys, segments, lengthBits, bits));
        }
        return new FuseFilter(segment, offset, sizeBytes);
    }

    static long sizeBytes(int segments, int lengthBits, int bits) {
        long slots = segments == 0 ? 0 : (segments + 2L) << lengthBits;
        return HEADER_SIZE + slots * (bits / 8);
    }

    /// False if the key of this hash was not given to [#build]; true if it was, or by chance.
    public boolean mayContain(long hash) {
        if (span == 0) {
            return keys != 0;
        }
        long mixed = mix(hash, seed);
        long h0 = Math.unsignedMultiplyHigh(mixed, span);
        long h1 = h0 + length ^ mixed >>> 18 & length - 1;
        long h2 = h0 + 2L * length ^ mixed & length - 1;
        if (bits == 8) {
            return (byte)
                            (fingerprint(mixed)
                                    ^ segment.get(Bytes.BYTE, slots + h0)
                                    ^ segment.get(Bytes.BYTE, slots + h1)
                                    ^ segment.get(Bytes.BYTE, slots + h2))
                    == 0;
        }
        return (short)
                        (fingerprint(mixed)
                                ^ segment.get(Bytes.SHORT, slots + 2 * h0)
                                ^ segment.get(Bytes.SHORT, slots + 2 * h1)
                                ^ segment.get(Bytes.SHORT, slots + 2 * h2))
                == 0;
    }

    /// Makes of an evenly spread hash another one for every seed, in one multiplication.
    static long mix(long hash, long seed) {
        long mixed = hash ^ seed;
        return mixed * MULTIPLIER ^ Math.unsignedMultiplyHigh(mixed, MULTIPLIER);
    }

    static int fingerprint(long mixed) {
        return (int) (mixed ^ mixed >>> 32);
    }

    /// Different keys it was built from.
    public int keys() {
        return keys;
    }

    /// Bits of a fingerprint: 8 or 16.
    public int fingerprintBits() {
        return bits;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /// The table of fields before the fingerprints.
    public static Layout header() {
        return HEADER;
    }
}
