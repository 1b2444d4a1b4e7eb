package dev.kvarts;

import dev.kvarts.api.Database;
import dev.kvarts.api.Options;
import dev.kvarts.db.Engine;

import java.nio.file.Path;

/// Opens databases.
///
/// ```java
/// try (Database db = Kvarts.open(Path.of("data"))) {
///     Keyspace users = db.hashed("users");
///     users.put(key, value);
///     byte[] found = users.get(key);
/// }
/// ```
public final class Kvarts {
    private Kvarts() {}

    /// As [#open(Path, Options)] with [Options#defaults()].
    public static Database open(Path directory) {
        return open(directory, Options.defaults());
    }

    /// Opens the database in this directory, or creates it. After a crash it recovers by itself:
    /// every write acknowledged with SYNC is there, every batch is whole.
    ///
    /// @throws dev.kvarts.api.StorageException if the path is not a directory, cannot be written,
    ///   or another opener has it (the message names its process)
    /// @throws dev.kvarts.api.CorruptionException if a file is damaged, or of a newer format
    public static Database open(Path directory, Options options) {
        return Engine.open(directory, options);
    }
}
