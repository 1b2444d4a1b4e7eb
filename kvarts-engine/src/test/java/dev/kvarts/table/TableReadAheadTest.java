package dev.kvarts.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.entry.EntryCursor;
import dev.kvarts.io.ReadableFile;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/// A walk over a table that is not mapped reads many blocks at once, once it is seen to be one.
final class TableReadAheadTest {
    private @TempDir Path folder;
    private TableFiles files;
    private Table table;

    @BeforeEach
    void write() throws IOException {
        files = new TableFiles(folder);
        table = files.numbered(1, 20_000, 100, 12);
        table.close();
        table = files.open(1, false);
    }

    @AfterEach
    void close() throws IOException {
        table.close();
    }

    private static final class CountedFile implements ReadableFile {
        private final ReadableFile file;
        private int reads;
        private long bytes;

        CountedFile(ReadableFile file) {
            this.file = file;
        }

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public MemorySegment mapped() {
            return null;
        }

        @Override
        public void read(long position, MemorySegment target) throws IOException {
            reads++;
            bytes += target.byteSize();
            file.read(position, target);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private CountedFile walk(int from, int step, int count) throws IOException {
        BlockIndex index = table.index();
        try (var file = new CountedFile(files.directory.open(table.name(), false))) {
            var ahead = new BlockReadAhead(file, index);
            for (int i = 0, block = from; i < count; i++, block += step) {
                long at = ahead.bring(block);
                long size = index.offset(block + 1) - index.offset(block);
                assertTrue(
                        BlockFormat.valid(ahead.buffer(), at, size, 1, index.offset(block)),
                        "block=" + block);
            }
            return file;
        }
    }

    @Test
    void longWalkInEitherDirectionIsFewReads() throws IOException {
        int blocks = table.index().blocks();
        long bytes = table.index().offset(blocks) - table.index().offset(0);
        long most = 2 + 4 + bytes / (BlockReadAhead.WINDOW_MAX - (8 << 10)) + 1;
        for (int step : new int[] {1, -1}) {
            CountedFile file = walk(step == 1 ? 0 : blocks - 1, step, blocks);
            assertTrue(file.reads <= most, "reads=" + file.reads + " most=" + most);
            assertEquals(bytes, file.bytes);
        }
    }

    @Test
    void twoNeighboursAndJumpsAreReadAlone() throws IOException {
        assertEquals(2, walk(10, 1, 2).reads);
        assertEquals(3, walk(10, 1, 3).reads);
        CountedFile jumps = walk(10, 7, 20);
        assertEquals(20, jumps.reads);
        BlockIndex index = table.index();
        long bytes = 0;
        for (int i = 0, block = 10; i < 20; i++, block += 7) {
            bytes += index.offset(block + 1) - index.offset(block);
        }
        assertEquals(bytes, jumps.bytes);
    }

    @Test
    void walkThatTurnsFindsTheSame() {
        try (EntryCursor cursor = table.cursor(Long.MAX_VALUE)) {
            int count = 0;
            while (cursor.next()) {
                count++;
            }
            assertEquals(20_000, count);
            byte[] key = TableFiles.key(9_000);
            assertTrue(cursor.seek(key, key.length));
            for (int i = 0; i < 3_000; i++) {
                assertTrue(cursor.previous());
            }
            for (int i = 0; i < 3_000; i++) {
                assertTrue(cursor.next());
            }
            assertArrayEquals(key, Arrays.copyOf(cursor.key(), cursor.keySize()));
            assertTrue(cursor.last());
            assertFalse(cursor.next());
        }
    }
}
