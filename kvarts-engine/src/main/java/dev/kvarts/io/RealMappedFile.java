package dev.kvarts.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

final class RealMappedFile implements MappedFile {
    private static final long PAGE = 4096; // no system has smaller ones
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private final String name;
    private final Arena arena;
    private final MemorySegment segment;

    RealMappedFile(String name, Arena arena, MemorySegment segment) {
        this.name = name;
        this.arena = arena;
        this.segment = segment;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void force(long offset, long length) throws IOException {
        try {
            segment.asSlice(offset, length).force();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /// Storing a byte as it is makes its page one that must be written. Atomically, because a plain
    /// store of what was just loaded is one that compilers leave out.
    @Override
    public void forceAnew(long offset, long length) throws IOException {
        long first = offset & -PAGE;
        for (long at = first; at < offset + length; at += PAGE) {
            LONG.getAndAdd(segment, at, 0L);
        }
        force(offset, length);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
