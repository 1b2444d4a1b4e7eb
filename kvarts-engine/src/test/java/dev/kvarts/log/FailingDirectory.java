package dev.kvarts.log;

import dev.kvarts.io.Directory;
import dev.kvarts.io.ForwardingDirectory;
import dev.kvarts.io.MappedFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A directory whose mappings fail when they are told to.
final class FailingDirectory extends ForwardingDirectory {
    volatile IOException mapFailure;
    volatile IOException forceFailure;
    volatile int forces;
    volatile Runnable beforeMap = () -> {};

    FailingDirectory(Directory real) {
        super(real);
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
}
