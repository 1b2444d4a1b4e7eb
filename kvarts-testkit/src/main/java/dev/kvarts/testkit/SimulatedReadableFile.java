package dev.kvarts.testkit;

import dev.kvarts.io.ReadableFile;
import dev.kvarts.testkit.Operation.Kind;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Reads what a file is; its mapping has what the file was when it was opened.
final class SimulatedReadableFile implements ReadableFile {
    private final SimulatedDisk disk;
    private final String path;
    private final String name;
    private final SimulatedFile file;
    private final Content content; // when it was opened
    private final boolean mapped;
    private volatile boolean closed;

    SimulatedReadableFile(
            SimulatedDisk disk, String path, String name, SimulatedFile file, boolean mapped) {
        this.disk = disk;
        this.path = path;
        this.name = name;
        this.file = file;
        this.content = file.content(disk.now());
        this.mapped = mapped;
        disk.countOpen(1);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return content.size;
    }

    @Override
    public MemorySegment mapped() {
        if (closed) {
            throw new IllegalStateException("file is closed: " + name);
        }
        return mapped ? content.segment() : null;
    }

    @Override
    public void read(long position, MemorySegment target) throws IOException {
        disk.begin(Kind.READ, path, name);
        if (closed) {
            throw new IOException("file is closed: " + name);
        }
        Content now;
        synchronized (disk) {
            if (file.readMapped(position, target)) {
                return;
            }
            now = file.content(disk.now());
        }
        if (position < 0 || position + target.byteSize() > now.size) {
            throw new EOFException(
                    "read beyond the end: "
                            + name
                            + " position="
                            + position
                            + " length="
                            + target.byteSize()
                            + " size="
                            + now.size);
        }
        MemorySegment.copy(
                MemorySegment.ofArray(now.whole()), position, target, 0, target.byteSize());
    }

    @Override
    public void close() {
        synchronized (disk) {
            disk.countOpen(closed ? 0 : -1);
            closed = true;
        }
    }
}
