package dev.kvarts.log;

import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.DamageReport;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// What a log retains of past changes: has its full segments copied before it may give them up, and
/// reads them, from the copies and from the log.
///
/// Thread safety: any number of threads.
public final class PastChanges {
    // Fixed at construction.
    private final CommitLog log;
    private final ChangeArchive archive; // null where changes are not retained

    private final ReentrantLock lock = new ReentrantLock(); // before any of the log's

    PastChanges(CommitLog log, ChangeArchive archive) {
        this.log = log;
        this.archive = archive;
    }

    /// Says what the log begins with.
    ///
    /// @param older segments that are full
    void begin(LogSegment oldest, Collection<LogSegment> older) {
        if (archive != null) {
            archive.requireFollowed(LogFormat.firstSequence(oldest.segment), oldest.generation);
            older.forEach(segment -> segment.archived = archive.has(segment.generation));
        }
    }

    /// Whether changes are retained.
    public boolean retained() {
        return archive != null;
    }

    /// Whether [#archive] has something to do.
    public boolean due(long nowMillis) {
        return archive != null && (log.nextToArchive() != null || archive.trimDue(nowMillis));
    }

    /// Copies segments that are full to files of past changes, and deletes files that are retained
    /// no longer. Returns whether segments were copied: the log may then be released.
    ///
    /// @param names of keyspaces, by number
    public boolean archive(Map<Integer, String> names, long nowMillis) throws IOException {
        if (archive == null) {
            return false;
        }
        lock.lock();
        try {
            boolean copied = false;
            for (CommitLog.Full full = log.nextToArchive();
                    full != null;
                    full = log.nextToArchive()) {
                log.force(full.lastSequence());
                archive.add(
                        full.segment().segment,
                        full.segment().generation,
                        full.end(),
                        LogFormat.firstSequence(full.next().segment),
                        LogFormat.fileName(full.segment().slot),
                        names);
                log.archived(full.segment());
                copied = true;
            }
            archive.trim(nowMillis);
            return copied;
        } finally {
            lock.unlock();
        }
    }

    /// Checks every file of past changes. Returns the bytes read.
    public long check(DamageReport report) throws IOException {
        lock.lock(); // keeps files from being deleted
        try {
            return archive == null ? 0 : archive.files().check(report);
        } finally {
            lock.unlock();
        }
    }

    /// The files of past changes, oldest first, without a hole; none are deleted before `work`
    /// returns.
    public void withFiles(Consumer<List<ChangeFileInfo>> work) {
        lock.lock();
        try {
            work.accept(archive == null ? List.of() : archive.files().all());
        } finally {
            lock.unlock();
        }
    }

    /// Reads changes from a sequence number on. Requires: they are retained.
    ///
    /// @param visible sequence number up to which what is durable is delivered
    /// @param names of keyspaces, by number
    /// @param catalogue reads names from the value of a [EntryFormat#CATALOGUE]
    public ChangeReader read(
            long from,
            LongSupplier visible,
            Map<Integer, String> names,
            Function<byte[], Map<Integer, String>> catalogue)
            throws IOException {
        long last = log.lastSequence();
        if (from < 0 || from > last + 1) {
            throw new IllegalArgumentException(
                    "changes: sequence was never given out: sequence=" + from + " last=" + last);
        }
        return new ChangeReader(
                archive.files(), new OpenLogTail(log, visible), false, from, names, catalogue);
    }
}
