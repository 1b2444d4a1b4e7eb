package dev.kvarts.db;

import dev.kvarts.api.Options;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/// Keys and values to test with.
final class Samples {
    private Samples() {}

    /// Options that make a small database do what a large one does: flush, reclaim, merge, roll.
    static Options small() {
        return Options.defaults()
                .withMemory(Options.MEMORY_BYTES_MIN)
                .withMemoryStore(Options.MEMORY_STORE_BYTES_MIN)
                .withLogSegmentBytes(256 << 10);
    }

    /// Options for a database whose memory stores are flushed only on demand.
    static Options roomy() {
        return Options.defaults().withMemory(256L << 20).withLogSegmentBytes(1 << 20);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static byte[] key(long number) {
        return bytes("key%013d".formatted(number));
    }

    static byte[] value(long number) {
        return bytes("value-" + number);
    }

    static byte[] random(Random random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    static byte[] filled(int size, int with) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }
}
