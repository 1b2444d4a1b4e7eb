package dev.kvarts.vlog;

import dev.kvarts.io.Directory;
import dev.kvarts.io.MappedFile;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.WritableFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A directory that counts reads, and fails them when it is told to.
final class CountingDirectory implements Directory {
    private final Directory real;
    final AtomicInteger reads = new AtomicInteger();
    volatile boolean failing;

    CountingDirectory(Directory real) {
        this.real = real;
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
    public String describe() {
        return real.describe();
    }

    @Override
    public List<String> list() throws IOException {
        return real.list();
    }

    @Override
    public boolean isEmpty() throws IOException {
        return real.isEmpty();
    }

    @Override
    public boolean exists(String name) throws IOException {
        return real.exists(name);
    }

    @Override
    public long size(String name) throws IOException {
        return real.size(name);
    }

    @Override
    public WritableFile create(String name) throws IOException {
        return real.create(name);
    }

    @Override
    public MappedFile map(String name, long sizeBytes) throws IOException {
        return real.map(name, sizeBytes);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        real.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        real.delete(name);
    }

    @Override
    public void sync() throws IOException {
        real.sync();
    }

    @Override
    public void linkTo(String name, Directory target) throws IOException {
        real.linkTo(name, target);
    }

    @Override
    public Directory at(Path path) throws IOException {
        return real.at(path);
    }

    @Override
    public AutoCloseable lock() throws IOException {
        return real.lock();
    }

    @Override
    public long cacheBytes() {
        return real.cacheBytes();
    }

    @Override
    public long freeBytes() throws IOException {
        return real.freeBytes();
    }
}
