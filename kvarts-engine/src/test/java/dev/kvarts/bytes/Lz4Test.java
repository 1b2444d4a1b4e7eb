package dev.kvarts.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/// LZ4 as others write and read it; malformed bytes are refused and touch nothing.
final class Lz4Test {
    private static final int MARGIN = 64;
    private static final byte FENCE = 0x5A;

    // The safe ones: no native library, no Unsafe.
    private static final LZ4Compressor THEIR_COMPRESSOR =
            LZ4Factory.safeInstance().fastCompressor();
    private static final LZ4SafeDecompressor THEIR_DECOMPRESSOR =
            LZ4Factory.safeInstance().safeDecompressor();

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final Lz4 lz4 = new Lz4();

    /// What the bytes look like.
    enum Content {
        RANDOM,
        ZERO,
        FEW_VALUES,
        WORDS,
        REPEATED_AT_A_DISTANCE
    }

    private byte[] content(Content content, int size) {
        byte[] bytes = new byte[size];
        switch (content) {
            case RANDOM -> random.nextBytes(bytes);
            case ZERO -> Arrays.fill(bytes, (byte) 0);
            case FEW_VALUES -> {
                for (int i = 0; i < size; i++) {
                    bytes[i] = (byte) (random.nextInt(10) == 0 ? random.nextInt(4) : 7);
                }
            }
            case WORDS -> {
                byte[][] words = new byte[40][];
                for (int i = 0; i < words.length; i++) {
                    words[i] = new byte[1 + random.nextInt(30)];
                    random.nextBytes(words[i]);
                }
                for (int at = 0; at < size; ) {
                    byte[] word = words[random.nextInt(words.length)];
                    int length = Math.min(word.length, size - at);
                    System.arraycopy(word, 0, bytes, at, length);
                    at += length;
                }
            }
            case REPEATED_AT_A_DISTANCE -> {
                int distance = 1 + random.nextInt(random.nextBoolean() ? 20 : 66_000);
                for (int i = 0; i < size; i++) {
                    bytes[i] = i < distance ? (byte) random.nextInt() : bytes[i - distance];
                }
            }
        }
        return bytes;
    }

