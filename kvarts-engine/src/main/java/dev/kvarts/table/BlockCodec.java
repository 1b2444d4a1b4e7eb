package dev.kvarts.table;

import dev.kvarts.api.Codec;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Lz4;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;

/// How blocks become smaller, by number: what is built in, or what a user gave as a [Codec].
///
/// Segments are native. Thread safety: any number of threads.
public sealed interface BlockCodec {
    BlockCodec NONE = new None();

    /// Written before every block.
    int id();

    /// What options call it.
    String name();

    /// Most bytes that compressing so many may take.
    int compressedSizeMax(int size);

    /// Compresses `size` bytes into a target that has room for [#compressedSizeMax] of them, and
    /// returns how many they took.
    ///
    /// @throws IllegalStateException if a user's codec fails
    int compress(MemorySegment source, long from, int size, MemorySegment target, long to);

    /// Restores exactly `targetSize` bytes from all of `sourceSize`.
    ///
    /// @param file where the source was read, with `position`: for the message
    /// @throws CorruptionException if the source is not that many bytes compressed
    void decompress(
            MemorySegment source,
            long from,
            int sourceSize,
            MemorySegment target,
            long to,
            int targetSize,
            String file,
            long position);

    private static CorruptionException corrupt(String file, long position, Throwable cause) {
        return new CorruptionException("block: does not decompress", file, position, cause);
    }

    /// Bytes as they are.
    final class None implements BlockCodec {
        private None() {}

        @Override
        public int id() {
            return 0;
        }

        @Override
        public String name() {
            return "none";
        }

        @Override
        public int compressedSizeMax(int size) {
            return size;
        }

        @Override
        public int compress(
                MemorySegment source, long from, int size, MemorySegment target, long to) {
            MemorySegment.copy(source, from, target, to, size);
            return size;
        }

        @Override
        public void decompress(
                MemorySegment source,
                long from,
                int sourceSize,
                MemorySegment target,
                long to,
                int targetSize,
                String file,
                long position) {
            if (sourceSize != targetSize) {
                throw corrupt(file, position, null);
            }
            MemorySegment.copy(source, from, target, to, targetSize);
        }
    }

    /// [Lz4], which restores a gigabyte a second and more.
    final class OfLz4 implements BlockCodec {
        // Compressors have tables of their own; one that is not at work waits here for the next
        // block.
        private final AtomicReference<Lz4> idle = new AtomicReference<>();

        OfLz4() {}

        @Override
        public int id() {
            return 1;
        }

        @Override
        public String name() {
            return "lz4";
        }

        @Override
        public int compressedSizeMax(int size) {
            return Lz4.compressedSizeMax(size);
        }

        @Override
        public int compress(
                MemorySegment source, long from, int size, MemorySegment target, long to) {
            Lz4 waiting = idle.getAndSet(null);
            Lz4 compressor = waiting == null ? new Lz4() : waiting;
            int compressed = compressor.compress(source, from, size, target, to);
            idle.set(compressor);
            return compressed;
        }

        @Override
        public void decompress(
                MemorySegment source,
                long from,
                int sourceSize,
                MemorySegment target,
                long to,
                int targetSize,
                String file,
                long position) {
            try {
                Lz4.decompress(source, from, sourceSize, target, to, targetSize);
            } catch (IllegalArgumentException e) {
                throw corrupt(file, position, e);
            }
        }
    }

    /// A user's. It sees the bytes in question and nothing around them; whatever it throws on them
    /// becomes our exception.
    final class OfUser implements BlockCodec {
        private final Codec codec;
        private final int id;
        private final String name;

        OfUser(Codec codec) {
            this.codec = codec;
            this.id = codec.id();
            this.name = codec.name();
        }

        @Override
        public int id() {
            return id;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int compressedSizeMax(int size) {
            int most;
            try {
                most = codec.compressedSizeMax(size);
            } catch (RuntimeException e) {
                throw failed("most=", e);
            }
            if (most < 0) {
                throw failed("most=" + most, null);
            }
            return most;
        }

        @Override
        public int compress(
                MemorySegment source, long from, int size, MemorySegment target, long to) {
            int most = compressedSizeMax(size);
            int compressed;
            try {
                compressed = codec.compress(source.asSlice(from, size), target.asSlice(to, most));
            } catch (RuntimeException e) {
                throw failed("size=" + size, e);
            }
            if (compressed < 0 || compressed > most) {
                throw failed("size=" + size + " compressed=" + compressed + " most=" + most, null);
            }
            return compressed;
        }

        private IllegalStateException failed(String facts, RuntimeException cause) {
            return new IllegalStateException(
                    "codec cannot compress: name=" + name + " " + facts, cause);
        }

        @Override
        public void decompress(
                MemorySegment source,
                long from,
                int sourceSize,
                MemorySegment target,
                long to,
                int targetSize,
                String file,
                long position) {
            try {
                codec.decompress(source.asSlice(from, sourceSize), target.asSlice(to, targetSize));
            } catch (RuntimeException e) {
                throw corrupt(file, position, e);
            }
        }
    }
}
