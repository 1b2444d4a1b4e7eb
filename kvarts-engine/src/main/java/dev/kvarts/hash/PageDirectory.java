package dev.kvarts.hash;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Says on which page of a run a hash would be.
///
/// Hashes are spread evenly, so page `p` of `P` begins near the hash `p / P`. Measured in units of
/// 1/256 of a page's share (or coarser, until every number fits), the directory keeps for each page
/// how far its first hash is from there: two bytes a page.
///
/// ```
/// position(hash) = floor(hash / 2^64 * P * 2^unit)
/// entry(p)       = position(first hash on or after page p) - (p << unit)       width 2
/// entry(p)       = position(first hash on or after page p)                     width 4, for runs of very uneven records
/// ```
///
/// Rounding makes two pages possible where a hash falls into the same unit as the first of a page:
/// one lookup in some hundreds.
final class PageDirectory {
    private static final int UNIT_MAX = 8;

    private final long pages;
    private final int unit;
    private final long scale;
    private final short[] near; // width 2
    private final int[] absolute; // width 4

    private PageDirectory(long pages, int unit, short[] near, int[] absolute) {
        this.pages = pages;
        this.unit = unit;
        this.scale = pages << unit;
        this.near = near;
        this.absolute = absolute;
    }

    /// @param firstHashes for each page the hash of the first record that begins on it or after it
    static PageDirectory of(long[] firstHashes, int pages) {
        for (int unit = UNIT_MAX; unit >= 0; unit--) {
            short[] near = new short[pages];
            long scale = (long) pages << unit;
            int page = 0;
            for (; page < pages; page++) {
                long entry =
                        Math.unsignedMultiplyHigh(firstHashes[page], scale) - ((long) page << unit);
                if (entry != (short) entry) {
                    break;
                }
                near[page] = (short) entry;
            }
            if (page == pages) {
                return new PageDirectory(pages, unit, near, null);
            }
        }
        int unit = Math.min(UNIT_MAX, Long.numberOfLeadingZeros(pages) - 33);
        int[] absolute = new int[pages];
        for (int page = 0; page < pages; page++) {
            absolute[page] =
                    (int) Math.unsignedMultiplyHigh(firstHashes[page], (long) pages << unit);
        }
        return new PageDirectory(pages, unit, null, absolute);
    }

    static PageDirectory read(MemorySegment segment, long at, long pages, int unit, int width) {
        if (width == 2) {
            short[] near = new short[(int) pages];
            MemorySegment.copy(segment, Bytes.SHORT, at, near, 0, near.length);
            return new PageDirectory(pages, unit, near, null);
        }
        int[] absolute = new int[(int) pages];
        MemorySegment.copy(segment, Bytes.INT, at, absolute, 0, absolute.length);
        return new PageDirectory(pages, unit, null, absolute);
    }

    void write(MemorySegment segment, long at) {
        if (near != null) {
            MemorySegment.copy(near, 0, segment, Bytes.SHORT, at, near.length);
        } else {
            MemorySegment.copy(absolute, 0, segment, Bytes.INT, at, absolute.length);
        }
    }

    int unit() {
        return unit;
    }

    int width() {
        return near != null ? 2 : 4;
    }

    long memoryBytes() {
        return width() * pages;
    }

    long position(long hash) {
        return Math.unsignedMultiplyHigh(hash, scale);
    }

    /// Position of the first hash on or after this page.
    long positionOf(long page) {
        return near != null
                ? (page << unit) + near[(int) page]
                : Integer.toUnsignedLong(absolute[(int) page]);
    }

    /// The last page that may hold a hash of this position, or -1 if it is before all pages. If
    /// [#positionOf(long)] of that page equals the position, the page before may hold it too.
    long find(long position) {
        long page = Math.min(position >>> unit, pages - 1);
        if (near != null) { // one step over the bulk of the deviation
            page = Math.clamp(page - (near[(int) page] >> unit), 0, pages - 1);
        } else {
            page = lowerBound(position);
        }
        while (page + 1 < pages && positionOf(page + 1) <= position) {
            page++;
        }
        while (page >= 0 && positionOf(page) > position) {
            page--;
        }
        return page;
    }

    private long lowerBound(long position) {
        int low = 0;
        int high = absolute.length - 1;
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (Integer.toUnsignedLong(absolute[middle]) <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PageDirectory that
                && pages == that.pages
                && unit == that.unit
                && Arrays.equals(near, that.near)
                && Arrays.equals(absolute, that.absolute);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(near) + 31 * Arrays.hashCode(absolute);
    }
}
