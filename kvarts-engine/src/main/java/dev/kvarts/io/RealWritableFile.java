package dev.kvarts.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Written straight from the caller's memory. An interrupt closes the channel: it is opened again,
/// and the write, which states its position, is done again. The caller keeps its interrupt.
final class RealWritableFile implements WritableFile {
    private static final long SLICE_MAX = 1 << 30;

    private final String name;
    private final Path path;
    private FileChannel channel;
    private long size;

    RealWritableFile(String name, Path path) throws IOException {
        this.name = name;
        this.path = path;
        this.channel =
                RealDirectory.shielded(
                        () ->
                                FileChannel.open(
                                        path,
                                        StandardOpenOption.WRITE,
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.TRUNCATE_EXISTING));
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
    public void append(MemorySegment source) throws IOException {
        for (long done = 0; done < source.byteSize(); ) {
            long slice = Math.min(SLICE_MAX, source.byteSize() - done);
            ByteBuffer buffer = source.asSlice(done, slice).asByteBuffer();
            while (buffer.hasRemaining()) {
                size += uninterrupted(() -> channel.write(buffer, size));
            }
            done += slice;
        }
    }

    @Override
    public void force() throws IOException {
        uninterrupted(
                () -> {
                    channel.force(true);
                    return 0;
                });
    }

    private int uninterrupted(RealDirectory.ChannelOperation<Integer> operation)
            throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return operation.run();
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    channel =
                            RealDirectory.shielded(
                                    () -> FileChannel.open(path, StandardOpenOption.WRITE));
                }
            }
        } catch (IOException e) {
            throw RealDirectory.translated(e, path);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
