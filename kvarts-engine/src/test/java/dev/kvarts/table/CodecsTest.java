package dev.kvarts.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Codec;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A block names its codec; a codec that is missing or misbehaves is told apart from damage.
final class CodecsTest {
    private final Arena arena = Arena.ofShared();
    private final byte[] bytes = new byte[4096];

    CodecsTest() {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i / 3 % 7);
        }
    }

    @AfterEach
    void close() {
        arena.close();
    }

    /// Keeps every byte xored, or does what a test wants.
    private static class XorCodec implements Codec {
        @Override
        public int id() {
            return 77;
        }

        @Override
        public String name() {
            return "xor";
        }

        @Override
        public int compressedSizeMax(int size) {
            return size;
        }

        @Override
        public int compress(MemorySegment source, MemorySegment target) {
            for (long i = 0; i < source.byteSize(); i++) {
                target.set(Bytes.BYTE, i, (byte) (source.get(Bytes.BYTE, i) ^ 0x55));
            }
            return (int) source.byteSize();
        }

        @Override
        public void decompress(MemorySegment source, MemorySegment target) {
            compress(source, target);
        }
    }

    private MemorySegment native64(byte[] content, int room) {
        MemorySegment segment = arena.allocate(64 + room);
        MemorySegment.copy(content, 0, segment, Bytes.BYTE, 64, content.length);
        return segment;
    }

    private byte[] thereAndBack(BlockCodec codec) {
        MemorySegment source = native64(bytes, bytes.length);
        MemorySegment target = native64(new byte[0], codec.compressedSizeMax(bytes.length));
        int size = codec.compress(source, 64, bytes.length, target, 64);
        MemorySegment restored = native64(new byte[0], bytes.length);
        codec.decompress(target, 64, size, restored, 64, bytes.length, "table-1", 0);
        return Bytes.copyOut(restored, 64, bytes.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "xor"})
    void whatACodecCompressesComesBack(String name) {
        var codecs = new Codecs(List.of(new XorCodec()));
        BlockCodec codec = codecs.byName(name);
        assertSame(codec, codecs.byId(codec.id(), "table-1"));
        assertEquals(name, codec.name());
        assertArrayEquals(bytes, thereAndBack(codec));
    }

    @Test
    void theNumbersOfBuiltInCodecsAreThoseOnDisk() {
        var codecs = new Codecs(List.of());
        assertEquals(0, codecs.byName("none").id());
        assertEquals(1, codecs.byName("lz4").id());
    }

    @Test
    void aCodecThatWasNotGivenIsAskedFor() {
        var codecs = new Codecs(List.of());
        for (int id : new int[] {-1, 2, 77, 255, 256}) {
            var failure =
                    assertThrows(IllegalStateException.class, () -> codecs.byId(id, "table-12"));
            assertEquals(
                    "codec is not known, give it in Options.codecs: id=" + id + " file=table-12",
                    failure.getMessage());
        }
        var failure = assertThrows(IllegalStateException.class, () -> codecs.byName("xor"));
        assertTrue(failure.getMessage().endsWith("name=xor known=none,lz4"), failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "xor"})
    void damagedBytesAreCorruption(String name) {
        var refusing =
                new XorCodec() {
                    @Override
                    public void decompress(MemorySegment source, MemorySegment target) {
                        throw new ArrayIndexOutOfBoundsException(7);
                    }
                };
        BlockCodec codec = new Codecs(List.of(refusing)).byName(name);
        MemorySegment source = native64(bytes, bytes.length);
        MemorySegment target = native64(new byte[0], bytes.length);
        var failure =
                assertThrows(
                        CorruptionException.class,
                        () -> codec.decompress(source, 64, 100, target, 64, 4096, "table-9", 8192));
        assertEquals("block: does not decompress file=table-9 offset=8192", failure.getMessage());
    }

    @Test
    void aUsersCodecSeesTheBytesInQuestionOnly() {
        var seen = new ArrayList<Long>();
        var watching =
                new XorCodec() {
                    @Override
                    public int compress(MemorySegment source, MemorySegment target) {
                        seen.addAll(List.of(source.byteSize(), target.byteSize()));
                        return super.compress(source, target);
                    }
                };
        assertArrayEquals(bytes, thereAndBack(new Codecs(List.of(watching)).byName("xor")));
        assertEquals(List.of(4096L, 4096L, 4096L, 4096L), seen);
    }

    @Test
    void aUsersCodecThatCannotCompressIsNamed() {
        var answer = new AtomicInteger();
        var wrong =
                new XorCodec() {
                    @Override
                    public int compress(MemorySegment source, MemorySegment target) {
                        if (answer.get() == 0) {
                            throw new IllegalArgumentException("out of order");
                        }
                        return answer.get();
                    }
                };
        BlockCodec codec = new Codecs(List.of(wrong)).byName("xor");
        MemorySegment source = native64(bytes, bytes.length);
        MemorySegment target = native64(new byte[0], bytes.length);
        for (int wrongAnswer : new int[] {0, -1, 4097}) {
            answer.set(wrongAnswer);
            var failure =
                    assertThrows(
                            IllegalStateException.class,
                            () -> codec.compress(source, 64, 4096, target, 64));
            assertTrue(
                    failure.getMessage().startsWith("codec cannot compress: name=xor size=4096"),
                    failure.getMessage());
        }
    }

    @Test
    void manyThreadsCompressAtOnce() throws InterruptedException {
        BlockCodec lz4 = new Codecs(List.of()).byName("lz4");
        var wrong = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 200; i++) {
                                            wrong.addAndGet(
                                                    Arrays.equals(bytes, thereAndBack(lz4))
                                                            ? 0
                                                            : 1);
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, wrong.get());
    }
}
