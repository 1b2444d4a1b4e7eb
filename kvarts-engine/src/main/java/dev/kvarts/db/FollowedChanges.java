package dev.kvarts.db;

import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.StorageException;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.log.ChangeReader;
import dev.kvarts.log.LogBounds;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.manifest.ManifestState;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// A change stream of a database that another process has open, or nobody. It takes no lock, writes
/// nothing, and looks again and again while it waits.
public final class FollowedChanges extends WaitingChangeStream {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private FollowedChanges(Scheduler scheduler, ChangeReader reader) {
        super(scheduler, reader);
    }

    /// See `Kvarts.changes`.
    public static ChangeStream open(Path path, long fromSequence) {
        Objects.requireNonNull(path, "directory");
        try {
            return open(RealDirectory.open(path, false), new ThreadScheduler(1), fromSequence);
        } catch (IOException e) {
            throw new StorageException("changes: cannot read directory=" + path, e);
        }
    }

    /// As above, of any directory, with any scheduler, which is closed with the stream, also if
    /// opening fails.
    public static ChangeStream open(Directory directory, Scheduler scheduler, long fromSequence) {
        try {
            return new FollowedChanges(scheduler, reader(directory, fromSequence));
        } catch (RuntimeException | Error e) {
            scheduler.close();
            throw e;
        }
    }

    private static ChangeReader reader(Directory directory, long fromSequence) {
        try {
            if (!Manifest.exists(directory)) {
                throw new StorageException(
                        "changes: no database in directory=" + directory.describe(), null);
            }
            Map<Integer, String> names = new HashMap<>();
            for (KeyspaceMeta keyspace : Manifest.read(directory).state().keyspaces()) {
                names.put(keyspace.number(), keyspace.name());
            }
            return ChangeReader.following(
                    directory, () -> bounds(directory), fromSequence, names, ChangeLog::namesOf);
        } catch (IOException e) {
            throw OpenDatabase.storage(new UncheckedIOException(e));
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        }
    }

    private static LogBounds bounds(Directory directory) throws IOException {
        ManifestState state = Manifest.read(directory).state();
        return new LogBounds(state.database(), state.logFloor(), state.logOpen(), state.logEnds());
    }

    @Override
    void awaitMore(long nanos) {
        scheduler.await(this::isClosed, Math.min(nanos, POLL_NANOS));
    }

    @Override
    public void close() {
        try {
            super.close();
        } finally {
            scheduler.close();
        }
    }
}
