package dev.kvarts.testkit;

import dev.kvarts.io.MappedFile;
import dev.kvarts.testkit.Operation.Kind;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// A mapping of a [SimulatedFile]: native memory of its own, so that using it after the close is
/// noticed.
final class SimulatedMappedFile implements MappedFile {
    private final SimulatedDisk disk;
    private final String path;
    private final String name;
    private final SimulatedFile file;
    private final Arena arena; // closed with the file
    private final MemorySegment segment;

    SimulatedMappedFile(
            SimulatedDisk disk,
            String path,
            String name,
            SimulatedFile file,
            Arena arena,
            MemorySegment segment) {
        this.disk = disk;
        this.path = path;
        this.name = name;
        this.file = file;
        this.arena = arena;
        this.segment = segment;
        disk.countOpen(1);
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
        force(offset, length, false);
    }

    @Override
    public void forceAnew(long offset, long length) throws IOException {
        force(offset, length, true);
    }

    private void force(long offset, long length, boolean anew) throws IOException {
        Objects.checkFromIndexSize(offset, length, segment.byteSize());
        synchronized (disk) {
            if (!arena.scope().isAlive()) {
                throw new IllegalStateException("file is closed: " + name);
            }
            try {
                if (anew) {
                    file.dirty(offset, length);
                }
                if (disk.begin(Kind.MAP_FORCE, path, name)) {
                    file.force(offset, length, disk.now());
                }
            } catch (IOException e) {
                file.loseDirty(disk.now());
                throw e;
            }
        }
    }

    @Override
    public void close() {
        synchronized (disk) {
            if (arena.scope().isAlive()) {
                file.detach(disk.now());
                arena.close();
                disk.countOpen(-1);
            }
        }
    }
}
