package dev.kvarts.testkit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// A file without its names: the bytes as the process sees them and as the device has them.
///
/// Guarded by the disk. While the file is mapped its newest bytes are in the mapping; [#capture]
/// brings them in.
final class SimulatedFile {
    /// The file as an image holds it.
    ///
    /// @param id tells files apart
    /// @param current what the process sees
    /// @param durable what was synced; the same object as `current` when nothing is pending
    /// @param times when each block of `current` was last changed
    /// @param lost blocks that a failed force should have saved
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record State(long id, Content current, Content durable, long[] times, byte[][] lost) {
        @SuppressWarnings("ReferenceEquality") // equal contents that are two are pending
        boolean clean() {
            return current == durable;
        }
    }

    final long id;
    int names; // directory entries that lead here now

    private byte[][] blocks;
    private long[] times;
    private long size;
    private Content durable;
    private boolean
            tailShared; // the last block is in somebody's content and must be copied before it
    // grows
    private byte[][]
            lost = {}; // blocks that a failed force should have saved: later forces believe they
    // are clean
    private MemorySegment mapping; // null unless mapped
    private State captured; // null when changed since

    SimulatedFile(long id) {
        this(id, Content.EMPTY);
    }

    /// A file that survived: all of it is durable.
    SimulatedFile(long id, Content content) {
        this.id = id;
        this.durable = content;
        reset(content);
    }

    /// A file as a killed process leaves it: what was pending is pending.
    SimulatedFile(State state) {
        this.id = state.id;
        this.durable = state.durable;
        reset(state.current);
        times = state.times.clone();
        lost = state.lost;
    }

    private void reset(Content content) {
        blocks = content.blocks.clone();
        times = new long[blocks.length];
        size = content.size;
        tailShared = true;
        captured = null;
    }

    long size() {
        return size;
    }

    boolean mapped() {
        return mapping != null;
    }

    /// Empties the file, as opening for writing does. That is not durable either.
    void truncate() {
        reset(Content.EMPTY);
        lost = new byte[0][];
    }

    /// Replaces all bytes, on the device as well: what misdirected or rotten hardware does.
    void overwrite(Content content) {
        durable = content;
        reset(content);
    }

    void append(MemorySegment source, long length, long now) {
        long done = 0;
        while (done < length) {
            int within = (int) (size % Content.BLOCK_SIZE);
            int index = (int) (size / Content.BLOCK_SIZE);
            if (index == blocks.length) {
                blocks = Arrays.copyOf(blocks, index + 1);
                times = Arrays.copyOf(times, index + 1);
                blocks[index] = new byte[Content.BLOCK_SIZE];
            } else if (tailShared) {
                blocks[index] = blocks[index].clone();
            }
            tailShared = false;
            int part = (int) Math.min(Content.BLOCK_SIZE - within, length - done);
            MemorySegment.copy(source, done, MemorySegment.ofArray(blocks[index]), within, part);
            times[index] = now;
            size += part;
            done += part;
        }
        captured = null;
    }

    /// Makes the file `newSize` zero bytes.
    void preallocate(long newSize, long now) {
        blocks = new byte[Content.blockCount(newSize)][];
        Arrays.fill(blocks, Content.ZEROS);
        times = new long[blocks.length];
        Arrays.fill(times, now);
        size = newSize;
        tailShared = true;
        captured = null;
    }

    /// Fills the mapping with the file's bytes and looks for changes there from now on.
    void attach(MemorySegment segment) {
        for (int i = 0; i < blocks.length; i++) {
            if (!Content.same(blocks[i], Content.ZEROS)) {
                long from = (long) i * Content.BLOCK_SIZE;
                MemorySegment.copy(
                        blocks[i],
                        0,
                        segment,
                        ValueLayout.JAVA_BYTE,
                        from,
                        (int) Math.min(Content.BLOCK_SIZE, size - from));
            }
        }
        mapping = segment;
    }

