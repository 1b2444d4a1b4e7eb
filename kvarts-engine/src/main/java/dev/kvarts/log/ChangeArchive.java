package dev.kvarts.log;

import dev.kvarts.api.ChangeRetention;
import dev.kvarts.io.Directory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Keeps what the commit log gives up, as files of past changes, for as long as they are retained.
///
/// A generation that is full is copied when it is durable, and the log gives it up only after that:
/// so a crash at any moment leaves it in the log, or in a file, or in both. What was half written
/// has another name, and is written anew.
///
/// Thread safety: the log's archive lock.
final class ChangeArchive {
    // Fixed at construction.
    private final Directory directory;
    private final long database;
    private final ChangeRetention retention;
    private final ChangeFiles files;

    private final List<String> orphans = new ArrayList<>(); // older than what can be read

    private long clock; // last one known, 0 if none

    private ChangeArchive(Directory directory, long database, ChangeRetention retention) {
        this.directory = directory;
        this.database = database;
        this.retention = retention;
        this.files = new ChangeFiles(directory, database);
    }

    /// Looks at what is there; deletes what is of no use, all of it if nothing is retained.
    /// Durably, so that no later chain has a hole that is not seen.
    ///
    /// @param wanted null: what was retained before
    /// @return null if nothing is retained
    static ChangeArchive open(Directory directory, long database, ChangeRetention wanted)
            throws IOException {
        ChangeRetention retention = RetentionFile.settle(directory, wanted);
        boolean deleted = false;
        if (directory.exists(ChangeFormat.TEMPORARY_FILE)) {
            directory.delete(ChangeFormat.TEMPORARY_FILE);
        }
        if (retention.enabled()) {
            var archive = new ChangeArchive(directory, database, retention);
            archive.orphans.addAll(archive.files.list());
            archive.files.all().forEach(info -> archive.clock = info.lastClock());
            return archive;
        }
        for (String name : directory.list()) {
            if (ChangeFormat.generationOf(name) >= 0) {
                directory.delete(name);
                deleted = true;
            }
        }
        if (deleted) {
            directory.sync();
        }
        return null;
    }

    ChangeFiles files() {
        return files;
    }

    /// Whether the generation is in a file.
    boolean has(long generation) {
        return files.get(generation) != null;
    }

    /// Says what the log begins with. Files that it does not follow are of no use to a reader: the
    /// database was open without retention meanwhile.
    void requireFollowed(long firstSequence, long generation) {
        var all = files.all();
        ChangeFileInfo last = all.isEmpty() ? null : all.getLast();
        boolean follows =
                last == null
                        || last.nextSequence() == firstSequence
                        || has(generation); // copied, and not given up yet
        if (!follows) {
            all.forEach(info -> orphans.add(info.name()));
            files.forgetAll();
        }
    }

    /// Copies a generation that is full and durable.
    void add(
            MemorySegment segment,
            long generation,
            long end,
            long nextSequence,
            String name,
            Map<Integer, String> names)
            throws IOException {
        long first = LogFormat.firstSequence(segment);
        try (var writer = new ChangeFileWriter(directory, database, generation, first, clock)) {
            writer.addLog(segment, end, name);
            ChangeFileInfo info = writer.finish(nextSequence, names);
            clock = info.lastClock();
            files.add(info);
        }
    }

    /// Whether something is retained no longer.
    boolean trimDue(long nowMillis) {
        var all = files.all();
        return !all.isEmpty()
                && isPast(
                        all.getFirst(),
                        all.stream().mapToLong(ChangeFileInfo::fileBytes).sum(),
                        nowMillis);
    }

    private boolean isPast(ChangeFileInfo oldest, long bytes, long nowMillis) {
        boolean tooMany = retention.bytes() > 0 && bytes > retention.bytes();
        boolean tooOld =
                retention.age().isPositive()
                        && oldest.lastClock() > 0
                        && nowMillis - oldest.lastClock() > retention.age().toMillis();
        return tooMany || tooOld;
    }

    /// Deletes what is retained no longer.
    void trim(long nowMillis) throws IOException {
        var all = files.all();
        long bytes = all.stream().mapToLong(ChangeFileInfo::fileBytes).sum();
        for (ChangeFileInfo info : all) {
            if (!isPast(info, bytes, nowMillis)) {
                return;
            }
            while (!orphans.isEmpty()) { // what is older than it
                directory.delete(orphans.removeLast());
            }
            files.deleteOldest();
            bytes -= info.fileBytes();
        }
    }
}
