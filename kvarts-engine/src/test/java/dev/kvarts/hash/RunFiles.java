package dev.kvarts.hash;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.manifest.RunMeta;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/// Runs made of given records.
final class RunFiles {
    static final long DATABASE = 11;
    static final int KEYSPACE = 2;
    static final long SEED = 42;

    final Directory directory;

    RunFiles(Path folder) throws IOException {
        this.directory = RealDirectory.open(folder, true);
    }

    /// What a run holds of one key; a null value is a tombstone.
    ///
    /// @param expiry 0: it does not expire
    record Entry(byte[] key, byte[] value, long sequence, long expiry) {
        Entry(byte[] key, byte[] value, long sequence) {
            this(key, value, sequence, 0);
        }

        byte kind() {
            byte put = expiry == 0 ? EntryFormat.PUT : EntryFormat.PUT_EXPIRING;
            return value == null ? EntryFormat.DELETE : put;
        }

        /// The value with what is in front of it.
        byte[] stored() {
            if (expiry == 0 || value == null) {
                return value;
            }
            byte[] stored = new byte[Long.BYTES + value.length];
            Bytes.putLong(stored, 0, expiry);
            System.arraycopy(value, 0, stored, Long.BYTES, value.length);
            return stored;
        }

        long hash() {
            return KeyHash.hash(key, key.length, SEED);
        }

        int valueSize() {
            return value == null ? 0 : stored().length;
        }
    }

    static byte[] key(long number) {
        return "key%013d".formatted(number).getBytes(StandardCharsets.UTF_8);
    }

    /// Entries with keys of their own, in the order of their hashes.
    static List<Entry> sorted(List<Entry> entries) {
        var byKey = new TreeMap<byte[], Entry>(Arrays::compare);
        entries.forEach(entry -> byKey.put(entry.key, entry));
        List<Entry> sorted = new ArrayList<>(byKey.values());
        sorted.sort((a, b) -> Long.compareUnsigned(a.hash(), b.hash()));
        return sorted;
    }

    RunMeta write(long number, int id, List<Entry> sorted) throws IOException {
        long base = sorted.stream().mapToLong(Entry::sequence).min().orElse(0);
        long max = sorted.stream().mapToLong(Entry::sequence).max().orElse(0);
        RecordSource source =
                (reference, from, target, at, length) ->
                        copy(sorted.get((int) reference), from, target, at, length);
        try (var scheduler = new ThreadScheduler(1);
                var writer =
                        new RunWriter(
                                directory, DATABASE, KEYSPACE, number, base, max, scheduler)) {
            for (int i = 0; i < sorted.size(); i++) {
                Entry entry = sorted.get(i);
                writer.add(
                        entry.hash(),
                        entry.sequence,
                        entry.kind(),
                        entry.value == null ? 0 : entry.expiry,
                        entry.key.length,
                        entry.valueSize(),
                        source,
                        i);
            }
            return new RunMeta(number, id, writer.finish().fileBytes(), max);
        }
    }

    private static void copy(Entry entry, long from, MemorySegment target, long at, long length) {
        int inKey = (int) Math.clamp(entry.key.length - from, 0, length);
        if (inKey > 0) {
            MemorySegment.copy(entry.key, (int) from, target, Bytes.BYTE, at, inKey);
        }
        if (inKey < length) {
            MemorySegment.copy(
                    entry.stored(),
                    (int) (from + inKey - entry.key.length),
                    target,
                    Bytes.BYTE,
                    at + inKey,
                    (int) (length - inKey));
        }
    }

    Run open(RunMeta meta, boolean mapped) throws IOException {
        return Run.open(directory, DATABASE, KEYSPACE, meta, mapped, null);
    }

    /// A run of equal records with the numbers given.
    Run numbered(long number, int id, long from, long to, int valueSize, long sequence)
            throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (long i = from; i < to; i++) {
            entries.add(new Entry(key(i), new byte[valueSize], sequence));
        }
        return open(write(number, id, sorted(entries)), true);
    }

    /// Entries of a random shape.
    static List<Entry> random(Random random, String shape) {
        List<Entry> entries = new ArrayList<>();
        int count =
                switch (shape) {
                    case "one" -> 1;
                    case "huge keys", "huge values" -> 12;
                    default -> 1 + random.nextInt(4000);
                };
        for (int i = 0; i < count; i++) {
            long sequence = 1000L + random.nextInt(1 << random.nextInt(1, 30));
            int keySize = 12;
            int valueSize = 100;
            boolean tombstone = false;
            boolean expires = false;
            switch (shape) {
                case "mixed" -> {
                    keySize = 5 + random.nextInt(60);
                    valueSize = random.nextInt(300);
                    tombstone = random.nextInt(5) == 0;
                }
                case "tombstones" -> tombstone = true;
                case "expiring" -> expires = true;
                case "some expiring, crossing" -> {
                    valueSize = random.nextInt(6_000);
                    expires = random.nextBoolean();
                }
                case "empty values" -> valueSize = 0;
                case "smallest" -> {
                    keySize = 4;
                    valueSize = 0;
                }
                case "nearly uniform" -> valueSize = random.nextInt(200) == 0 ? 99 : 100;
                case "crossing" -> valueSize = 3000 + random.nextInt(12_000);
                case "huge keys" -> {
                    keySize = 65_530 + random.nextInt(7);
                    valueSize = random.nextInt(5000);
                }
                case "huge values" -> valueSize = random.nextInt(3 << 20);
                case "any" -> {
                    keySize = random.nextInt(50) == 0 ? 60_000 : 5 + random.nextInt(100);
                    valueSize = random.nextInt(50) == 0 ? 50_000 : random.nextInt(100);
                    tombstone = random.nextInt(10) == 0;
                    expires = random.nextInt(3) == 0;
                }
                default -> {}
            }
            byte[] key = new byte[keySize];
            random.nextBytes(key);
            Bytes.putInt(key, keySize - 4, i);
            byte[] value = new byte[valueSize];
            random.nextBytes(value);
            long expiry = expires && !tombstone ? 1 + random.nextInt(1 << 20) : 0;
            entries.add(new Entry(key, tombstone ? null : value, sequence, expiry));
        }
        return sorted(entries);
    }
}
