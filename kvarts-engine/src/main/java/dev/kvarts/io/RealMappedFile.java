package dev.kvarts.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

final class RealMappedFile implements MappedFile {
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

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
