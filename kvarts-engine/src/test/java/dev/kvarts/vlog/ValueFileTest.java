package dev.kvarts.vlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Codec;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.Limits;
import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.table.BlockCodec;
import dev.kvarts.table.Codecs;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;

/// A pointer is answered with the value that was written under it, or not at all.
final class ValueFileTest {
    private @TempDir Path folder;
    private ValueFiles files;
    private final Lookup lookup = new Lookup();

    @BeforeEach
    void open() throws IOException {
        files = new ValueFiles(folder);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "one",
                "uniform",
                "mixed",
                "empty values",
                "smallest",
                "huge keys",
                "huge values",
                "any"
            })
    void recordsOfEveryShapeComeBack(String shape) throws IOException {
        checkShape(shape);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "mixed", "empty values", "smallest", "huge values", "any"})
    void compressedRecordsOfEveryShapeComeBack(String shape) throws IOException {
        files.codec = ValueFiles.CODECS.byName("lz4");
        checkShape(shape);
    }

    private void checkShape(String shape) throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        List<ValueFiles.Written> written = files.write(ValueFiles.random(random, shape));
        long keyBytes = written.stream().mapToLong(record -> record.key().length).sum();
        long valueBytes = written.stream().mapToLong(record -> record.value().length).sum();
        Collections.shuffle(written, random);
        for (boolean mapped : new boolean[] {true, false}) {
            ValueFile file = files.open(mapped);
            for (int round = 0; round < 2; round++) { // the first checks, the second need not
                for (ValueFiles.Written each : written) {
                    String where = "seed=" + seed + " mapped=" + mapped + " at=" + each.offset();
                    byte[] found =
                            ValueFiles.read(
                                    file, lookup, each.key(), each.offset(), each.value().length);
                    assertArrayEquals(each.value(), found, where);
                    assertTrue(lookup.home == null || mapped && lookup.home == file, where);
                }
            }
            assertEquals(written.size(), file.statistics().records());
            assertEquals(keyBytes, file.statistics().keyBytes());
            assertEquals(valueBytes, file.statistics().valueBytes());
            file.close();
        }
    }

    @Test
    void valueIsCompressedIfThatSavesAnEighth() throws IOException {
        files.codec = ValueFiles.CODECS.byName("lz4");
        var random = new Random(3);
        SortedMap<byte[], byte[]> entries = ValueFiles.uniform(random, 1, 10_000);
        entries.put(ValueFiles.key(1), ValueFiles.compressible(random, 10_000));
        entries.put(ValueFiles.key(2), new byte[ValueFileFormat.COMPRESSED_SIZE_MAX]);
        entries.put(ValueFiles.key(3), new byte[ValueFileFormat.COMPRESSED_SIZE_MAX + 1]);
        byte[] nearly = ValueFiles.value(random, 10_000);
        Arrays.fill(nearly, 0, 1_000, (byte) 0);
        entries.put(ValueFiles.key(4), nearly);
        List<ValueFiles.Written> written = files.write(entries);
        for (boolean mapped : new boolean[] {true, false}) {
            ValueFile file = files.open(mapped);
            boolean[] compressed = {false, true, true, false, false};
            for (int i = 0; i < 5; i++) {
                ValueFiles.Written each = written.get(i);
                int size = each.value().length;
                assertArrayEquals(
                        each.value(),
                        ValueFiles.read(file, lookup, each.key(), each.offset(), size));
                long end = i < 4 ? written.get(i + 1).offset() : file.recordsEnd();
                long stored = end - each.offset() - 16 - each.key().length;
                assertEquals(compressed[i], stored < size, "record " + i);
                assertEquals(mapped && !compressed[i], lookup.home == file, "record " + i);
            }
            file.close();
        }
    }

    @Test
    void fileOfACodecThatIsNotKnownIsRefusedByName() throws IOException {
        var users = new Codecs(List.of(new StoreCodec()));
        files.codec = users.byName("store");
        files.write(ValueFiles.uniform(new Random(1), 3, 100));
        var refused = assertThrows(IllegalStateException.class, () -> files.open(true));
        assertTrue(refused.getMessage().contains("id=77 file=values-7"), refused.getMessage());
    }

    /// Bytes as they are.
    private static final class StoreCodec implements Codec {
        @Override
        public int id() {
            return 77;
        }

        @Override
        public String name() {
            return "store";
        }

        @Override
        public int compressedSizeMax(int size) {
            return size;
        }

        @Override
        public int compress(MemorySegment source, MemorySegment target) {
            target.copyFrom(source);
            return (int) source.byteSize();
        }

        @Override
        public void decompress(MemorySegment source, MemorySegment target) {
            target.copyFrom(source);
        }
    }

    @Test
    void answerIsThatOfTheSequenceNumberWhichNamedIt() throws IOException {
        List<ValueFiles.Written> written = files.write(ValueFiles.uniform(new Random(1), 3, 100));
        ValueFile file = files.open(true);
        lookup.ask(written.get(1).key(), written.get(1).key().length, 0, 99);
        lookup.sequence = 42;
        lookup.deleted = true;
        file.answer(lookup, written.get(1).offset(), 100);
        assertTrue(lookup.present());
        assertEquals(42, lookup.sequence);
        assertEquals(1, lookup.reads);
        file.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pointerThatDoesNotFitItsRecordIsRefused(boolean mapped) throws IOException {
        List<ValueFiles.Written> written = files.write(ValueFiles.uniform(new Random(1), 50, 100));
        ValueFile file = files.open(mapped);
        ValueFiles.Written mine = written.get(20);
        for (int round = 0; round < 2; round++) { // before and after the record was checked
            for (long size : new long[] {0, 1, 99, 101, Limits.VALUE_SIZE_MAX}) {
                assertRefused(file, mine.key(), mine.offset(), size);
            }
            assertRefused(file, written.get(21).key(), mine.offset(), 100);
            assertRefused(file, new byte[] {'k'}, mine.offset(), 100);
            assertRefused(file, new byte[Limits.KEY_SIZE_MAX], mine.offset(), 100);
            for (long into = 1; into < 127; into++) {
                assertRefused(file, mine.key(), mine.offset() + into, 100);
            }
            ValueFiles.read(file, lookup, mine.key(), mine.offset(), 100);
        }
        file.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pointerOutOfTheRecordsIsRefused(boolean mapped) throws IOException {
        List<ValueFiles.Written> written = files.write(ValueFiles.uniform(new Random(1), 5, 100));
        ValueFile file = files.open(mapped);
        long size = file.fileBytes();
        long[] offsets = {
            Long.MIN_VALUE,
            -1,
            0,
            63,
            size - 75,
            size - 48,
            size - 1,
            size,
            1L << 40,
            Long.MAX_VALUE
        };
        for (long offset : offsets) {
            assertRefused(file, written.getFirst().key(), offset, 100);
            assertRefused(file, written.getFirst().key(), offset, Limits.VALUE_SIZE_MAX);
        }
        file.close();
    }

    private void assertRefused(ValueFile file, byte[] key, long offset, long size) {
        var refused =
                assertThrows(
                        CorruptionException.class,
                        () -> ValueFiles.read(file, lookup, key, offset, size),
                        "offset=" + offset + " size=" + size);
        assertEquals("values-7", refused.file());
        assertEquals(offset, refused.offset());
    }

    @Test
    void fileOfAnotherPlaceIsRefused() throws IOException {
        files.write(ValueFiles.uniform(new Random(1), 5, 100));
        long size = files.directory.size("values-7");
        files.directory.rename("values-7", "values-8");
        assertRefused("belongs elsewhere", ValueFiles.DATABASE, 2, 8, size);
        files.directory.rename("values-8", "values-7");
        assertRefused("belongs elsewhere", ValueFiles.DATABASE, 3, 7, size);
        assertRefused("belongs elsewhere", 12, 2, 7, size);
        assertRefused("file is missing", ValueFiles.DATABASE, 2, 9, size);
        assertRefused("size is not as in the manifest", ValueFiles.DATABASE, 2, 7, size - 1);
    }

    private void assertRefused(String why, long database, int keyspace, long number, long size) {
        var refused =
                assertThrows(
                        CorruptionException.class,
                        () ->
                                ValueFile.open(
                                        files.directory,
                                        database,
                                        keyspace,
                                        number,
                                        size,
                                        true,
                                        ValueFiles.CODECS));
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
        assertEquals("values-" + number, refused.file());
    }

    @Test
    void sizeIsKnownBeforeTheEnd() throws IOException {
        try (var scheduler = new ThreadScheduler(1);
                var writer =
                        new ValueFileWriter(files.directory, 1, 1, 9, BlockCodec.NONE, scheduler)) {
            assertEquals(ValueFileFormat.FILE_SIZE_MIN, writer.sizeBytes());
            for (int size : new int[] {0, 10, 200_000, 300_000, 2_000_000, 5}) {
                writer.add(new byte[8], 8, MemorySegment.ofArray(new byte[size + 3]), 3, size);
            }
            long expected = writer.sizeBytes();
            ValueFileWriter.Written written = writer.finish();
            assertEquals(expected, written.fileBytes());
            assertEquals(expected, files.directory.size("values-9"));
            assertEquals(6, written.records());
            assertEquals(2_500_015, written.valueBytes());
        }
    }

    @Test
    void keysAndValuesBeyondTheLimitsAreRefused() throws IOException {
        try (var scheduler = new ThreadScheduler(1);
                var writer =
                        new ValueFileWriter(files.directory, 1, 1, 9, BlockCodec.NONE, scheduler)) {
            byte[] key = new byte[Limits.KEY_SIZE_MAX + 1];
            MemorySegment value = MemorySegment.ofArray(new byte[1]);
            for (int keySize : new int[] {-1, 0, Limits.KEY_SIZE_MAX + 1}) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> writer.add(key, keySize, value, 0, 1));
            }
            for (long valueSize : new long[] {-1, Limits.VALUE_SIZE_MAX + 1}) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> writer.add(key, 1, value, 0, valueSize));
            }
            assertEquals(0, writer.finish().records());
        }
    }
}
