package dev.kvarts.compression;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/// Frames that others read, exact sizes, and refusals of whatever is malformed.
final class ZstdCodecTest {
    private static final int MARGIN = 64;
    private static final byte FENCE = 0x5A;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final ZstdCodec codec = new ZstdCodec();

    @AfterEach
    void close() {
        codec.close();
    }

    private byte[] words(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) ("keyvalue".charAt(i % 8) + (random.nextInt(5) == 0 ? 1 : 0));
        }
        return bytes;
    }

    private static byte[] bytes(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    private static MemorySegment nativeCopy(Arena arena, byte[] bytes) {
        return arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    private static byte[] compress(ZstdCodec codec, byte[] bytes) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment target = arena.allocate(codec.compressedSizeMax(bytes.length));
            int size = codec.compress(nativeCopy(arena, bytes), target);
            return bytes(target.asSlice(0, size));
        }
    }

    private byte[] decompress(byte[] compressed, int size) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment fenced = arena.allocate(size + 2 * MARGIN).fill(FENCE);
            try {
                codec.decompress(nativeCopy(arena, compressed), fenced.asSlice(MARGIN, size));
            } finally {
                for (int i = 0; i < MARGIN; i++) {
                    String where = "seed=" + seed + " i=" + i;
                    assertEquals(FENCE, fenced.get(ValueLayout.JAVA_BYTE, i), where);
                    assertEquals(
                            FENCE, fenced.get(ValueLayout.JAVA_BYTE, MARGIN + size + i), where);
                }
            }
            return bytes(fenced.asSlice(MARGIN, size));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 4096, 70_000, 300_000})
    void whatIsCompressedComesBack(int size) {
        byte[] regular = words(size);
        byte[] irregular = new byte[size];
        random.nextBytes(irregular);
        for (byte[] bytes : List.of(regular, irregular)) {
            byte[] compressed = compress(codec, bytes);
            assertArrayEquals(bytes, decompress(compressed, size), "seed=" + seed);
            assertArrayEquals(bytes, Zstd.decompress(compressed, size), "seed=" + seed);
            byte[] theirs = Zstd.compress(bytes, 19);
            assertArrayEquals(bytes, decompress(theirs, size), "seed=" + seed);
        }
    }

    @Test
    void theNumberOnDiskAndTheNameAreForEver() {
        assertEquals(2, codec.id());
        assertEquals("zstd", codec.name());
    }

    @Test
    void noBlockTakesMoreThanItMay() {
        for (int size = 0; size < 600_000; size += 1 + size / 7) {
            assertEquals(Zstd.compressBound(size), codec.compressedSizeMax(size), "size=" + size);
        }
    }

    @Test
    void higherLevelsAreSmallerAndReadByAnyCodec() {
        byte[] bytes = words(100_000);
        int[] sizes = new int[3];
        int[] levels = {ZstdCodec.LEVEL_MIN, ZstdCodec.LEVEL_DEFAULT, ZstdCodec.LEVEL_MAX};
        for (int i = 0; i < levels.length; i++) {
            try (var leveled = new ZstdCodec(levels[i])) {
                byte[] compressed = compress(leveled, bytes);
                sizes[i] = compressed.length;
                assertArrayEquals(bytes, decompress(compressed, bytes.length), "seed=" + seed);
            }
        }
        assertTrue(sizes[0] > sizes[1] && sizes[1] > sizes[2], Arrays.toString(sizes));
        for (int level : new int[] {ZstdCodec.LEVEL_MIN - 1, ZstdCodec.LEVEL_MAX + 1}) {
            assertThrows(IllegalArgumentException.class, () -> new ZstdCodec(level));
        }
    }

    @Test
    void malformedBytesAreRefused() {
        byte[] bytes = words(3_000);
        byte[] compressed = compress(codec, bytes);
        int refused = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = compressed.clone();
            switch (random.nextInt(3)) {
                case 0 -> damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
                case 1 -> random.nextBytes(damaged);
                default -> damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                decompress(damaged, bytes.length); // literals may differ unnoticed
            } catch (IllegalArgumentException _) {
                refused++;
            }
        }
        assertTrue(refused > 3_300, "seed=" + seed + " refused=" + refused);
    }

    @Test
    void anotherSizeThanWasCompressedIsRefused() {
        byte[] compressed = compress(codec, words(2_000));
        for (int size : new int[] {0, 1_999, 2_001, 4_000}) {
            assertThrows(IllegalArgumentException.class, () -> decompress(compressed, size));
        }
    }

    @Test
    void aTargetThatIsTooSmallIsRefused() {
        byte[] irregular = new byte[2_000];
        random.nextBytes(irregular);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = nativeCopy(arena, irregular);
            MemorySegment target = arena.allocate(1_000);
            assertThrows(IllegalArgumentException.class, () -> codec.compress(source, target));
        }
    }

    @Test
    void aMappedFileIsReadInPlace(@TempDir Path folder) throws IOException {
        byte[] bytes = words(10_000);
        byte[] compressed = compress(codec, bytes);
        Path file = Files.write(folder.resolve("block"), compressed);
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment mapped =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            MemorySegment target = arena.allocate(bytes.length);
            codec.decompress(mapped, target);
            assertArrayEquals(bytes, bytes(target), "seed=" + seed);
        }
    }

    @Test
    void manyThreadsWorkAtOnce() throws InterruptedException {
        byte[] bytes = words(8_000);
        var wrong = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 100; i++) {
                                            byte[] back =
                                                    decompress(
                                                            compress(codec, bytes), bytes.length);
                                            wrong.addAndGet(Arrays.equals(bytes, back) ? 0 : 1);
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, wrong.get(), "seed=" + seed);
    }
}
