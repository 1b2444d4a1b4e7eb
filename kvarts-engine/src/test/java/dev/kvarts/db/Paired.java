package dev.kvarts.db;

import static dev.kvarts.db.Samples.bytes;
import static dev.kvarts.db.Samples.text;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.io.RealDirectory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/// A database under a stepped clock with a keyspace of each kind, with and without a history: where
/// what a database can do is tried in pairs.
abstract class Paired {
    static final Duration SECOND = Duration.ofSeconds(1);
    static final WriteOptions TEN_SECONDS = WriteOptions.BUFFERED.withTtl(Duration.ofSeconds(10));
    static final WriteOptions AN_HOUR = WriteOptions.BUFFERED.withTtl(Duration.ofHours(1));

    private static final KeyspaceOptions PLAIN =
            KeyspaceOptions.defaults().withMergeOperator("append");
    private static final KeyspaceOptions KEEPING = PLAIN.withHistory(Duration.ofDays(1));

    /// Where entries are when the second of a pair meets the first.
    enum Place {
        MEMORY,
        FLUSHED,
        COMPACTED
    }

    /// A part of a test that may be interrupted.
    interface Part {
        void run() throws Exception;
    }

    @TempDir private Path directory;
    private final SteppedWall wall = new SteppedWall();
    Database database;

    @BeforeEach
    void open() {
        database = open(directory.resolve("data"));
        keyspaces(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Database open(Path path) {
        try {
            return Engine.open(RealDirectory.open(path, true), wall.scheduler(), Samples.small());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Every keyspace.
    static List<Keyspace> keyspaces(Database of) {
        return List.of(
                of.hashed("hashed", PLAIN),
                of.hashed("hashed, with history", KEEPING),
                of.ordered("ordered", PLAIN),
                of.ordered("ordered, with history", KEEPING));
    }

    List<Keyspace> keyspaces() {
        return keyspaces(database);
    }

    /// The ordered ones.
    List<OrderedKeyspace> ordered() {
        return List.of(
                database.ordered("ordered", PLAIN),
                database.ordered("ordered, with history", KEEPING));
    }

    /// Those that can be read as of a time.
    List<Keyspace> remembering() {
        return List.of(
                database.hashed("hashed, with history"), database.ordered("ordered, with history"));
    }

    /// The same keyspace of another database.
    static Keyspace same(Database of, Keyspace keyspace) {
        return of.keyspace(keyspace.name());
    }

    /// Brings what was written to its place.
    void settle(Place place) {
        switch (place) {
            case MEMORY -> {}
            case FLUSHED -> database.flush();
            case COMPACTED -> database.compact();
        }
    }

    /// Time passes.
    void pass(Duration time) {
        wall.step(time);
    }

    /// The time, at which all that was written is seen and nothing that comes.
    Instant moment() {
        Instant now = wall.now();
        pass(Duration.ofMillis(2));
        return now;
    }

    /// Opens a checkpoint made now.
    Database copy(String name) {
        return copyOf(database, name);
    }

    Database copyOf(Database original, String name) {
        Path path = directory.resolve(name);
        original.checkpoint(path);
        return open(path);
    }

    static void put(Keyspace keyspace, String key, String value) {
        keyspace.put(bytes(key), bytes(value));
    }

    static void put(Keyspace keyspace, String key, String value, WriteOptions how) {
        keyspace.put(bytes(key), bytes(value), how);
    }

    static String get(Keyspace keyspace, String key) {
        return textOrNull(keyspace.get(bytes(key)));
    }

    static String get(Snapshot snapshot, Keyspace keyspace, String key) {
        return textOrNull(snapshot.get(keyspace, bytes(key)));
    }

    static String asOf(Keyspace keyspace, String key, Instant time) {
        return textOrNull(keyspace.getAsOf(bytes(key), time));
    }

    static long add(Keyspace keyspace, String key, long delta) {
        return keyspace.increment(bytes(key), delta);
    }

    /// Has the merge operator put `operand` behind the value.
    static void merge(Keyspace keyspace, String key, String operand) {
        keyspace.merge(bytes(key), bytes(operand));
    }

    static String textOrNull(byte[] value) {
        return value == null ? null : text(value);
    }

    /// All entries, as the text of a map.
    static String entries(Cursor opened) {
        var entries = new TreeMap<String, String>();
        try (Cursor cursor = opened) {
            while (cursor.next()) {
                if (entries.put(text(cursor.key()), text(cursor.value())) != null) {
                    throw new AssertionError("seen twice: " + text(cursor.key()));
                }
            }
        }
        return entries.toString();
    }

    static String entries(Keyspace keyspace) {
        return entries(keyspace.cursor());
    }

    /// Runs both at the same time, to the end of both.
    static void together(Part one, Part other) throws Exception {
        var failure = new Throwable[1];
        Thread thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        one.run();
                                    } catch (Throwable e) {
                                        failure[0] = e;
                                    }
                                });
        try {
            other.run();
        } finally {
            thread.join();
        }
        if (failure[0] != null) {
            throw new AssertionError("in the other thread", failure[0]);
        }
    }
}
