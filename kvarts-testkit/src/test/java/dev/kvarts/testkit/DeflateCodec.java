package dev.kvarts.testkit;

import dev.kvarts.api.Codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// A codec as somebody else would bring it.
final class DeflateCodec implements Codec {
    static final String NAME = "deflate";
    private static final int ID = 77;

    @Override
    public int id() {
        return ID;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int compressedSizeMax(int size) {
        return size + size / 100 + 64;
    }

    @Override
    public int compress(MemorySegment source, MemorySegment target) {
        try (var deflater = new Deflater(Deflater.BEST_SPEED)) {
            deflater.setInput(source.toArray(ValueLayout.JAVA_BYTE));
            deflater.finish();
            byte[] bytes = new byte[(int) target.byteSize()];
            int size = deflater.deflate(bytes);
            if (!deflater.finished()) {
                throw new AssertionError("the bound is too low: sizeBytes=" + bytes.length);
            }
            MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, size);
            return size;
        }
    }

    @Override
    public void decompress(MemorySegment source, MemorySegment target) {
        try (var inflater = new Inflater()) {
            inflater.setInput(source.toArray(ValueLayout.JAVA_BYTE));
            byte[] bytes = new byte[(int) target.byteSize()];
            int size = inflater.inflate(bytes);
            boolean ended = inflater.finished() || size == bytes.length;
            if (size != bytes.length || !ended) {
                throw new IllegalArgumentException("not so many bytes: " + size);
            }
            MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, size);
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("not deflated", e);
        }
    }
}
