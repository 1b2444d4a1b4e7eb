package dev.kvarts.table;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.table.TableWriter.Written;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/// Tables made of given entries.
final class TableFiles {
    static final long DATABASE = 11;
    static final int KEYSPACE = 2;
    static final long SEED = 42;
    static final TableOptions OPTIONS = new TableOptions(TableOptions.BLOCK_BYTES_DEFAULT, 8, SEED);

    final Directory directory;
    final MemoryBudget budget = new MemoryBudget(1 << 20);
    TableOptions options = OPTIONS;
    Codecs codecs = new Codecs(List.of());
    SharedBlocks shared = SharedBlocks.builtIn();

    TableFiles(Path folder) throws IOException {
        this.directory = RealDirectory.open(folder, true);
    }

    /// What a table holds.
    record Entry(byte[] key, long sequence, byte kind, byte[] value) {
        static final Comparator<Entry> ORDER =
                Comparator.comparing(Entry::key, Arrays::compareUnsigned)
                        .thenComparing(Comparator.comparingLong(Entry::sequence).reversed());

        static Entry put(byte[] key, long sequence, byte[] value) {
            return new Entry(key, sequence, EntryFormat.PUT, value);
        }

        @Override
        public String toString() {
            return "key of "
                    + key.length
                    + " bytes "
                    + Arrays.toString(Arrays.copyOf(key, Math.min(key.length, 20)))
                    + " sequence="
                    + sequence
                    + " kind="
                    + kind
                    + " value bytes="
                    + value.length;
        }
    }

    static byte[] key(long number) {
        return "key%013d".formatted(number).getBytes(StandardCharsets.UTF_8);
    }

    static List<Entry> sorted(List<Entry> entries) {
        var sorted = new TreeSet<>(Entry.ORDER);
        sorted.addAll(entries);
        return new ArrayList<>(sorted);
    }

    Written write(long number, List<Entry> sorted) throws IOException {
        return write(number, sorted, RangeTombstones.NONE);
    }

    Written write(long number, List<Entry> sorted, RangeTombstones ranges) throws IOException {
        try (var scheduler = new ThreadScheduler(1);
                var arena = Arena.ofConfined();
                var writer =
                        new TableWriter(
                                directory, DATABASE, KEYSPACE, number, options, scheduler)) {
            MemorySegment native0 = arena.allocate(70_000, 8);
            for (int i = 0; i < sorted.size(); i++) {
                Entry entry = sorted.get(i);
                MemorySegment value = MemorySegment.ofArray(entry.value);
                long offset = 0;
                if (i % 2 == 0) { // from memory of either kind
                    MemorySegment.copy(entry.value, 0, native0, Bytes.BYTE, 17, entry.value.length);
                    value = native0;
                    offset = 17;
                }
                writer.add(
                        Arrays.copyOf(entry.key, entry.key.length + 3),
                        entry.key.length,
                        entry.sequence,
                        entry.kind,
                        value,
                        offset,
                        entry.value.length);
            }
            writer.rangeTombstones(ranges);
            return writer.finish();
        }
    }

    Table open(long number, boolean mapped) throws IOException {
        return open(number, mapped, 0);
    }

    Table open(long number, boolean mapped, long globalSequence) throws IOException {
        long fileBytes = directory.size(TableFormat.fileName(number));
        return open(number, fileBytes, mapped, globalSequence);
    }

    Table open(long number, long fileBytes, boolean mapped, long globalSequence)
            throws IOException {
        return Table.open(
                directory,
                DATABASE,
                KEYSPACE,
                number,
                fileBytes,
                globalSequence,
                mapped,
                shared,
                budget);
    }

