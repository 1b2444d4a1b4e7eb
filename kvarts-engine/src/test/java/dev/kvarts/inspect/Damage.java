package dev.kvarts.inspect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;

/// What a bad device does to bytes.
final class Damage {
    private static final int SECTOR = 512;

    private Damage() {}

    /// Inverts one byte of a file; twice gives the file back.
    static void flip(Path file, long offset) throws IOException {
        try (var channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, offset);
            one.put(0, (byte) ~one.get(0)).flip();
            channel.write(one, offset);
        }
    }

    /// Some damage, drawn at random: flipped bits, lost or garbled sectors, blocks in the wrong
    /// place, a wrong length.
    static byte[] apply(byte[] bytes, SplittableRandom random) {
        byte[] damaged = bytes.clone();
        int kind = random.nextInt(8);
        int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        return switch (kind) {
            case 0 -> Arrays.copyOf(damaged, at);
            case 1 ->
                    garbled(
                            Arrays.copyOf(damaged, bytes.length + 1 + random.nextInt(5000)),
                            bytes.length,
                            Integer.MAX_VALUE,
                            random);
            case 2 -> {
                int sector = at / SECTOR * SECTOR;
                Arrays.fill(damaged, sector, Math.min(bytes.length, sector + SECTOR), (byte) 0);
                yield damaged;
            }
            case 3 -> garbled(damaged, at / SECTOR * SECTOR, SECTOR, random);
            case 4 -> {
                int from = random.nextInt(bytes.length / SECTOR + 1) * SECTOR;
                int to = at / SECTOR * SECTOR;
                int size = Math.min(4096, bytes.length - Math.max(from, to));
                System.arraycopy(bytes, from, damaged, to, Math.max(0, size));
                yield damaged;
            }
            case 5 -> garbled(damaged, at, 1 + random.nextInt(16), random);
            default -> {
                if (bytes.length > 0) {
                    damaged[kind == 6 ? at : Math.min(at, random.nextInt(200))] ^=
                            (byte) (1 << random.nextInt(8));
                }
                yield damaged;
            }
        };
    }

    private static byte[] garbled(byte[] bytes, int from, int size, SplittableRandom random) {
        for (int i = from; i < bytes.length && i - from < size; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }
}
