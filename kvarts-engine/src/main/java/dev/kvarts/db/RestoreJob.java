package dev.kvarts.db;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.RestorePoint;
import dev.kvarts.api.RestoreReport;
import dev.kvarts.io.Directory;
import dev.kvarts.io.WritableFile;
import dev.kvarts.log.ChangeFileInfo;
import dev.kvarts.log.LogEnd;
import dev.kvarts.log.LogRebuild;
import dev.kvarts.manifest.HashedMeta;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.manifest.ManifestState;
import dev.kvarts.manifest.OrderedMeta;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Makes a database of a backup and, where a moment behind it is wanted, of the changes since.
///
/// The files of the newest backup that is not behind the moment are copied, and checked while they
/// are. Changes since become a commit log, which opening replays with the sequence numbers that
/// they had. Which keyspaces there were at the moment the last catalogue among them says: their
/// numbers are never used twice, so new ones are made empty and dropped ones left out before the
/// log is replayed. The manifest is written last.
///
/// What is restored has a history of its own from then on. Its commit log begins with a generation
/// that no other has, by which later backups tell that they do not go on from one that the original
/// made.
final class RestoreJob {
    private static final long GENERATION_STEP_MASK = (1L << 40) - 1;

    private final BackupStore store;
    private final Directory target;
    private final long random;
    private List<BackupDescription> backups;

    /// A backup, and the changes that lead on from it, in order.
    ///
    /// @param end last sequence number that they have
    /// @param whole whether there are no others behind a hole
    private record Route(
            BackupDescription base, List<LogRebuild.Source> changes, long end, boolean whole) {}

    /// @param random makes the generation unlike any other
    RestoreJob(BackupStore store, Directory target, long random) {
        this.store = store;
        this.target = target;
        this.random = random;
    }

    /// @throws IllegalArgumentException if there is no such moment, or the target is not empty
    /// @throws CorruptionException if something is damaged; the target is left empty
    RestoreReport run(RestorePoint point) throws IOException {
        if (!target.isEmpty()) {
            throw new IllegalArgumentException(
                    "restore: directory is not empty: " + target.describe());
        }
        backups = store.read().backups();
        Route route = route(point);
        long upTo = upTo(route, point);
        try {
            return write(route, upTo);
        } catch (IOException | RuntimeException | Error e) {
            clear(e);
            throw e;
        }
    }

