package dev.kvarts.db;

import dev.kvarts.api.ChangeBatch;
import dev.kvarts.api.ChangeStream;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.log.ChangeReader;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/// What the change streams of a database that is open and of one that is followed from outside have
/// in common: a reader that one thread at a time asks, again and again until the time is up.
abstract class WaitingChangeStream implements ChangeStream {
    private static final long TIMEOUT_NANOS_MAX = Long.MAX_VALUE / 4;

    final Scheduler scheduler;

    private final ReentrantLock lock = new ReentrantLock();
    private final ChangeReader reader; // guarded by the lock
    private volatile long position;
    private volatile boolean closed;

    WaitingChangeStream(Scheduler scheduler, ChangeReader reader) {
        this.scheduler = scheduler;
        this.reader = reader;
        this.position = reader.position();
    }

    /// Waits until there may be something new, or the stream has been closed, at most so long.
    abstract void awaitMore(long nanos);

    @Override
    public ChangeBatch next(Duration timeout) {
        long nanos = nanosOf(timeout);
        long start = scheduler.nanoTime();
        while (true) {
            ChangeBatch batch = look();
            long left = nanos - (scheduler.nanoTime() - start);
            if (batch != null || left <= 0) {
                return batch;
            }
            awaitMore(left);
        }
    }

    private static long nanosOf(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        return timeout.compareTo(Duration.ofNanos(TIMEOUT_NANOS_MAX)) > 0
                ? TIMEOUT_NANOS_MAX
                : Math.max(0, timeout.toNanos());
    }

    /// The next batch if it is there, otherwise null.
    ChangeBatch look() {
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

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                reader.close();
            }
        } catch (IOException e) {
            throw OpenDatabase.storage(new UncheckedIOException(e));
        } finally {
            lock.unlock();
        }
    }
}
