package dev.kvarts.inspect;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;
import dev.kvarts.io.RealDirectory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// The small database of version 2 of log, runs and tables whose files are checked in: one hashed
/// keyspace and one ordered, of whose entries one in four does not expire, one lives long, and two
/// live for a while.
///
/// Either has pages or blocks of which everything expires, others of which something does, and
/// entries in the log alone, beside what time it was; the ordered one has values apart from their
/// keys.
///
/// As [GoldenDatabase], it is never made again. `main` wrote it.
final class GoldenExpiry {
    /// Where the files are, from the module's directory.
    static final Path FILES = Path.of("src/test/resources/golden/expiry");

    static final List<String> KEYSPACES = List.of("hashed", "ordered");
    static final int COUNT = 96;
    static final Duration WHILE = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofDays(400_000);
    private static final long SEED = 20261122;

    private GoldenExpiry() {}

    static byte[] key(int number) {
        return "entry%03d".formatted(number).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] value(int number) {
        int size = number < COUNT / 2 ? 30 : number * 17 % 700;
        return "v".repeat(size).getBytes(StandardCharsets.US_ASCII);
    }

    /// How long an entry lives; zero: for ever.
    static Duration ttl(int number) {
        if (number < COUNT / 2) {
            return WHILE;
        }
        return number % 2 == 0 ? Duration.ZERO : LONG;
    }

    private static void write(Path directory) throws IOException {
        var scheduler = new OneThread(SEED);
        try (Database db =
                Engine.open(
                        RealDirectory.open(directory, true), scheduler, GoldenDatabase.options())) {
            var options = KeyspaceOptions.defaults().withValueSeparation(256).withBlockBytes(1024);
            Keyspace hashed = db.hashed(KEYSPACES.getFirst());
            Keyspace ordered = db.ordered(KEYSPACES.getLast(), options);
            for (Keyspace keyspace : List.of(hashed, ordered)) {
                for (int i = 0; i < COUNT; i++) {
                    if (i == COUNT / 2 || i == COUNT - 8) {
                        db.flush();
                    }
                    keyspace.put(key(i), value(i), WriteOptions.BUFFERED.withTtl(ttl(i)));
                }
            }
            scheduler.runRepeated();
        }
        Files.writeString(directory.resolve("lock"), "4711\n");
    }

    /// Opens a copy of the files.
    ///
    /// @param later how much time has passed since they were written
    static Database open(Path directory, ReadMode mode, Duration later) throws IOException {
        return Engine.open(
                RealDirectory.open(directory, false),
                new OneThread(SEED, later.toMillis()),
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

    /// Makes the files anew.
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Files.createDirectories(directory);
        write(directory);
    }
}
