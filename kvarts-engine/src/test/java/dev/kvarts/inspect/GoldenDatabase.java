package dev.kvarts.inspect;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;
import dev.kvarts.io.RealDirectory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The small database whose files are checked in, one directory per format version, and what it
/// holds.
///
/// It has a page of records of one shape, pages of records of all shapes, a value over three pages,
/// overwritten and deleted records in each keyspace, checkpoints with dead bits, and a log of two
/// generations whose entries are in no run, beside one that is no longer needed.
///
/// A directory that is checked in is never made again: a new format version gets a directory of its
/// own. `main` writes the present one.
final class GoldenDatabase {
    /// Where the files are, from the module's directory.
    static final Path FILES = Path.of("src/test/resources/golden/v1");

    static final String USERS = "users";
    static final String EVENTS = "events";
    static final long SEED = 20260101;

    private static final int USER_COUNT = 240;
    private static final int EVENT_COUNT = 90;

    private final Map<String, Map<String, byte[]>> expected =
            Map.of(USERS, new TreeMap<>(), EVENTS, new TreeMap<>());

    /// Writes the files into an empty directory.
    void write(Path directory) throws IOException {
        var scheduler = new OneThread(SEED);
        try (Database db = Engine.open(RealDirectory.open(directory, true), scheduler, options())) {
            fill(db);
            db.flush();
            change(db);
            db.flush();
            scheduler.runAll();
        }
        try (Database db =
                Engine.open(RealDirectory.open(directory, true), new OneThread(0), options())) {
            leaveInLog(db);
        }
        Files.writeString(directory.resolve("lock"), "4711\n");
    }

    static Options options() {
        return Options.defaults()
                .withMemory(Options.MEMORY_BYTES_MIN)
                .withMemoryStore(64 << 10)
                .withLogSegmentBytes(64 << 10)
                .withReadMode(ReadMode.MAPPED);
    }

    /// Opens a copy of the files.
    static Database open(Path directory, ReadMode mode) throws IOException {
        return Engine.open(
                RealDirectory.open(directory, false),
                new OneThread(SEED),
                options().withReadMode(mode));
    }

    /// Copies the checked-in files.
    static void copyTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (Path file : files()) {
            Files.copy(
                    file,
                    directory.resolve(file.getFileName()),
                    StandardCopyOption.REPLACE_EXISTING);
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
        var golden = new GoldenDatabase();
        golden.expectAll();
        return golden.expected;
    }

    static byte[] keyOf(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    /// Everything a cursor finds.
    static Map<String, byte[]> read(Keyspace keyspace) {
        var found = new TreeMap<String, byte[]>();
        try (Cursor cursor = keyspace.cursor()) {
            while (cursor.next()) {
                found.put(HexFormat.of().formatHex(cursor.key()), cursor.value());
            }
        }
        return found;
    }

    // The history.

    private interface Sink {
        /// A null value deletes.
        void set(String keyspace, byte[] key, byte[] value);
    }

    private void fill(Database db) {
        fill((name, key, value) -> db.hashed(name).put(key, value));
    }

    private static void fill(Sink sink) {
        for (int i = 0; i < USER_COUNT; i++) {
            sink.set(USERS, user(i), ascii("name of user %04d, first".formatted(i)));
        }
        for (int i = 0; i < EVENT_COUNT; i++) {
            sink.set(EVENTS, event(i), text(i * 7 % 301, 'a' + i % 26));
        }
        sink.set(EVENTS, ascii("long"), text(9000, 'L'));
        sink.set(EVENTS, text(300, 'K'), text(1, 'k'));
    }

    private void change(Database db) {
        change(
                (name, key, value) -> {
                    var synced = new WriteOptions(Durability.SYNC);
                    if (value == null) {
                        db.hashed(name).delete(key, synced);
                    } else {
                        db.hashed(name).put(key, value, synced);
                    }
                });
    }

    private static void change(Sink sink) {
        for (int i = 0; i < USER_COUNT; i += 15) {
            sink.set(USERS, user(i), ascii("name of user %04d, again".formatted(i)));
        }
        for (int i = 1; i < EVENT_COUNT; i += 9) {
            sink.set(EVENTS, event(i), null);
        }
        sink.set(EVENTS, event(2), text(5000, 'E'));
    }

    private void leaveInLog(Database db) {
        WriteBatch batch = db.batch();
        leaveInLog(
                (name, key, value) -> {
                    if (value == null) {
                        batch.delete(db.hashed(name), key);
                    } else {
                        batch.put(db.hashed(name), key, value);
                    }
                });
        db.write(batch);
        last(
                (name, key, value) -> {
                    if (value == null) {
                        db.hashed(name).delete(key);
                    } else {
                        db.hashed(name).put(key, value);
                    }
                });
    }

    private static void leaveInLog(Sink sink) {
        sink.set(USERS, user(3), ascii("Ada"));
        sink.set(USERS, user(0), null);
        sink.set(EVENTS, event(3), ascii("in the log"));
    }

    private static void last(Sink sink) {
        sink.set(USERS, user(1), null);
        for (int i = 0; i < 22; i++) {
            sink.set(EVENTS, ascii("tail%02d".formatted(i)), text(1500, 't'));
            sink.set(USERS, ascii("tail%02d".formatted(i)), text(1500, 'u'));
        }
    }

    private void expectAll() {
        Sink sink =
                (name, key, value) -> {
                    String hex = HexFormat.of().formatHex(key);
                    if (value == null) {
                        expected.get(name).remove(hex);
                    } else {
                        expected.get(name).put(hex, value);
                    }
                };
        fill(sink);
        change(sink);
        leaveInLog(sink);
        last(sink);
    }

    private static byte[] user(int i) {
        return ascii("user%04d".formatted(i));
    }

    private static byte[] event(int i) {
        return ascii("event/" + i);
    }

    private static byte[] text(int size, int character) {
        return Character.toString(character).repeat(size).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// Makes the files anew.
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Files.createDirectories(directory);
        new GoldenDatabase().write(directory);
    }
}