    /// Reads what somebody who has the file mapped has stored there. Returns false if nobody has.
    boolean readMapped(long position, MemorySegment target) {
        boolean within = mapping != null && position + target.byteSize() <= size;
        if (within) {
            MemorySegment.copy(mapping, position, target, 0, target.byteSize());
        }
        return within;
    }

    void detach(long now) {
        refresh(now);
        mapping = null;
    }

    private void refresh(long now) {
        if (mapping == null) {
            return;
        }
        for (int i = 0; i < blocks.length; i++) {
            long from = (long) i * Content.BLOCK_SIZE;
            long to = Math.min(size, from + Content.BLOCK_SIZE);
            var block = MemorySegment.ofArray(blocks[i]);
            if (MemorySegment.mismatch(mapping, from, to, block, 0, to - from) >= 0) {
                blocks[i] = new byte[Content.BLOCK_SIZE];
                MemorySegment.copy(mapping, from, MemorySegment.ofArray(blocks[i]), 0, to - from);
                times[i] = now;
                captured = null;
            }
        }
    }

    /// Makes everything durable.
    void force(long now) {
        force(0, size, now);
    }

    /// Makes the length and exactly these bytes durable; the rest of their blocks stays as it was
    /// on the device.
    void force(long offset, long length, long now) {
        refresh(now);
        byte[][] saved = new byte[blocks.length][];
        boolean all = true;
        for (int i = 0; i < saved.length; i++) {
            long from = (long) i * Content.BLOCK_SIZE;
            int first = Math.clamp(offset - from, 0, Content.BLOCK_SIZE);
            int end = Math.clamp(offset + length - from, 0, Content.BLOCK_SIZE);
            byte[] old = durable.block(i);
            boolean believedClean = i < lost.length && Content.same(lost[i], blocks[i]);
            saved[i] = believedClean ? old : saved(old, blocks[i], first, end);
            all &= Content.same(saved[i], blocks[i]);
        }
        durable = all ? current() : new Content(size, saved);
        captured = null;
    }

    private static byte[] saved(byte[] old, byte[] current, int first, int end) {
        if (first >= end || Content.same(old, current)) {
            return old;
        }
        if (Arrays.equals(old, 0, first, current, 0, first)
                && Arrays.equals(old, end, old.length, current, end, old.length)) {
            return current;
        }
        byte[] mixed = old.clone();
        System.arraycopy(current, first, mixed, first, end - first);
        return mixed;
    }

    /// A force failed. The kernel takes the dirty pages for clean from now on: no later force saves
    /// them, unless they are changed once more.
    void loseDirty(long now) {
        State state = capture(now);
        lost = new byte[blocks.length][];
        for (int i = 0; i < lost.length; i++) {
            boolean clean = Content.same(blocks[i], state.durable().block(i));
            lost[i] = clean ? null : blocks[i];
        }
        tailShared = true;
        captured = null;
    }

    /// Every block of this range was stored, be it as it was: the next force saves it.
    void dirty(long offset, long length) {
        byte[][] left = lost.clone();
        for (int i = (int) (offset / Content.BLOCK_SIZE);
                i < left.length && (long) i * Content.BLOCK_SIZE < offset + length;
                i++) {
            left[i] = null;
        }
        lost = left;
        captured = null;
    }

    private Content current() {
        tailShared = true;
        return new Content(size, blocks.clone());
    }

    /// The bytes now.
    Content content(long now) {
        return capture(now).current();
    }

    State capture(long now) {
        refresh(now);
        if (captured == null) {
            Content current = same(durable) ? durable : current();
            captured = new State(id, current, durable, times.clone(), lost);
        }
        return captured;
    }

    private boolean same(Content content) {
        if (content.size != size) {
            return false;
        }
        for (int i = 0; i < blocks.length; i++) {
            if (!Content.same(blocks[i], content.blocks[i])) {
                return false;
            }
        }
        tailShared = true;
        return true;
    }
}
