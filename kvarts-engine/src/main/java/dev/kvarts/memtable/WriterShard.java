package dev.kvarts.memtable;

import dev.kvarts.jobs.SpinLock;

/// What the writers of one shard share: a lock, and under it the count of what they wrote. As large
/// as two cache lines, so that writers of different shards do not meet.
///
/// Thread safety: [#count] and the getters under the lock.
@SuppressWarnings("UnusedVariable") // the padding
final class WriterShard extends SpinLock {
    private long puts;
    private long deletes;
    private long userBytes;
    private long p0;
    private long p1;
    private long p2;
    private long p3;
    private long p4;
    private long p5;
    private long p6;
    private long p7;
    private long p8;
    private long written;

    void count(boolean put, long bytes) {
        if (put) {
            puts++;
        } else {
            deletes++;
        }
        userBytes += bytes;
    }

    void written(long sequence) {
        written = sequence;
    }

    /// Sequence number of the last entry.
    long written() {
        return written;
    }

    long puts() {
        return puts;
    }

    long deletes() {
        return deletes;
    }

    long userBytes() {
        return userBytes;
    }
}
