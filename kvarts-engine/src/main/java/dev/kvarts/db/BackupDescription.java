package dev.kvarts.db;

import dev.kvarts.api.BackupInfo;
import dev.kvarts.manifest.ManifestState;

import java.time.Instant;
import java.util.List;

/// One backup, as its description says.
///
/// @param number rises with each
/// @param parent the one whose changes it goes on from, 0 if none
/// @param sequence everything up to it is in the backup, and nothing after it
/// @param timeMillis what time it was then
/// @param files of data, and of the changes since its parent
/// @param state the manifest, without a log
record BackupDescription(
        long number,
        long parent,
        long sequence,
        long timeMillis,
        List<BackupFile> files,
        ManifestState state) {
    BackupDescription {
        files = List.copyOf(files);
    }

    BackupInfo info() {
        return new BackupInfo(
                number,
                parent,
                state.database(),
                sequence,
                Instant.ofEpochMilli(timeMillis),
                files.size(),
                files.stream().mapToLong(BackupFile::sizeBytes).sum());
    }

    /// Past changes, in the order of the log.
    List<BackupFile> changes() {
        return files.stream().filter(file -> file.change() != null).toList();
    }

    List<BackupFile> data() {
        return files.stream().filter(file -> file.change() == null).toList();
    }
}
