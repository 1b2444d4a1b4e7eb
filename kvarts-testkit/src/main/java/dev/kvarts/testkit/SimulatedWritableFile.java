package dev.kvarts.testkit;

import dev.kvarts.io.WritableFile;
import dev.kvarts.testkit.Operation.Kind;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Appends to a [SimulatedFile].
final class SimulatedWritableFile implements WritableFile {
    private final SimulatedDisk disk;
    private final String path;
    private final String name;
    private final SimulatedFile file;
    private boolean closed;

    SimulatedWritableFile(SimulatedDisk disk, String path, String name, SimulatedFile file) {
        this.disk = disk;
        this.path = path;
        this.name = name;
        this.file = file;
        disk.countOpen(1);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        synchronized (disk) {
            return file.size();
        }
    }

    @Override
    public void append(MemorySegment source) throws IOException {
        synchronized (disk) {
            requireOpen();
            long length = source.byteSize();
            try {
                disk.begin(Kind.APPEND, path, name);
                disk.allocate(length, path, name);
            } catch (ShortWriteException e) {
                file.append(source, length / 2, disk.now());
                throw e.failure();
            }
            file.append(source, length, disk.now());
        }
    }

    @Override
    public void force() throws IOException {
        synchronized (disk) {
            requireOpen();
            try {
                if (disk.begin(Kind.FORCE, path, name)) {
                    file.force(disk.now());
                }
            } catch (IOException e) {
                file.loseDirty(disk.now());
                throw e;
            }
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("file is closed: " + name);
        }
    }

    @Override
    public void close() {
        synchronized (disk) {
            disk.countOpen(closed ? 0 : -1);
            closed = true;
        }
    }
}
