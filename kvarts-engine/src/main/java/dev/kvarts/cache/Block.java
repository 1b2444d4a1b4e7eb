package dev.kvarts.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A block of a file in memory, decompressed and checked: found in or loaded into [BlockCache].
///
/// Valid in the epoch in which it was found, and while it is pinned.
public final class Block implements Pinnable {
    private static final VarHandle PINS;

    static {
        try {
            PINS = MethodHandles.lookup().findVarHandle(Block.class, "pins", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Fixed at construction.
    /// Native; larger than the block, and others lie in it.
    public final MemorySegment segment;

    public final long offset;
    public final int size;
    final long file;
    final long position;
    final BlockMemory.Slab slab; // null: its memory is its own
    final Arena arena; // of memory of its own

    // Written by readers, without care for races: a lost count is a hit less.
    byte uses;

    // Written before anybody else sees the block.
    boolean loading = true; // its bytes are not there yet

    // Guarded by the shard's lock.
    boolean linked; // readers find it
    long unlinked; // the epoch after which they do not

    private volatile int pins;

    Block(long file, long position, int size, BlockMemory.Slab slab, long offset) {
        this.file = file;
        this.position = position;
        this.segment = slab.segment;
        this.offset = offset;
        this.size = size;
        this.slab = slab;
        this.arena = null;
    }

    /// In memory of its own.
    Block(long file, long position, int size, Arena arena) {
        this.file = file;
        this.position = position;
        this.segment = arena.allocate(size, BlockMemory.ALIGNMENT);
        this.offset = 0;
        this.size = size;
        this.slab = null;
        this.arena = arena;
    }

    boolean is(long file, long position) {
        return this.position == position && this.file == file;
    }

    @Override
    public void pin() {
        PINS.getAndAdd(this, 1);
    }

    @Override
    public void unpin() {
        PINS.getAndAdd(this, -1);
    }

    boolean pinned() {
        return pins != 0;
    }
}
