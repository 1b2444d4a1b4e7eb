package dev.kvarts.vlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.Lookup;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.table.BlockCodec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Values of more bytes than an `int` counts.
final class HugeValueTest {
    private static final long HUGE = (1L << 31) + 12_345;
    private static final long MEMORY_MIN = 8L << 30;

    private @TempDir Path folder;

    @Test
    void sizesAreAddedInLongs() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(ValueFileFormat.RECORD_HEADER_SIZE + 65_536L);
            byte[] key = new byte[Limits.KEY_SIZE_MAX];
            long most = Limits.VALUE_SIZE_MAX;
            ValueFileFormat.writeRecordHead(head, 0, key, key.length, most, most);
            assertEquals(most, ValueFileFormat.valueSize(head, 0));
            assertEquals(most, ValueFileFormat.storedSize(head, 0));
            long size = 16 + 65_536 + most;
            assertEquals(size, ValueFileFormat.boundedRecordSize(head, 0, size));
            assertEquals(-1, ValueFileFormat.boundedRecordSize(head, 0, size - 1));
            var count = new ValueFileCount();
            for (int i = 0; i < 3; i++) {
                count.add(key.length, most, most);
            }
            assertEquals(64 + 3 * size + 48, count.statistics().fileBytes());
        }
    }

    /// The value is a hole in a sparse file, and what is written of it is a hole again: it takes no
    /// room on the disk.
    @Test
    void valueOfMoreThanTwoGigabytesComesBack() throws IOException {
        Directory real = RealDirectory.open(folder, true);
        assumeTrue(real.cacheBytes() >= MEMORY_MIN, "little memory");
        try (var hole = new RandomAccessFile(folder.resolve("hole").toFile(), "rw")) {
            hole.setLength(HUGE);
            hole.write(new byte[] {1, 2, 3});
        }
        var sparse = new TrickDirectory(real);
        sparse.holes = folder;
        byte[] key = {'k'};
        long[] offsets = new long[3];
        try (ReadableFile source = real.open("hole", true);
                var scheduler = new ThreadScheduler(1);
                var writer = new ValueFileWriter(sparse, 1, 1, 7, BlockCodec.NONE, scheduler)) {
            MemorySegment value = source.mapped();
            offsets[0] = writer.add(key, 1, value, 0, 10);
            offsets[1] = writer.add(key, 1, value, 1, HUGE - 1);
            offsets[2] = writer.add(key, 1, value, 0, 20);
            assertEquals(HUGE - 1 + 30, writer.finish().valueBytes());
        }
        assertEquals(offsets[1] + 17 + HUGE - 1, offsets[2]);
        long size = real.size("values-7");
        ValueFile file = ValueFile.open(real, 1, 1, 7, size, true, ValueFiles.CODECS);
        var lookup = new Lookup();
        lookup.key = key;
        lookup.keySize = 1;
        file.answer(lookup, offsets[1], HUGE - 1);
        assertEquals(HUGE - 1, lookup.valueSize);
        assertEquals(2, lookup.segment.get(Bytes.BYTE, lookup.valueOffset));
        assertEquals(0, lookup.segment.get(Bytes.BYTE, lookup.valueOffset + HUGE - 2));
        assertThrows(IllegalStateException.class, lookup::copyValue);
        file.answer(lookup, offsets[2], 20);
        assertEquals(3, lookup.segment.get(Bytes.BYTE, lookup.valueOffset + 2));
        for (long wrong : new long[] {HUGE - 1 - (1L << 31), HUGE, Limits.VALUE_SIZE_MAX}) {
            assertThrows(CorruptionException.class, () -> file.answer(lookup, offsets[1], wrong));
        }
        file.close();
        assertTrue(size > HUGE);
    }
}
