package dev.kvarts.cache;

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
    final BlockMemory.Slab slab;

    // Written by readers, without care for races: a lost count is a hit less.
    byte uses;

    // Written before anybody else sees the block.
    boolean loading = true; // its bytes are not there yet

    // Guarded by the shard's lock.
    boolean linked; // readers find it
    boolean main; // in the main queue, not in the small one
    OfFile siblings; // blocks of the same file in the shard: a list through the next two
    Block next;
    Block previous;
    long unlinked; // the epoch after which they do not

    private volatile int pins;

    /// The blocks of one file in one shard.
    static final class OfFile {
        final long file;
        Block first;

        OfFile(long file) {
            this.file = file;
        }

        void add(Block block) {
            block.siblings = this;
            block.next = first;
            if (first != null) {
                first.previous = block;
            }
            first = block;
        }

        void remove(Block block) {
            if (block.previous != null) {
                block.previous.next = block.next;
            } else {
                first = block.next;
            }
            if (block.next != null) {
                block.next.previous = block.previous;
            }
            block.next = null;
            block.previous = null;
        }
    }

    Block(long file, long position, int size, BlockMemory.Slab slab, long offset) {
        this.file = file;
        this.position = position;
        this.segment = slab.segment;
        this.offset = offset;
        this.size = size;
        this.slab = slab;
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
