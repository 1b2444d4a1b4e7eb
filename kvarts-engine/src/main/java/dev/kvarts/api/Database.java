package dev.kvarts.api;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/// A directory of keyspaces behind one commit log. Opened by `dev.kvarts.Kvarts`.
///
/// Thread safety: any number of threads. Closing while others read and write is safe: they get
/// [IllegalStateException].
public interface Database extends AutoCloseable {
    /// The hashed keyspace of this name, with the options it has; created with the defaults when
    /// there is none.
    ///
    /// @throws IllegalArgumentException if the name is empty or longer than
    ///   [Limits#KEYSPACE_NAME_SIZE_MAX]
    /// @throws IllegalStateException if the name belongs to a keyspace of another shape
    /// @throws OverloadedException if there are [Limits#KEYSPACES_MAX] already
    Keyspace hashed(String name);

    /// As [#hashed(String)]. One that exists takes on these options: they hold for what is done
    /// from now on.
    ///
    /// @throws IllegalArgumentException if the codec or the merge operator is not known
    /// @throws AccessDeniedException if one that exists has a write token and other options; see
    ///   [Keyspace#configure]
    Keyspace hashed(String name, KeyspaceOptions options);

    /// The keyspace of this name, whatever its shape, or null when there is none: an ordered one is
    /// an [OrderedKeyspace].
    Keyspace keyspace(String name);

    /// The ordered keyspace of this name, with the options it has; created with the defaults when
    /// there is none. Errors as of [#hashed(String)].
    OrderedKeyspace ordered(String name);

    /// As [#ordered(String)]. One that exists takes on these options: they hold for what is done
    /// from now on.
    ///
    /// @throws IllegalArgumentException if the codec or the merge operator is not known
    /// @throws AccessDeniedException if one that exists has a write token and other options; see
    ///   [Keyspace#configure]
    OrderedKeyspace ordered(String name, KeyspaceOptions options);

    /// Names of all keyspaces, sorted.
    List<String> keyspaces();

    /// Removes a keyspace and all its entries; its handles throw [IllegalStateException] from then
    /// on. Returns whether it existed.
    ///
    /// @throws AccessDeniedException if it has a write token
    boolean drop(String name);

    /// As [#drop(String)], for one whose handle shows the write token.
    boolean drop(Keyspace keyspace);

    /// A new empty batch.
    WriteBatch batch();

    /// Writes the batch atomically with the database's default durability.
    void write(WriteBatch batch);

    /// Writes the batch atomically.
    void write(WriteBatch batch, Durability durability);

    /// The database as it is now, in all keyspaces at one instant. Close it.
    Snapshot snapshot();

    /// Begins a serializable transaction. Commit or close it.
    Transaction begin();

    /// Begins a transaction.
    Transaction begin(TransactionOptions options);

    /// Runs `work` in a serializable transaction and commits it; on a conflict it is run again,
    /// after a short random time, at most so often as [TransactionOptions#attemptsMax()] says. It
    /// must have no side effects. What it throws ends the transaction and is thrown. If `work` ends
    /// the transaction itself, nothing more is done.
    ///
    /// @return what `work` returned
    /// @throws ConflictException if every attempt met a conflict
    <R> R transact(Function<Transaction, R> work);

    /// As [#transact(Function)].
    <R> R transact(TransactionOptions options, Function<Transaction, R> work);

    /// Writes every memory store to disk, and syncs. When it returns, everything acknowledged
    /// before is durable.
    ///
    /// If nobody writes meanwhile, the database is at rest until somebody does: it gives up log
    /// files that it keeps for writers, and ordered keyspaces are compacted in the background to
    /// within about an eighth of what is alive.
    void flush();

    /// Flushes, then rewrites runs until no more than a few percent of the stored bytes are dead.
    /// For quiet hours.
    void compact();

    /// Makes a durable copy that can be opened as a database of its own, without stopping writers.
    /// It contains at least everything acknowledged before the call. Immutable files are
    /// hard-linked where the file system can.
    ///
    /// If it fails, what was made of it is removed as far as possible, and it may be tried again.
    ///
    /// @param directory must not exist, or be empty
    /// @throws IllegalArgumentException if it is a file, or something is in it
    void checkpoint(Path directory);

    /// Adds a backup to a directory of backups, without stopping writers. It contains everything
    /// acknowledged before the call, as of one sequence number. Files that the directory has
    /// already are not copied again. Where changes are retained ([Options#changes()]) those since
    /// the backup before are added, so that any moment in between can be restored.
    ///
    /// If it fails or is cut off, earlier backups are as they were. `dev.kvarts.Backups` lists,
    /// verifies and restores them.
    ///
    /// @param directory made if it does not exist; not a database's own
    /// @throws IllegalArgumentException if it is a file, or a database is in it
    BackupReport backup(Path directory);

    /// What was written from this sequence number on, and what will be. Needs [Options#changes()].
    ///
    /// A batch that the number lies in the middle of is delivered whole. Writes of
    /// [Durability#NONE] and ingested entries are not in the stream: it says only that there was
    /// something.
    ///
    /// @param fromSequence 0: the oldest that is retained
    /// @throws ChangesGoneException if it is retained no longer
    /// @throws IllegalArgumentException if it was not given out yet, but for the next one
    /// @throws IllegalStateException if the database was opened without [Options#changes()]
    ChangeStream changes(long fromSequence);

    /// Reads every byte of every file and checks it. Long work; reads and writes go on meanwhile.
    VerifyReport verify();

    /// Counts and sizes, as of now.
    DatabaseStats stats();

    /// Who uses how much of the one memory number.
    MemoryReport memory();

    /// Makes everything acknowledged durable and closes. A second close does nothing.
    ///
    /// @throws StorageException if not everything could be made durable, now or by a sync before;
    ///   the database is closed all the same, and everything it had is given back
    @Override
    void close();
}
