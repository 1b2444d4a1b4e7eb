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
import java.util.function.Consumer;

/// A change stream of a database that is open. While it waits it is not counted as a call, so that
/// the database can be closed.
final class OpenChangeStream implements ChangeStream {
    private static final long TIMEOUT_NANOS_MAX = Long.MAX_VALUE / 4;

    // Fixed at construction.
    private final OpenDatabase database;
    private final EngineEnvironment environment;
    private final Consumer<OpenChangeStream> closing;

    private final ReentrantLock lock = new ReentrantLock();
    private final ChangeReader reader; // guarded by the lock
    private volatile long position;
    private volatile boolean closed;

    OpenChangeStream(
            OpenDatabase database, ChangeReader reader, Consumer<OpenChangeStream> closing) {
        this.database = database;
        this.environment = database.environment();
        this.reader = reader;
        this.closing = closing;
        this.position = reader.position();
    }

    @Override
    public ChangeBatch next(Duration timeout) {
        Scheduler scheduler = environment.scheduler();
        long nanos = nanosOf(timeout);
        long start = scheduler.nanoTime();
        while (true) {
            ChangeBatch batch = look();
            long left = nanos - (scheduler.nanoTime() - start);
            if (batch != null || left <= 0) {
                return batch;
            }
            scheduler.await(() -> closed || database.isClosed() || somethingNew(), left);
        }
    }

    static long nanosOf(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        return timeout.compareTo(Duration.ofNanos(TIMEOUT_NANOS_MAX)) > 0
                ? TIMEOUT_NANOS_MAX
                : Math.max(0, timeout.toNanos());
    }

    private boolean somethingNew() {
        return Math.min(environment.log().durable(), environment.visible()) >= position;
    }

    private ChangeBatch look() {
        int token = database.enter();
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
            database.exit(token);
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
                reader.close();
            }
        } catch (IOException e) {
            throw OpenDatabase.storage(new UncheckedIOException(e));
        } finally {
            lock.unlock();
        }
        closing.accept(this);
        environment.scheduler().wakeUp();
    }
}