    private void clear(Throwable failure) {
        try {
            for (String name : target.list()) {
                target.delete(name);
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    // Where to begin.

    private Route route(RestorePoint point) {
        if (backups.isEmpty()) {
            throw new IllegalArgumentException("restore: there is no backup");
        }
        return switch (point) {
            case RestorePoint.Latest _ -> asItIs(backups.getLast());
            case RestorePoint.Numbered number -> asItIs(numbered(number.number()));
            case RestorePoint.AtSequence at -> {
                Route route = roll(backup -> backup.sequence() <= at.sequence());
                if (route == null || route.end < at.sequence()) {
                    throw noSuchMoment("sequence=" + at.sequence());
                }
                yield route;
            }
            case RestorePoint.AtTime at -> {
                long millis = at.time().toEpochMilli();
                Route route = roll(backup -> backup.timeMillis() <= millis);
                if (route == null || !route.whole) {
                    throw noSuchMoment("time=" + at.time());
                }
                yield route;
            }
        };
    }

    private IllegalArgumentException noSuchMoment(String what) {
        return new IllegalArgumentException(
                "restore: no backup has everything up to "
                        + what
                        + " oldest="
                        + backups.getFirst().sequence()
                        + " newest="
                        + backups.getLast().sequence());
    }

    private Route asItIs(BackupDescription backup) {
        return new Route(backup, List.of(), backup.sequence(), true);
    }

    private BackupDescription numbered(long number) {
        for (BackupDescription backup : backups) {
            if (backup.number() == number) {
                return backup;
            }
        }
        throw new IllegalArgumentException("restore: there is no backup number=" + number);
    }

    private interface Fits {
        boolean test(BackupDescription backup);
    }

    /// From the newest backup back along its parents to the first that is not behind the moment; if
    /// there is none, from the one before it. Null if none is.
    private Route roll(Fits fits) {
        for (BackupDescription newest : backups.reversed()) {
            List<BackupDescription> path = new ArrayList<>();
            BackupDescription at = newest;
            while (at != null) {
                path.addFirst(at);
                if (fits.test(at)) {
                    return along(path);
                }
                at = parentOf(at);
            }
        }
        return null;
    }

    private BackupDescription parentOf(BackupDescription backup) {
        for (BackupDescription each : backups) {
            if (each.number() == backup.parent()) {
                return each;
            }
        }
        return null;
    }

    private static Route along(List<BackupDescription> path) {
        BackupDescription base = path.getFirst();
        var byGeneration = new TreeMap<Long, BackupFile>();
        for (BackupDescription each : path) {
            for (BackupFile file : each.changes()) {
                if (file.change().nextSequence() > base.sequence() + 1) {
                    byGeneration.put(file.change().generation(), file);
                }
            }
        }
        List<LogRebuild.Source> sources = new ArrayList<>();
        long end = base.sequence();
        for (BackupFile file : byGeneration.values()) {
            ChangeFileInfo change = file.change();
            if (change.firstSequence() > end + 1) {
                return new Route(base, sources, end, false);
            }
            sources.add(new LogRebuild.Source(file.stored(), change.generation()));
            end = Math.max(end, change.nextSequence() - 1);
        }
        return new Route(base, sources, end, true);
    }

    private long upTo(Route route, RestorePoint point) throws IOException {
        return switch (point) {
            case RestorePoint.AtSequence at -> at.sequence();
            case RestorePoint.AtTime at -> rebuild(route).sequenceAt(at.time().toEpochMilli());
            case RestorePoint.Latest _, RestorePoint.Numbered _ -> route.base.sequence();
        };
    }

    private LogRebuild rebuild(Route route) {
        BackupDescription base = route.base;
        return new LogRebuild(
                store.directory(), route.changes, base.state().database(), base.sequence());
    }

    // Writing.

    private RestoreReport write(Route route, long upTo) throws IOException {
        BackupDescription base = route.base;
        long first = newGeneration();
        LogRebuild.Result log =
                upTo > base.sequence()
                        ? rebuild(route).write(target, first, upTo)
                        : new LogRebuild.Result(base.sequence(), 0, null, List.of(), 0, 0);
        List<KeyspaceMeta> keyspaces = keyspaces(base, log.catalogue());
        int files = 0;
        long bytes = 0;
        Map<String, BackupFile> byName = new HashMap<>();
        base.data().forEach(file -> byName.put(file.name(), file));
        for (KeyspaceMeta keyspace : keyspaces) {
            for (String name : DataFiles.of(keyspace)) {
                BackupFile file = byName.get(name);
                if (file == null) {
                    throw new CorruptionException(
                            "backup: a file that the manifest names is not in it",
                            BackupFormat.fileName(base.number()),
                            0);
                }
                copy(file);
                files++;
                bytes += file.sizeBytes();
            }
        }
        target.sync();
        List<LogEnd> ends = log.ends().isEmpty() ? List.of(new LogEnd(first, 0)) : log.ends();
        Manifest.write(
                target,
                ManifestFormat.TEMPORARY_FILE,
                stateOf(base.state(), keyspaces, log, upTo).withLog(first, 0, ends, 0));
        target.rename(ManifestFormat.TEMPORARY_FILE, ManifestFormat.FILE);
        target.sync();
        long millis = Math.max(log.clockMillis(), base.timeMillis());
        return new RestoreReport(
                base.number(),
                Math.max(log.lastSequence(), base.sequence()),
                Instant.ofEpochMilli(millis),
                files,
                bytes,
                log.records(),
                log.unlogged());
    }

    private void copy(BackupFile file) throws IOException {
        try (WritableFile out = target.create(file.name())) {
            store.copy(file, out);
            out.force();
        }
    }

    private long newGeneration() {
        long last = 0;
        for (BackupDescription backup : backups) {
            for (BackupFile file : backup.changes()) {
                last = Math.max(last, file.change().generation());
            }
        }
        return last + 2 + (random & GENERATION_STEP_MASK);
    }

    /// The keyspaces of the backup, as the catalogue has them.
    private static List<KeyspaceMeta> keyspaces(BackupDescription base, byte[] catalogue) {
        if (catalogue == null) {
            return base.state().keyspaces();
        }
        List<KeyspaceMeta> keyspaces = new ArrayList<>();
        for (KeyspaceMeta keyspace : ManifestFormat.decode(catalogue, "catalogue").keyspaces()) {
            KeyspaceMeta there = base.state().keyspace(keyspace.number());
            keyspaces.add(
                    there == null
                            ? newBehind(keyspace, base.sequence())
                            : there.withOptions(keyspace.options()));
        }
        return keyspaces;
    }

    /// A keyspace that was made after the backup: all its entries are in the log.
    private static KeyspaceMeta newBehind(KeyspaceMeta keyspace, long sequence) {
        return switch (keyspace.withoutFiles()) {
            case HashedMeta hashed -> hashed.withRuns(null, Set.of(), sequence);
            case OrderedMeta ordered -> ordered.withFlushed(sequence);
        };
    }

    private static ManifestState stateOf(
            ManifestState base, List<KeyspaceMeta> keyspaces, LogRebuild.Result log, long upTo) {
        int next = base.nextKeyspace();
        for (KeyspaceMeta keyspace : keyspaces) {
            next = Math.max(next, keyspace.number() + 1);
        }
        if (log.catalogue() != null) {
            next =
                    Math.max(
                            next,
                            ManifestFormat.decode(log.catalogue(), "catalogue").nextKeyspace());
        }
        return new ManifestState(
                base.database(),
                base.hashSeed(),
                base.edit(),
                next,
                base.nextFile(),
                Math.max(base.lastSequence(), Math.min(upTo, log.lastSequence())),
                Math.max(base.clockMillis(), log.clockMillis()),
                0,
                0,
                List.of(),
                keyspaces);
    }
}
