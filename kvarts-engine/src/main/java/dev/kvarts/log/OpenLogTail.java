package dev.kvarts.log;

import dev.kvarts.api.CorruptionException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongSupplier;

/// What a reader of changes sees of a log that is open: what is durable and visible.
final class OpenLogTail implements LogTail {
    private final CommitLog log;
    private final LongSupplier visible;

    /// @param visible sequence number up to which what is durable is delivered
    OpenLogTail(CommitLog log, LongSupplier visible) {
        this.log = log;
        this.visible = visible;
    }

    @Override
    public List<Generation> generations() {
        return log.generations();
    }

    @Override
    public Chunk read(long generation, long at, long bytesMax) {
        long upTo = Math.min(log.durable(), visible.getAsLong());
        return log.read(generation, opened -> copy(opened, at, bytesMax, upTo));
    }

    private static Chunk copy(CommitLog.Opened from, long at, long bytesMax, long upTo) {
        MemorySegment segment = from.segment().segment;
        String name = LogFormat.fileName(from.segment().slot);
        long to = at;
        while (to < from.end()) {
            long size = LogFormat.recordSize(LogFormat.payloadSize(segment, to));
            long last = LogFormat.sequence(segment, to) + LogFormat.count(segment, to) - 1;
            if (last > upTo || to > at && to + size - at > bytesMax) {
                break;
            }
            if (LogFormat.validRecord(segment, to, from.segment().generation) != size) {
                throw new CorruptionException("commit log: record is damaged", name, to);
            }
            to += size;
        }
        MemorySegment copy = Arena.ofAuto().allocate(to - at, LogFormat.ALIGNMENT);
        MemorySegment.copy(segment, at, copy, 0, to - at);
        boolean whole = from.next() != null && to >= from.end();
        return new Chunk(copy, name, whole ? LogFormat.firstSequence(from.next().segment) : 0);
    }

    @Override
    public void close() {
        // It has nothing of its own.
    }
}
