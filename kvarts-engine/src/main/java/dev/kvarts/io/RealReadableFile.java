package dev.kvarts.io;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Read through one mapping, or through one channel that is opened again when an interrupt has
/// closed it.
final class RealReadableFile implements ReadableFile {
    private final String name;
    private final Path path;
    private final long size;
    private final Arena arena; // null when positional; closed with the file
    private final MemorySegment mapped;
    private volatile FileChannel channel; // null when mapped
    private volatile boolean closed;

    /// A mapped one.
    RealReadableFile(String name, Path path, Arena arena, MemorySegment mapped) {
        this.name = name;
        this.path = path;
        this.size = mapped.byteSize();
        this.arena = arena;
        this.mapped = mapped;
        this.channel = null;
    }

    /// A positional one. Its size is asked of the channel, not of the path: another file may take
    /// the name in between.
    RealReadableFile(String name, Path path) throws IOException {
        this.name = name;
        this.path = path;
        this.arena = null;
        this.mapped = null;
        this.channel =
                RealDirectory.shielded(() -> FileChannel.open(path, StandardOpenOption.READ));
        this.size = sizeOf(channel);
    }

    private static long sizeOf(FileChannel channel) throws IOException {
        try {
            return RealDirectory.shielded(channel::size);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public MemorySegment mapped() {
        return mapped;
    }

    @Override
    public void read(long position, MemorySegment target) throws IOException {
        if (position < 0 || position + target.byteSize() > size) {
            throw new EOFException(
                    "read beyond the end: "
                            + path
                            + " position="
                            + position
                            + " length="
                            + target.byteSize()
                            + " size="
                            + size);
        }
        if (mapped != null) {
            MemorySegment.copy(mapped, position, target, 0, target.byteSize());
            return;
        }
        ByteBuffer buffer = target.asByteBuffer();
        while (buffer.hasRemaining()) {
            int read = readOnce(buffer, position + buffer.position());
            if (read < 0) {
                throw new EOFException(
                        "file is shorter than it was: "
                                + path
                                + " position="
                                + (position + buffer.position())
                                + " size="
                                + size);
            }
        }
    }

    /// The flag of an interrupted caller is taken away for the read and given back; an interrupt
    /// that comes during it, or during another thread's read, closes the channel, and whoever sees
    /// that opens it again.
    private int readOnce(ByteBuffer buffer, long position) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                FileChannel current = channel;
                int mark = buffer.position();
                try {
                    return current.read(buffer, position);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    buffer.position(mark);
                    reopen(current);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // the very channel that broke, or somebody reopened it
    private synchronized void reopen(FileChannel broken) throws IOException {
        if (closed) {
            throw new IOException("file is closed: " + path);
        }
        if (channel == broken) {
            channel = RealDirectory.shielded(() -> FileChannel.open(path, StandardOpenOption.READ));
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (arena != null) {
            if (arena.scope().isAlive()) {
                arena.close();
            }
        } else {
            channel.close();
        }
    }
}
