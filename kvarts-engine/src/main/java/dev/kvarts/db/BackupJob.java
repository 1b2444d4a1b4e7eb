package dev.kvarts.db;

import dev.kvarts.api.BackupReport;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.log.ChangeFileInfo;
import dev.kvarts.manifest.ManifestState;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Makes one backup.
///
/// ```
/// freeze at a sequence number -> flush -> open what the directory does not have -> let jobs go on
///      -> archive the log up to there -> open past changes -> copy all that -> description
/// ```
///
/// Jobs rest while files are opened, not while they are copied: a file that is open stays readable
/// when a job deletes it. Writers never wait.
final class BackupJob {
    private final EngineEnvironment environment;
    private final ChangeLog changes;
    private final CheckpointCopy checkpoint;
    private final BackupStore store;
    private final List<Opened> opened = new ArrayList<>();
    private final List<BackupFile> files = new ArrayList<>();
    private final Map<String, BackupFile> known = new HashMap<>(); // by name and size

    private record Opened(ReadableFile file, ChangeFileInfo change) {}

    BackupJob(
            EngineEnvironment environment,
            ChangeLog changes,
            CheckpointCopy checkpoint,
            Directory target) {
        this.environment = environment;
        this.changes = changes;
        this.checkpoint = checkpoint;
        this.store = new BackupStore(target);
    }

    BackupReport run() throws IOException {
        try {
            return make();
        } finally {
            for (Opened each : opened) {
                each.file.close();
            }
        }
    }

    private BackupReport make() throws IOException {
        BackupStore.Found found = store.read();
        if (found.damaged().isEmpty()) {
            store.clean(found.backups());
        }
        for (BackupDescription backup : found.backups()) {
            if (backup.state().database() == environment.database()) {
                backup.files()
                        .forEach(file -> known.put(place(file.name(), file.sizeBytes()), file));
            }
        }
        ManifestState state = checkpoint.take(this::openData);
        long millis = environment.nowMillis();
        environment.log().beginSegment();
        changes.archive();
        long parent = openChanges(found.backups(), state.lastSequence());
        int shared = files.size();
        long copiedBytes = 0;
        for (Opened each : opened) {
            BackupFile copied = store.store(each.file.name(), each.file.mapped(), each.change);
            files.add(copied);
            copiedBytes += copied.sizeBytes();
        }
        var backup =
                new BackupDescription(
                        found.last() + 1, parent, state.lastSequence(), millis, files, state);
        store.describe(backup);
        return new BackupReport(backup.info(), files.size() - shared, copiedBytes);
    }

    private static String place(String name, long size) {
        return name + ":" + size;
    }

    private void openData(ManifestState state) {
        try {
            for (String name : DataFiles.of(state).stream().sorted().toList()) {
                open(name, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void open(String name, ChangeFileInfo change) throws IOException {
        ReadableFile file = environment.directory().open(name, true);
        BackupFile before = known.get(place(name, file.size()));
        if (before != null && before.tail() == BackupStore.tailOf(file.mapped())) {
            file.close();
            files.add(before);
        } else {
            opened.add(new Opened(file, change));
        }
    }

    /// Opens the changes since the newest backup that this database goes on from. Returns its
    /// number, or 0 if there is none.
    ///
    /// @param sequence of this backup
    private long openChanges(List<BackupDescription> backups, long sequence) throws IOException {
        long[] parent = {0};
        try {
            environment
                    .log()
                    .pastChanges()
                    .withFiles(
                            all -> {
                                for (BackupDescription backup : backups.reversed()) {
                                    int from = goesOnFrom(backup, all);
                                    if (from >= 0) {
                                        parent[0] = backup.number();
                                        openAll(all.subList(from, all.size()));
                                        return;
                                    }
                                }
                                openAll(all.subList(firstBehind(sequence, all), all.size()));
                            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return parent[0];
    }

    /// Where what was written after a sequence number begins: others wrote while files were opened,
    /// and the next backup goes on from the last file. That is there also if they did not: by it
    /// the next one tells its parent.
    private static int firstBehind(long sequence, List<ChangeFileInfo> all) {
        int first = Math.max(0, all.size() - 1);
        while (first > 0 && all.get(first - 1).nextSequence() > sequence + 1) {
            first--;
        }
        return first;
    }

    private void openAll(List<ChangeFileInfo> some) {
        try {
            for (ChangeFileInfo each : some) {
                open(each.name(), each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The first of the files that has what is not in a backup, or -1 if this database does not go
    /// on from it: a restored one has a history of its own, with generations of its own.
    private int goesOnFrom(BackupDescription backup, List<ChangeFileInfo> all) {
        List<BackupFile> theirs = backup.changes();
        if (backup.state().database() != environment.database() || theirs.isEmpty()) {
            return -1;
        }
        ChangeFileInfo last = theirs.getLast().change();
        for (int i = 0; i < all.size(); i++) {
            ChangeFileInfo each = all.get(i);
            boolean same =
                    each.generation() == last.generation()
                            && each.firstSequence() == last.firstSequence()
                            && each.nextSequence() == last.nextSequence();
            if (same) {
                return i;
            }
        }
        boolean follows =
                !all.isEmpty()
                        && all.getFirst().firstSequence() == last.nextSequence()
                        && all.getFirst().generation() > last.generation();
        return follows ? 0 : -1;
    }
}
