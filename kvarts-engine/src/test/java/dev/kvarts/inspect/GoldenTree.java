package dev.kvarts.inspect;

import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.ReadMode;
import dev.kvarts.db.Engine;
import dev.kvarts.io.RealDirectory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The small database of manifest version 2 whose files are checked in, and what it holds: a hashed
/// keyspace, an ordered one whose tables are not compressed, and one whose tables and value files
/// are.
///
/// Either ordered one has tables of entries of one shape and of all, overwritten and deleted
/// entries, a table with range tombstones over entries of an older one, values in value files,
/// tables that were ingested, and entries and a deleted range that are in the log alone.
///
/// As [GoldenDatabase], it is never made again. `main` wrote it.
final class GoldenTree {
    /// Where the files are, from the module's directory.
    static final Path FILES = Path.of("src/test/resources/golden/v2");

    static final String HASHED = "sessions";
    static final String RAW = "raw";
    static final String PACKED = "packed";
    static final long SEED = 20261121;

    private static final int SESSION_COUNT = 40;
    private static final int CITY_COUNT = 120;
    private static final int NOTE_COUNT = 60;
    private static final int INGESTED_COUNT = 30;

    private final Map<String, Map<String, byte[]>> expected =
            Map.of(HASHED, new TreeMap<>(), RAW, new TreeMap<>(), PACKED, new TreeMap<>());

    /// Writes the files into an empty directory.
    void write(Path directory) throws IOException {
        var scheduler = new OneThread(SEED);
        try (Database db =
                Engine.open(
                        RealDirectory.open(directory, true), scheduler, GoldenDatabase.options())) {
            var options = KeyspaceOptions.defaults().withValueSeparation(256).withBlockBytes(1024);
            db.hashed(HASHED);
            db.ordered(RAW, options);
            db.ordered(PACKED, options.withCodec("lz4"));
            fill(new Writer(db));
            db.flush();
            change(new Writer(db));
            db.flush();
            ingest(new Writer(db));
        }
        try (Database db = open(directory, ReadMode.MAPPED)) {
            leaveInLog(new Writer(db));
        }
        Files.writeString(directory.resolve("lock"), "4711\n");
    }

    /// Opens a copy of the files.
    static Database open(Path directory, ReadMode mode) throws IOException {
        return Engine.open(
                RealDirectory.open(directory, false),
                new OneThread(SEED),
                GoldenDatabase.options().withReadMode(mode));
    }

    /// Copies the checked-in files.
    static void copyTo(Path directory) throws IOException {
        for (Path file : files()) {
            Files.copy(file, directory.resolve(file.getFileName()));
        }
    }

    /// The checked-in files, sorted by name.
    static List<Path> files() throws IOException {
        try (var files = Files.list(FILES)) {
            return files.sorted().toList();
        }
    }

    /// What the database holds: by keyspace, by key in base 16.
    static Map<String, Map<String, byte[]>> entries() {
        var golden = new GoldenTree();
        var model = new Model(golden.expected);
        fill(model);
        change(model);
        ingest(model);
        leaveInLog(model);
        return golden.expected;
    }

    // The history.

    private interface Sink {
        /// A null value deletes.
        void set(String keyspace, String key, byte[] value);

        void deleteRange(String keyspace, String from, String to);

        void ingest(String keyspace, List<Entry> entries);
    }

    private record Writer(Database db) implements Sink {
        @Override
        public void set(String keyspace, String key, byte[] value) {
            if (value == null) {
                db.keyspace(keyspace).delete(ascii(key));
            } else {
                db.keyspace(keyspace).put(ascii(key), value);
            }
        }

        @Override
        public void deleteRange(String keyspace, String from, String to) {
            ((OrderedKeyspace) db.keyspace(keyspace))
                    .deleteRange(Range.closedOpen(ascii(from), ascii(to)));
        }

        @Override
        public void ingest(String keyspace, List<Entry> entries) {
            ((OrderedKeyspace) db.keyspace(keyspace)).ingest(entries.iterator());
        }
    }

    private record Model(Map<String, Map<String, byte[]>> expected) implements Sink {
        @Override
        public void set(String keyspace, String key, byte[] value) {
            if (value == null) {
                expected.get(keyspace).remove(hex(ascii(key)));
            } else {
                expected.get(keyspace).put(hex(ascii(key)), value);
            }
        }

        @Override
        public void deleteRange(String keyspace, String from, String to) {
            String low = hex(ascii(from));
            String high = hex(ascii(to));
            expected.get(keyspace)
                    .keySet()
                    .removeIf(key -> key.compareTo(low) >= 0 && key.compareTo(high) < 0);
        }

        @Override
        public void ingest(String keyspace, List<Entry> entries) {
            entries.forEach(entry -> expected.get(keyspace).put(hex(entry.key()), entry.value()));
        }
    }

    private static void fill(Sink sink) {
        for (int i = 0; i < SESSION_COUNT; i++) {
            sink.set(HASHED, "session%03d".formatted(i), ascii("of user " + i % 7));
        }
        for (String keyspace : List.of(RAW, PACKED)) {
            for (int i = 0; i < CITY_COUNT; i++) {
                sink.set(keyspace, city(i), ascii("population %07d".formatted(i * 7919)));
            }
            for (int i = 0; i < NOTE_COUNT; i++) {
                sink.set(keyspace, note(i), text(i * 11 % 251, i));
            }
            for (int i = 0; i < 8; i++) {
                sink.set(keyspace, "picture/" + i, text(256 + 40 * i, i));
            }
        }
    }

    private static void change(Sink sink) {
        sink.set(HASHED, "session001", null);
        sink.set(HASHED, "session002", ascii("of another"));
        for (String keyspace : List.of(RAW, PACKED)) {
            for (int i = 0; i < CITY_COUNT; i += 20) {
                sink.set(keyspace, city(i), ascii("population unknown"));
            }
            sink.deleteRange(keyspace, city(31), city(37));
            sink.set(keyspace, city(33), ascii("founded again"));
            sink.deleteRange(keyspace, note(50), "note/z");
            sink.set(keyspace, note(4), null);
            sink.set(keyspace, "picture/3", null);
            sink.set(keyspace, "picture/5", text(300, 25));
        }
    }

    private static void ingest(Sink sink) {
        for (String keyspace : List.of(RAW, PACKED)) {
            var entries = new ArrayList<Entry>();
            for (int i = 0; i < INGESTED_COUNT; i++) {
                int size = i == 10 ? 700 : i;
                entries.add(new Entry(ascii("ingested/%02d".formatted(i)), text(size, i)));
            }
            sink.ingest(keyspace, entries);
        }
    }

    private static void leaveInLog(Sink sink) {
        sink.set(HASHED, "session003", ascii("in the log"));
        for (String keyspace : List.of(RAW, PACKED)) {
            sink.set(keyspace, city(7), ascii("in the log"));
            sink.set(keyspace, note(9), null);
            sink.deleteRange(keyspace, "ingested/05", "ingested/08");
            sink.set(keyspace, "picture/9", text(400, 9));
        }
    }

    private static String city(int i) {
        return "city/%04d".formatted(i);
    }

    private static String note(int i) {
        return "note/" + i + "/x".repeat(i % 5);
    }

    private static byte[] text(int size, int which) {
        var text = new StringBuilder();
        while (text.length() < size) {
            text.append("value ").append(which).append(", ");
        }
        return ascii(text.substring(0, size));
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /// Makes the files.
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Files.createDirectories(directory);
        new GoldenTree().write(directory);
    }
}
