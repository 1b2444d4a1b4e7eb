package dev.kvarts.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// How often per second a device makes a few bytes durable for one thread that does nothing else:
/// the bytes go to the end of what is there, in a file whose blocks are allocated, and are forced;
/// through a mapping, as Kvarts does it, and through a channel.
///
/// Asked in several pieces, so that a device that is slow for a while is slow here, too.
///
/// Thread safety: one thread.
final class ForceProbe {
    private static final long FILE_BYTES = 16 << 20;
    private static final int ZEROS_BYTES = 1 << 20;

    private final Path directory;
    private final int recordBytes;
    private final long pieceNanos;
    private final Pace mapped = new Pace();
    private final Pace channel = new Pace();

    private static final class Pace {
        long forces;
        long nanos;

        double perSecond() {
            return forces * 1e9 / nanos;
        }
    }

    private interface Force {
        void at(long offset) throws IOException;
    }

    /// @param recordBytes appended with each force
    /// @param pieceMillis how long each of the two ways is tried in [#run]
    ForceProbe(Path directory, int recordBytes, int pieceMillis) {
        this.directory = directory;
        this.recordBytes = recordBytes;
        this.pieceNanos = pieceMillis * 1_000_000L;
    }

    /// One more piece of each way.
    void run() {
        if (pieceNanos == 0) {
            return;
        }
        Path file = directory.resolve("force-probe");
        byte[] record = new byte[recordBytes];
        Arrays.fill(record, (byte) 0x5A);
        try (var arena = Arena.ofConfined();
                var open =
                        FileChannel.open(
                                file,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE)) {
            for (long at = 0; at < FILE_BYTES; at += ZEROS_BYTES) {
                open.write(ByteBuffer.allocate(ZEROS_BYTES), at);
            }
            open.force(true);
            MemorySegment mapping = open.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES, arena);
            MemorySegment source = MemorySegment.ofArray(record);
            repeat(
                    mapped,
                    offset -> {
                        MemorySegment.copy(source, 0, mapping, offset, recordBytes);
                        mapping.asSlice(offset, recordBytes).force();
                    });
            ByteBuffer buffer = ByteBuffer.allocateDirect(recordBytes).put(record);
            repeat(
                    channel,
                    offset -> {
                        open.write(buffer.rewind(), offset);
                        open.force(false);
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(file);
        }
    }

    private void repeat(Pace pace, Force force) throws IOException {
        long start = System.nanoTime();
        long offset = 0;
        long forces = 0;
        long now = start;
        while (now - start < pieceNanos) {
            force.at(offset);
            forces++;
            offset += recordBytes;
            if (offset > FILE_BYTES - recordBytes) {
                offset = 0;
            }
            now = System.nanoTime();
        }
        pace.forces += forces;
        pace.nanos += now - start;
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Forces per second of a mapped file; NaN if it was not asked.
    double mappedPerSecond() {
        return mapped.perSecond();
    }

    /// Forces per second through a channel; NaN if it was not asked.
    double channelPerSecond() {
        return channel.perSecond();
    }
}