    /// A table of equal entries with the numbers given.
    Table numbered(long number, int count, int valueSize, long sequence) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[valueSize];
            Arrays.fill(value, (byte) i);
            entries.add(Entry.put(key(i), sequence, value));
        }
        write(number, entries);
        return open(number, true);
    }

    List<String> check(long number) throws IOException {
        List<String> damage = new ArrayList<>();
        TableCheck.check(
                directory,
                DATABASE,
                SEED,
                KEYSPACE,
                number,
                directory.size(TableFormat.fileName(number)),
                codecs,
                (file, offset, what) -> damage.add(file + " " + offset + " " + what));
        return damage;
    }

    /// Entries of a random shape, in order.
    static List<Entry> random(Random random, String shape) {
        List<Entry> entries = new ArrayList<>();
        int count =
                switch (shape) {
                    case "one" -> 1;
                    case "huge keys" -> 12;
                    default -> 1 + random.nextInt(3000);
                };
        byte[] shared = bytes(random, random.nextInt(1, 300));
        for (int i = 0; i < count; i++) {
            long sequence = 1000L + random.nextInt(1 << random.nextInt(1, 30));
            byte kind = EntryFormat.PUT;
            byte[] key = bytes(random, 16);
            int valueSize = 100;
            switch (shape) {
                case "mixed" -> {
                    key = bytes(random, 1 + random.nextInt(60));
                    valueSize = random.nextInt(300);
                    kind = kind(random);
                }
                case "digits" -> key = key(random.nextInt(1_000_000));
                case "tombstones" -> kind = EntryFormat.DELETE;
                case "pointers" -> kind = EntryFormat.POINTER;
                case "expiring" -> kind = EntryFormat.PUT_EXPIRING;
                case "gathered pointers" -> kind = EntryFormat.POINTER_GATHERED;
                case "empty values" -> valueSize = 0;
                case "smallest" -> {
                    key = bytes(random, 1);
                    valueSize = 0;
                }
                case "shared prefix" -> key = concat(shared, bytes(random, random.nextInt(1, 4)));
                case "prefixes of each other" ->
                        key = Arrays.copyOf(shared, random.nextInt(1, shared.length + 1));
                case "zeros" -> {
                    key = new byte[random.nextInt(1, 40)];
                    key[random.nextInt(key.length)] = (byte) random.nextInt(3);
                    valueSize = random.nextInt(30);
                }
                case "high bytes" -> {
                    key = new byte[random.nextInt(1, 20)];
                    Arrays.fill(key, (byte) 0xFF);
                    key[random.nextInt(key.length)] = (byte) random.nextInt(250, 256);
                }
                case "two letters" -> {
                    key = new byte[random.nextInt(1, 24)];
                    for (int at = 0; at < key.length; at++) {
                        key[at] = (byte) (random.nextInt(2) * 0xFF);
                    }
                }
                case "without sequences" -> sequence = 0;
                case "nearly uniform" -> valueSize = random.nextInt(200) == 0 ? 99 : 100;
                case "filling values" -> valueSize = random.nextInt(3900, 4200);
                case "large values" -> valueSize = random.nextInt(BlockFormat.VALUE_SIZE_MAX + 1);
                case "huge keys" -> {
                    key = concat(shared, bytes(random, 65_536 - shared.length - random.nextInt(4)));
                    valueSize = random.nextInt(5000);
                }
                case "any" -> {
                    key = bytes(random, random.nextInt(50) == 0 ? 60_000 : 1 + random.nextInt(99));
                    valueSize = random.nextInt(50) == 0 ? 50_000 : random.nextInt(100);
                    kind = kind(random);
                    count = Math.min(count, 400);
                }
                default -> {}
            }
            entries.add(new Entry(key, sequence, kind, value(random, kind, valueSize)));
        }
        var keys = new TreeSet<byte[]>(Arrays::compareUnsigned);
        entries.removeIf(entry -> !keys.add(entry.key));
        return sorted(entries);
    }

    private static byte kind(Random random) {
        return switch (random.nextInt(10)) {
            case 0 -> EntryFormat.DELETE;
            case 1 -> EntryFormat.POINTER;
            case 2 -> EntryFormat.PUT_EXPIRING;
            case 3 -> EntryFormat.POINTER_EXPIRING;
            case 4 -> EntryFormat.PUT_GATHERED;
            case 5 -> EntryFormat.POINTER_GATHERED;
            default -> EntryFormat.PUT;
        };
    }

    private static byte[] value(Random random, byte kind, int size) {
        if (EntryFormat.isTombstone(kind)) {
            return new byte[0];
        }
        byte[] prefix = new byte[EntryFormat.prefixSize(kind)];
        if (prefix.length != 0) {
            Bytes.putLong(prefix, 0, random.nextInt(1, 1 << 20));
        }
        if (EntryFormat.isPointer(kind)) {
            return concat(prefix, pointer(random.nextInt(1, 5), random.nextInt(), 5000));
        }
        return concat(prefix, random.nextInt(3) == 0 ? bytes(random, size) : new byte[size]);
    }

    static byte[] pointer(long file, long offset, int size) {
        byte[] pointer = new byte[20];
        Bytes.putLong(pointer, 0, file);
        Bytes.putLong(pointer, 8, offset);
        Bytes.putInt(pointer, 16, size);
        return pointer;
    }

    static byte[] bytes(Random random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
