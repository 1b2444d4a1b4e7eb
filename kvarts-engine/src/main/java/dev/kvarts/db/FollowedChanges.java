package dev.kvarts.db;

import dev.kvarts.api.ChangeBatch;
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
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// A change stream of a database that another process has open, or nobody. It takes no lock, writes
/// nothing, and looks again and again while it waits.
public final class FollowedChanges implements ChangeStream {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    // Fixed at construction.
    private final Scheduler scheduler; // closed with the stream

    private final ReentrantLock lock = new ReentrantLock();
    private final ChangeReader reader; // guarded by the lock
    private volatile long position;
    private volatile boolean closed;

    private FollowedChanges(Scheduler scheduler, ChangeReader reader) {
        this.scheduler = scheduler;
        this.reader = reader;
        this.position = reader.position();
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
    public ChangeBatch next(Duration timeout) {
        long nanos = OpenChangeStream.nanosOf(timeout);
        long start = scheduler.nanoTime();
        while (true) {
            ChangeBatch batch = look();
            long left = nanos - (scheduler.nanoTime() - start);
            if (batch != null || left <= 0) {
                return batch;
            }
            scheduler.await(() -> closed, Math.min(left, POLL_NANOS));
        }
    }

    private ChangeBatch look() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("change stream is closed");
            }
            return reader.next();
        } catch (IOException e) {
            throw OpenDatabase.storage(new UncheckedIOException(e));
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        } finally {
            position = reader.position();
            lock.unlock();
        }
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                scheduler.close();
                reader.close();
            }
        } catch (IOException e) {
            throw OpenDatabase.storage(new UncheckedIOException(e));
        } finally {
            lock.unlock();
        }
    }
}
