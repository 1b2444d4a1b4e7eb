package dev.kvarts.table;

import dev.kvarts.io.ReadableFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Stored blocks for a walk over a table that is not mapped. The first two are read alone: most
/// walks are short. From the third neighbour in one direction on, a read brings as many as fit in
/// 16 KiB, then in 32, at last in 128.
///
/// Thread safety: one thread.
final class BlockReadAhead {
    static final long WINDOW_MAX = 128 << 10;
    private static final long WINDOW_MIN = 16 << 10;

    // Fixed at construction.
    private final ReadableFile file;
    private final BlockIndex index;

    // What is in the buffer: bytes of the file.
    private MemorySegment buffer;
    private long from;
    private long to;

    // The walk.
    private int last = -2; // block that was asked for
    private int direction; // of the last step, if it was one to a neighbour, or 0
    private long window; // of the next read; 0: one block

    BlockReadAhead(ReadableFile file, BlockIndex index) {
        this.file = file;
        this.index = index;
    }

    /// Has a stored block in [#buffer()] and returns where it begins there.
    long bring(int block) throws IOException {
        notice(block);
        long start = index.offset(block);
        long end = index.offset(block + 1);
        if (start < from || end > to) {
            read(block, start, end);
        }
        return start - from;
    }

    MemorySegment buffer() {
        return buffer;
    }

    private void notice(int block) {
        int step = block - last;
        if (step != 0) {
            boolean goesOn = step == direction;
            direction = Math.abs(step) == 1 ? step : 0;
            if (!goesOn) {
                window = 0;
            } else if (window == 0) {
                window = WINDOW_MIN;
            }
            last = block;
        }
    }

    private void read(int block, long start, long end) throws IOException {
        long first = start;
        long behind = end;
        for (int next = block + direction; window != 0; next += direction) {
            if (next < 0 || next >= index.blocks()) {
                break;
            }
            long low = Math.min(first, index.offset(next));
            long high = Math.max(behind, index.offset(next + 1));
            if (high - low > window) {
                break;
            }
            first = low;
            behind = high;
        }
        from = 0;
        to = 0; // nothing, if the read fails
        if (buffer == null || buffer.byteSize() < behind - first) {
            buffer = Arena.ofAuto().allocate(Math.max(behind - first, window), Long.BYTES);
        }
        file.read(first, buffer.asSlice(0, behind - first));
        from = first;
        to = behind;
        window = Math.min(2 * window, WINDOW_MAX);
    }
}
