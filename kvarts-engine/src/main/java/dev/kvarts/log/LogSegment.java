package dev.kvarts.log;

import dev.kvarts.io.DamageReport;
import dev.kvarts.io.MappedFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// One generation of one segment file, being written or waiting to be released.
final class LogSegment {
    // Fixed at construction.
    final MappedFile file;
    final MemorySegment segment;
    final int slot;
    final long generation;

    // Guarded by the log's append lock.
    long end = LogFormat.HEADER_SIZE;
    long lastSequence;
    boolean archived; // in a file of past changes, durably

    // Guarded by the log's sync lock.
    long forcedTo; // 0: not even the header

    LogSegment(MappedFile file, int slot, long generation) {
        this.file = file;
        this.segment = file.segment();
        this.slot = slot;
        this.generation = generation;
    }

    boolean fits(long recordSize) {
        return recordSize <= segment.byteSize() - end;
    }

    /// Completes the record whose payload lies at `end + RECORD_HEADER_SIZE`.
    void seal(
            int payloadChecksum,
            int count,
            long payloadSize,
            long sequenceAndFlags,
            long durableEnd,
            long lastSequence) {
        LogFormat.writeRecordHeader(
                segment,
                end,
                payloadChecksum,
                count,
                payloadSize,
                sequenceAndFlags,
                durableEnd,
                generation);
        this.end += LogFormat.recordSize(payloadSize);
        this.lastSequence = lastSequence;
    }

    void force(long upTo) throws IOException {
        if (upTo > forcedTo) {
            file.force(forcedTo, upTo - forcedTo);
            forcedTo = upTo;
        }
    }

    /// As [#force], for a file that another process may have failed to force.
    void forceAnew(long upTo) throws IOException {
        if (upTo > forcedTo) {
            file.forceAnew(forcedTo, upTo - forcedTo);
            forcedTo = upTo;
        }
    }

    /// Checks the header and every record before `end`. Returns the bytes read.
    long check(long end, DamageReport report) {
        String name = LogFormat.fileName(slot);
        if (!LogFormat.headerValid(segment)) {
            report.damaged(name, 0, "commit log: segment header is damaged");
        }
        for (long at = LogFormat.HEADER_SIZE; at < end; ) {
            long size = LogFormat.validRecord(segment, at, generation);
            if (size == 0) {
                report.damaged(name, at, "commit log: record is damaged");
                break;
            }
            at += size;
        }
        return end;
    }
}
