package dev.kvarts;

import dev.kvarts.api.BackupInfo;
import dev.kvarts.api.RestorePoint;
import dev.kvarts.api.RestoreReport;
import dev.kvarts.api.StorageException;
import dev.kvarts.api.VerifyReport;
import dev.kvarts.db.BackupStore;
import dev.kvarts.db.Engine;
import dev.kvarts.io.RealDirectory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Directories of backups, as [dev.kvarts.api.Database#backup(Path)] makes them.
///
/// ```java
/// db.backup(Path.of("backups"));
/// Backups.verify(Path.of("backups"));
/// Backups.restore(Path.of("backups"), new RestorePoint.Latest(), Path.of("restored"));
/// ```
///
/// Thread safety: any number of threads, also while a backup is made.
public final class Backups {
    private Backups() {}

    /// The backups there are, the oldest first. One whose description is damaged is not among them;
    /// [#verify(Path)] tells of it.
    ///
    /// @throws StorageException if it cannot be read
    public static List<BackupInfo> list(Path directory) {
        return store(directory).list();
    }

    /// Reads every byte of every backup and checks it.
    ///
    /// @throws StorageException if the directory cannot be read
    public static VerifyReport verify(Path directory) {
        return store(directory).verify();
    }

    /// Deletes the oldest backups until so many are left, and the files that no other needs.
    /// Moments before the oldest that is left cannot be restored any more. Returns what was
    /// deleted.
    ///
    /// @param newest at least 1
    /// @throws dev.kvarts.api.CorruptionException if a description is damaged: nobody knows which
    ///   files it needs, and nothing is deleted
    public static List<BackupInfo> keep(Path directory, int newest) {
        return store(directory).keep(newest);
    }

    /// Makes a database of a backup, in a directory that does not exist or is empty. Every byte
    /// that is copied is checked.
    ///
    /// @throws IllegalArgumentException if the backups do not have that moment, or the target is
    ///   not empty
    /// @throws dev.kvarts.api.CorruptionException if a file that is needed is damaged; nothing is
    ///   restored then
    public static RestoreReport restore(Path directory, RestorePoint point, Path target) {
        BackupStore store = store(directory);
        try {
            return store.restore(point, RealDirectory.open(target, true), Engine.newIdentity());
        } catch (IOException e) {
            throw new StorageException(
                    "restore: cannot write to " + target + " cause=" + e.getMessage(), e);
        }
    }

    private static BackupStore store(Path directory) {
        try {
            return new BackupStore(RealDirectory.open(directory, false));
        } catch (IOException e) {
            throw new StorageException(
                    "backup: cannot read " + directory + " cause=" + e.getMessage(), e);
        }
    }
}
