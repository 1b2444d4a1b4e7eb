package dev.kvarts.log;

import dev.kvarts.io.Directory;
import dev.kvarts.io.MappedFile;
import dev.kvarts.jobs.Scheduler;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Files that are ready to become the next segment of the log: made ahead by a background job, or
/// released by a flush. Making one takes a third of a second, because its bytes are stored before
/// it is used.
///
/// Thread safety: any number of threads.
final class SpareSegments {
    private static final int PREPARED = 1;

    /// A file that is ready to become the next generation.
    record Spare(MappedFile file, int slot) {}

    // Fixed at construction.
    private final Directory directory;
    private final Scheduler scheduler;
    private final long segmentBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition made = lock.newCondition();

    // Guarded by the lock.
    private final ArrayDeque<Spare> spares = new ArrayDeque<>();
    private int nextSlot;
    private boolean closed;

    private volatile boolean making; // a background job is at it; written under the lock

    SpareSegments(Directory directory, Scheduler scheduler, long segmentBytes, int nextSlot) {
        this.directory = directory;
        this.scheduler = scheduler;
        this.segmentBytes = segmentBytes;
        this.nextSlot = nextSlot;
    }

    /// Whether a spare is in the making.
    boolean making() {
        return making;
    }

    /// Has a spare made in the background, if there is none.
    void prepare() {
        scheduler.submit("log: prepare a segment", this::prepareNow);
    }

    private void prepareNow() {
        try {
            while (beginMaking()) {
                Spare spare = null;
                try {
                    spare = make(segmentBytes);
                } finally {
                    endMaking(spare);
                }
            }
        } catch (IOException e) {
            // The writer who needs the segment tries again, and reports what it meets.
        }
    }

    private boolean beginMaking() {
        lock.lock();
        try {
            making = !closed && spares.size() < PREPARED;
            return making;
        } finally {
            lock.unlock();
        }
    }

    private void endMaking(Spare spare) throws IOException {
        lock.lock();
        try {
            making = false;
            made.signalAll();
            scheduler.wakeUp();
            if (!closed && spare != null) {
                spares.add(spare);
                return;
            }
        } finally {
            lock.unlock();
        }
        if (spare != null) {
            spare.file.close();
        }
    }

    /// A spare that is ready, or that is in the making, or a new one.
    Spare take() throws IOException {
        lock.lock();
        try {
            while (spares.isEmpty() && making) {
                made.awaitUninterruptibly(); // what is left of its time, not all of it once more
            }
            Spare ready = spares.poll();
            if (ready != null) {
                return ready;
            }
        } finally {
            lock.unlock();
        }
        return make(segmentBytes);
    }

    /// Makes a file; it is not among the spares.
    Spare make(long bytes) throws IOException {
        int slot;
        lock.lock();
        try {
            slot = nextSlot++;
        } finally {
            lock.unlock();
        }
        MappedFile file = directory.map(LogFormat.fileName(slot), bytes);
        try {
            directory.sync();
        } catch (IOException e) {
            file.close();
            throw e;
        }
        return new Spare(file, slot);
    }

    boolean fewerThan(int number) {
        lock.lock();
        try {
            return !closed && spares.size() < number;
        } finally {
            lock.unlock();
        }
    }

    void add(Spare spare) throws IOException {
        lock.lock();
        try {
            if (!closed) {
                spares.add(spare);
                return;
            }
        } finally {
            lock.unlock();
        }
        spare.file.close();
    }

    /// A spare beyond those that are to be kept, or null.
    Spare surplus(int kept) {
        lock.lock();
        try {
            return spares.size() > kept ? spares.poll() : null;
        } finally {
            lock.unlock();
        }
    }

    int count() {
        lock.lock();
        try {
            return spares.size();
        } finally {
            lock.unlock();
        }
    }

    /// Unmaps them; what is made from now on is closed at once.
    void close() throws IOException {
        lock.lock();
        try {
            closed = true;
            for (Spare spare : spares) {
                spare.file.close();
            }
            spares.clear();
        } finally {
            lock.unlock();
        }
    }
}
