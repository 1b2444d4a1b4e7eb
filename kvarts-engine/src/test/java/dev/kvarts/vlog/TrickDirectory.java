package dev.kvarts.vlog;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ForwardingDirectory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.WritableFile;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/// A directory that counts reads, and does with files what it is told to.
final class TrickDirectory extends ForwardingDirectory {
    final AtomicInteger reads = new AtomicInteger();
    volatile boolean failing; // reads

    /// Where files are made in which all but the ends of a gigabyte is a hole; null for real ones.
    Path holes;

    TrickDirectory(Directory real) {
        super(real);
    }

    private final class CountedFile implements ReadableFile {
        private final ReadableFile file;

        CountedFile(ReadableFile file) {
            this.file = file;
        }

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public MemorySegment mapped() {
            return file.mapped();
        }

        @Override
        public void read(long position, MemorySegment target) throws IOException {
            reads.incrementAndGet();
            if (failing) {
                throw new IOException("the device does not answer");
            }
            file.read(position, target);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @Override
    public ReadableFile open(String name, boolean mapped) throws IOException {
        return new CountedFile(real.open(name, mapped));
    }

    @Override
    public WritableFile create(String name) throws IOException {
        return holes == null ? real.create(name) : new SparseFile(name, holes.resolve(name));
    }

    private static final class SparseFile implements WritableFile {
        private static final long HOLE_MIN = 1 << 30;
        private static final int END = 4096;

        private final String name;
        private final RandomAccessFile file;

        SparseFile(String name, Path path) throws IOException {
            this.name = name;
            this.file = new RandomAccessFile(path.toFile(), "rw");
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long size() {
            try {
                return file.length();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void append(MemorySegment source) throws IOException {
            long size = source.byteSize();
            long from = file.length();
            file.seek(from);
            if (size < HOLE_MIN) {
                file.write(Bytes.copyOut(source, 0, (int) size));
            } else {
                file.write(Bytes.copyOut(source, 0, END));
                file.seek(from + size - END);
                file.write(Bytes.copyOut(source, size - END, END));
            }
        }

        @Override
        public void force() {}

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
