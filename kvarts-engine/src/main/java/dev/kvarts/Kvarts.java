package dev.kvarts;

import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.Database;
import dev.kvarts.api.Options;
import dev.kvarts.db.Engine;
import dev.kvarts.db.FollowedChanges;

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

    /// Reads the changes of a database that another process may have open, without opening it: no
    /// lock, no write, nothing that its writers would notice. What a crash left behind that is not
    /// known to be durable is told after the next opening.
    ///
    /// @param fromSequence as for [Database#changes]; 0: the oldest that is retained
    /// @throws dev.kvarts.api.StorageException if there is no database, or it cannot be read
    /// @throws dev.kvarts.api.ChangesGoneException if what is asked for is not retained any more
    /// @throws IllegalArgumentException if the sequence number was never given out
    /// @throws IllegalStateException if the database does not retain changes
    public static ChangeStream changes(Path directory, long fromSequence) {
        return FollowedChanges.open(directory, fromSequence);
    }
}
