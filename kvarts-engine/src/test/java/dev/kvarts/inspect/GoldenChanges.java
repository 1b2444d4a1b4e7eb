package dev.kvarts.inspect;

import dev.kvarts.api.Change;
import dev.kvarts.api.ChangeBatch;
import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;
import dev.kvarts.io.RealDirectory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The small database with past changes, and its two backups, whose files are checked in: version 1
/// of changes, retention and backups.
///
/// It has changes of every kind, also of a keyspace that was dropped, in files of past changes and
/// in the log. As [GoldenDatabase], it is never made again. `main` wrote it.
final class GoldenChanges {
    /// Where the files are, from the module's directory.
    static final Path DATABASE = Path.of("src/test/resources/golden/changes/database");

    static final Path BACKUPS = Path.of("src/test/resources/golden/changes/backups");

    static final int COUNT = 60;
    private static final long SEED = 20261123;

    private final List<String> changes = new ArrayList<>(); // described

    private GoldenChanges() {}

    static byte[] key(int number) {
        return ascii("entry%03d".formatted(number));
    }

    static byte[] value(int number) {
        return ascii(("value " + number + " ").repeat(number * 31 % 400));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static Options options() {
        return GoldenDatabase.options().withChanges(new ChangeRetention(1 << 20, Duration.ZERO));
    }

    private void write(Path directory, Path backups) throws IOException {
        var scheduler = new OneThread(SEED);
        try (Database db = Engine.open(RealDirectory.open(directory, true), scheduler, options())) {
            Keyspace hashed = db.hashed("hashed");
            OrderedKeyspace ordered = db.ordered("ordered");
            for (int i = 0; i < COUNT; i++) {
                put(i % 2 == 0 ? hashed : ordered, i, WriteOptions.BUFFERED);
            }
            db.backup(backups);
            Keyspace gone = db.hashed("gone");
            put(gone, 1, WriteOptions.BUFFERED);
            db.drop("gone");
            hashed.put(key(0), key(0), WriteOptions.NONE);
            changes.add("UNLOGGED");
            ordered.deleteRange(Range.closedOpen(key(10), key(20)));
            changes.add("DELETE_RANGE ordered/entry010..entry020");
            db.write(
                    db.batch()
                            .put(hashed, key(COUNT), value(COUNT))
                            .delete(hashed, key(2))
                            .delete(ordered, key(1)));
            changes.add(
                    "PUT hashed/entry060="
                            + value(COUNT).length
                            + " DELETE hashed/entry002 DELETE ordered/entry001");
            db.backup(backups);
            put(ordered, 3, WriteOptions.SYNC.withTtl(Duration.ofDays(400_000)));
            scheduler.runRepeated();
            hashed.delete(key(4), WriteOptions.SYNC);
            changes.add("DELETE hashed/entry004");
        }
        Files.writeString(directory.resolve("lock"), "4711\n");
        Files.writeString(backups.resolve("lock"), "4711\n");
    }

    private void put(Keyspace keyspace, int number, WriteOptions options) {
        keyspace.put(key(number), value(number), options);
        changes.add(
                "PUT " + keyspace.name() + "/entry%03d=".formatted(number) + value(number).length);
    }

    /// What the files say was written, in order.
    static List<String> expected(Path temporary) throws IOException {
        var golden = new GoldenChanges();
        golden.write(temporary.resolve("database"), temporary.resolve("backups"));
        return golden.changes;
    }

    static List<String> read(ChangeStream stream) {
        List<String> all = new ArrayList<>();
        try (stream) {
            for (ChangeBatch batch = stream.next(Duration.ZERO);
                    batch != null;
                    batch = stream.next(Duration.ZERO)) {
                all.add(String.join(" ", batch.changes().stream().map(each -> of(each)).toList()));
            }
        }
        return all;
    }

    private static String of(Change change) {
        var text = new StringBuilder(change.kind().toString());
        if (change.key() != null) {
            text.append(' ').append(change.keyspace()).append('/');
            text.append(new String(change.key(), StandardCharsets.US_ASCII));
        }
        if (change.rangeEnd() != null) {
            text.append("..").append(new String(change.rangeEnd(), StandardCharsets.US_ASCII));
        }
        if (change.valueSegment() != null) {
            text.append('=').append(change.value().length);
        }
        return text.toString();
    }

    /// Opens a copy of the database.
    static Database open(Path directory) throws IOException {
        return Engine.open(RealDirectory.open(directory, false), new OneThread(SEED), options());
    }

    /// Copies checked-in files.
    static Path copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (Path file : files(from)) {
            Files.copy(file, to.resolve(file.getFileName()));
        }
        return to;
    }

    /// Checked-in files, sorted by name.
    static List<Path> files(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    /// Makes the files anew.
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Files.createDirectories(directory);
        new GoldenChanges().write(directory.resolve("database"), directory.resolve("backups"));
    }
}
