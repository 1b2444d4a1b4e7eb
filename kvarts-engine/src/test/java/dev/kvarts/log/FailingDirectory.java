package dev.kvarts.log;

import dev.kvarts.io.Directory;
import dev.kvarts.io.MappedFile;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.WritableFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// A directory whose mappings fail when they are told to.
final class FailingDirectory implements Directory {
    private final Directory real;
    volatile IOException mapFailure;
    volatile IOException forceFailure;
    volatile int forces;
    volatile Runnable beforeMap = () -> {};

    FailingDirectory(Directory real) {
        this.real = real;
    }

    @Override
    public MappedFile map(String name, long sizeBytes) throws IOException {
        beforeMap.run();
        IOException failure = mapFailure;
        if (failure != null && !real.exists(name)) {
            throw failure;
        }
        return new FailingFile(real.map(name, sizeBytes));
    }

    private final class FailingFile implements MappedFile {
        private final MappedFile file;

        FailingFile(MappedFile file) {
            this.file = file;
        }

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public MemorySegment segment() {
            return file.segment();
        }

        @Override
        public void force(long offset, long length) throws IOException {
            IOException failure = forceFailure;
            if (failure != null) {
                throw failure;
            }
            forces = forces + 1;
            file.force(offset, length);
        }

        @Override
        public void forceAnew(long offset, long length) throws IOException {
            force(offset, length);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
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
    public ReadableFile open(String name, boolean mapped) throws IOException {
        return real.open(name, mapped);
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
