package dev.kvarts.vlog;

import dev.kvarts.entry.Lookup;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.table.BlockCodec;
import dev.kvarts.table.Codecs;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/// Value files made of given records.
final class ValueFiles {
    static final long DATABASE = 11;
    static final int KEYSPACE = 2;
    static final long NUMBER = 7;

    static final Codecs CODECS = new Codecs(List.of());

    final Directory directory;
    BlockCodec codec = BlockCodec.NONE; // of files to be written

    ValueFiles(Path folder) throws IOException {
        this(RealDirectory.open(folder, true));
    }

    ValueFiles(Directory directory) {
        this.directory = directory;
    }

    /// A record and where it was written.
    record Written(byte[] key, byte[] value, long offset) {}

    /// Writes a record for every entry. The file has [#NUMBER].
    List<Written> write(SortedMap<byte[], byte[]> entries) throws IOException {
        return write(NUMBER, entries);
    }

    List<Written> write(long number, SortedMap<byte[], byte[]> entries) throws IOException {
        List<Written> written = new ArrayList<>();
        try (var scheduler = new ThreadScheduler(1);
                var writer =
                        new ValueFileWriter(
                                directory, DATABASE, KEYSPACE, number, codec, scheduler)) {
            for (var entry : entries.entrySet()) {
                byte[] value = entry.getValue();
                long offset =
                        writer.add(
                                entry.getKey(),
                                entry.getKey().length,
                                MemorySegment.ofArray(value),
                                0,
                                value.length);
                written.add(new Written(entry.getKey(), value, offset));
            }
            writer.finish();
        }
        return written;
    }

    ValueFile open(boolean mapped) throws IOException {
        return open(NUMBER, mapped);
    }

    ValueFile open(long number, boolean mapped) throws IOException {
        return ValueFile.open(
                directory,
                DATABASE,
                KEYSPACE,
                number,
                directory.size(ValueFileFormat.fileName(number)),
                mapped,
                CODECS);
    }

    static byte[] read(ValueFile file, Lookup lookup, byte[] key, long offset, long size) {
        lookup.key = key;
        lookup.keySize = key.length;
        file.answer(lookup, offset, size);
        return lookup.copyValue();
    }

    static byte[] key(int number) {
        return "key%08d".formatted(number).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] value(Random random, int size) {
        byte[] value = new byte[size];
        random.nextBytes(value);
        return value;
    }

    /// A value of which about a half is its own, as most are.
    static byte[] compressible(Random random, int size) {
        byte[] value = value(random, size);
        for (int i = 0; i < size; i++) {
            if ((i & 64) == 0) {
                value[i] = (byte) i;
            }
        }
        return value;
    }

    /// So many entries, with keys of [#key] and values of this size.
    static SortedMap<byte[], byte[]> uniform(Random random, int count, int valueSize) {
        SortedMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
        for (int i = 0; i < count; i++) {
            entries.put(key(i), value(random, valueSize));
        }
        return entries;
    }

    /// Entries of a random shape.
    static SortedMap<byte[], byte[]> random(Random random, String shape) {
        SortedMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
        int count =
                switch (shape) {
                    case "none" -> 0;
                    case "one" -> 1;
                    case "huge keys", "huge values" -> 12;
                    default -> 1 + random.nextInt(2000);
                };
        for (int i = 0; i < count; i++) {
            int keySize = 8 + random.nextInt(60);
            int valueSize = 1024;
            switch (shape) {
                case "mixed" -> valueSize = random.nextInt(5000);
                case "empty values" -> valueSize = 0;
                case "smallest" -> {
                    keySize = 1 + random.nextInt(2);
                    valueSize = random.nextInt(3);
                }
                case "huge keys" -> keySize = 65_536 - random.nextInt(3);
                case "huge values" -> valueSize = random.nextInt(3 << 20);
                case "any" -> valueSize = random.nextInt(50) == 0 ? 300_000 : random.nextInt(2000);
                default -> {}
            }
            entries.put(value(random, keySize), value(random, valueSize));
        }
        return entries;
    }
}