    private int anySize() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(40);
            case 1 -> random.nextInt(600);
            case 2 -> random.nextInt(5_000);
            default -> random.nextInt(150_000);
        };
    }

    private byte[] compress(byte[] bytes) {
        int most = Lz4.compressedSizeMax(bytes.length);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = fenced(arena, bytes.length);
            MemorySegment.copy(bytes, 0, source, Bytes.BYTE, MARGIN, bytes.length);
            MemorySegment target = fenced(arena, most);
            int size = lz4.compress(source, MARGIN, bytes.length, target, MARGIN);
            assertTrue(size <= most, "seed=" + seed + " size=" + size + " most=" + most);
            assertFences(target, most);
            return Bytes.copyOut(target, MARGIN, size);
        }
    }

    private byte[] decompress(byte[] compressed, int size) {
        try (Arena arena = Arena.ofConfined()) {
            // The source ends where its segment ends: reading on would be noticed.
            MemorySegment source = arena.allocate(compressed.length);
            MemorySegment.copy(compressed, 0, source, Bytes.BYTE, 0, compressed.length);
            MemorySegment target = fenced(arena, size);
            try {
                Lz4.decompress(source, 0, compressed.length, target, MARGIN, size);
            } finally {
                assertFences(target, size);
            }
            return Bytes.copyOut(target, MARGIN, size);
        }
    }

    private static MemorySegment fenced(Arena arena, int size) {
        return arena.allocate(size + 2 * MARGIN).fill(FENCE);
    }

    private void assertFences(MemorySegment segment, int size) {
        for (int i = 0; i < MARGIN; i++) {
            assertEquals(FENCE, segment.get(Bytes.BYTE, i), "seed=" + seed + " before");
            assertEquals(
                    FENCE, segment.get(Bytes.BYTE, MARGIN + size + i), "seed=" + seed + " behind");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsCompressedComesBack(Content kind) {
        for (int i = 0; i < 200; i++) {
            byte[] bytes = content(kind, i < 100 ? i : anySize());
            byte[] compressed = compress(bytes);
            assertArrayEquals(bytes, decompress(compressed, bytes.length), "seed=" + seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void othersReadWhatWeWrite(Content kind) {
        for (int i = 0; i < 200; i++) {
            byte[] bytes = content(kind, i < 100 ? i : anySize());
            byte[] compressed = compress(bytes);
            byte[] restored = new byte[bytes.length];
            int size =
                    THEIR_DECOMPRESSOR.decompress(
                            compressed, 0, compressed.length, restored, 0, bytes.length);
            assertEquals(bytes.length, size, "seed=" + seed);
            assertArrayEquals(bytes, restored, "seed=" + seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void weReadWhatOthersWrite(Content kind) {
        LZ4Compressor thorough = LZ4Factory.safeInstance().highCompressor();
        for (int i = 0; i < 200; i++) {
            byte[] bytes = content(kind, i < 100 ? i : anySize());
            var theirs = i % 2 == 0 ? THEIR_COMPRESSOR : thorough;
            byte[] compressed = theirs.compress(bytes);
            assertArrayEquals(bytes, decompress(compressed, bytes.length), "seed=" + seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isAboutAsSmallAsOthersMakeIt(Content kind) {
        long ours = 0;
        long theirs = 0;
        for (int i = 0; i < 60; i++) {
            byte[] bytes = content(kind, 4096);
            ours += compress(bytes).length;
            theirs += THEIR_COMPRESSOR.compress(bytes).length;
        }
        assertTrue(ours <= theirs * 1.03 + 600, "seed=" + seed + " " + ours + " > " + theirs);
    }

    @Test
    void incompressibleBytesGrowByOneIn255() {
        byte[] bytes = content(Content.RANDOM, 65_536);
        int size = compress(bytes).length;
        assertTrue(size <= 65_536 + 65_536 / 255 + 2, "seed=" + seed + " size=" + size);
    }

    @Test
    void aMatchMayBeAsFarAwayAsADistanceCanSay() {
        for (int distance : new int[] {65_534, 65_535, 65_536, 65_537}) {
            byte[] bytes = new byte[distance + 100];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 0, bytes, distance, 100);
            byte[] compressed = compress(bytes);
            assertArrayEquals(bytes, decompress(compressed, bytes.length), "seed=" + seed);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 5, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 269, 270, 271, 274})
    void sizesAtTheEdgesOfTheFormat(int size) {
        for (Content kind : Content.values()) {
            byte[] bytes = content(kind, size);
            assertArrayEquals(bytes, decompress(compress(bytes), size), kind + " seed=" + seed);
        }
    }

    /// Whatever the bytes, the answer is that of a decompressor too plain to be wrong, which is a
    /// refusal for most; the fences stay.
    @Test
    void damagedBytesAreRefusedAsTheFormatRefusesThem() {
        int refused = 0;
        int accepted = 0;
        for (int i = 0; i < 10_000; i++) {
            Content kind = Content.values()[random.nextInt(Content.values().length)];
            byte[] bytes = content(kind, random.nextInt(i % 100 == 0 ? 70_000 : 900));
            byte[] compressed = damage(compress(bytes));
            int size = random.nextInt(4) == 0 ? random.nextInt(2_000) : bytes.length;
            byte[] expected = plainAnswer(compressed, size);
            byte[] ours = null;
            try {
                ours = decompress(compressed, size);
                accepted++;
            } catch (IllegalArgumentException _) {
                refused++;
            }
            assertArrayEquals(expected, ours, "seed=" + seed + " i=" + i);
        }
        assertTrue(refused > 3_000 && accepted > 100, refused + " refused, accepted " + accepted);
    }

    private byte[] damage(byte[] compressed) {
        byte[] damaged = compressed.clone();
        switch (random.nextInt(5)) {
            case 0 -> damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length + 1));
            case 1 -> damaged = Arrays.copyOf(damaged, damaged.length + 1 + random.nextInt(20));
            case 2 -> {
                int from = random.nextInt(damaged.length);
                Arrays.fill(
                        damaged,
                        from,
                        Math.min(damaged.length, from + 1 + random.nextInt(40)),
                        (byte) 0xFF);
            }
            case 3 -> random.nextBytes(damaged);
            default -> {
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                }
            }
        }
        return damaged;
    }

    /// As the page of the format says it, a byte at a time; null if refused.
    private static byte[] plainAnswer(byte[] in, int size) {
        byte[] out = new byte[size];
        int at = 0;
        int made = 0;
        try {
            while (true) {
                int token = in[at++] & 0xFF;
                int literals = token >>> 4;
                for (int more = literals == 15 ? 255 : 0; more == 255; literals += more) {
                    more = in[at++] & 0xFF;
                }
                for (; literals > 0; literals--) {
                    out[made++] = in[at++];
                }
                if (at == in.length) {
                    return made == size ? out : null;
                }
                int distance = in[at++] & 0xFF | (in[at++] & 0xFF) << 8;
                int match = token & 15;
                for (int more = match == 15 ? 255 : 0; more == 255; match += more) {
                    more = in[at++] & 0xFF;
                }
                for (match += 4; match > 0; match--) {
                    out[made] = out[distance == 0 ? -1 : made - distance];
                    made++;
                }
            }
        } catch (ArrayIndexOutOfBoundsException _) {
            return null;
        }
    }

    @Test
    void hugeSizesAreRefusedWithoutWritingThem() {
        byte[] sizes = new byte[100_000];
        Arrays.fill(sizes, (byte) 0xFF);
        assertThrows(IllegalArgumentException.class, () -> decompress(sizes, 1_000));
        byte[] match = sizes.clone();
        match[0] = 0x1F;
        match[2] = 1;
        match[3] = 0;
        assertThrows(IllegalArgumentException.class, () -> decompress(match, 1_000));
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] bytes = content(Content.WORDS, 2_000);
        byte[] compressed = compress(bytes);
        for (int size = 0; size < compressed.length; size++) {
            byte[] truncated = Arrays.copyOf(compressed, size);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> decompress(truncated, bytes.length),
                    "seed=" + seed + " size=" + size);
        }
    }

    @Test
    void anotherSizeThanWasCompressedIsRefused() {
        byte[] compressed = compress(content(Content.WORDS, 2_000));
        for (int size : new int[] {0, 1, 1_999, 2_001, 3_000}) {
            assertThrows(IllegalArgumentException.class, () -> decompress(compressed, size));
        }
    }

    @Test
    void matchesBeforeTheStartAreRefused() {
        // One literal, then a match two bytes back; and one of distance zero.
        byte[] literals = {0x10, 'a', 2, 0, 0x50, 'b', 'c', 'd', 'e', 'f'};
        assertThrows(IllegalArgumentException.class, () -> decompress(literals, 10));
        literals[2] = 0;
        assertThrows(IllegalArgumentException.class, () -> decompress(literals, 10));
        literals[2] = 1;
        assertArrayEquals(
                "aaaaabcdef".getBytes(StandardCharsets.US_ASCII), decompress(literals, 10));
    }
}
