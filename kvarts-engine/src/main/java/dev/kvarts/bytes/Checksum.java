package dev.kvarts.bytes;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/// CRC32C of parts of segments, bound to the place where they belong.
public final class Checksum {
    private static final long SLICE_MAX = 1L << 30;

    private Checksum() {}

    public static int crc32c(MemorySegment segment, long offset, long length) {
        var crc = new CRC32C();
        update(crc, segment, offset, length);
        return (int) crc.getValue();
    }

    /// Goes on with a checksum, over a part of any size.
    public static void update(CRC32C crc, MemorySegment segment, long offset, long length) {
        for (long done = 0; done < length; ) {
            long slice = Math.min(SLICE_MAX, length - done);
            crc.update(segment.asSlice(offset + done, slice).asByteBuffer());
            done += slice;
        }
    }

    /// Of two segments as if they lay one after the other.
    public static int crc32c(MemorySegment first, MemorySegment second) {
        var crc = new CRC32C();
        crc.update(first.asByteBuffer());
        crc.update(second.asByteBuffer());
        return (int) crc.getValue();
    }

    /// As [#crc32c(MemorySegment, long, long)], made different for every pair of file and position,
    /// so that a unit which is whole but in the wrong place (a misdirected write, a former life of
    /// the file) does not pass.
    public static int bound(int crc, long file, long position) {
        long mixed = file * 0x9E3779B97F4A7C15L + position;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
        return crc ^ (int) (mixed >>> 32);
    }
}
