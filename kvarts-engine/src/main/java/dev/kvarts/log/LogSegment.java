package dev.kvarts.log;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.io.MappedFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// One generation of one segment file, being written or waiting to be released.
final class LogSegment {
    // Fixed at construction.
    final MappedFile file;
    final MemorySegment segment;
    final int slot;
    final long generation;
    private final ByteBuffer view; // for the checksum; null where a ByteBuffer cannot reach
    private final CRC32C crc = new CRC32C();

    // Guarded by the log's append lock.
    long end = LogFormat.HEADER_SIZE;
    long lastSequence;

    // Guarded by the log's sync lock.
    long forcedTo; // 0: not even the header

    LogSegment(MappedFile file, int slot, long generation) {
        this.file = file;
        this.segment = file.segment();
        this.slot = slot;
        this.generation = generation;
        this.view = segment.byteSize() <= Integer.MAX_VALUE ? segment.asByteBuffer() : null;
    }

    boolean fits(long recordSize) {
        return recordSize <= segment.byteSize() - end;
    }

    /// Completes the record whose payload lies at `end + RECORD_HEADER_SIZE`.
    void seal(
            int count,
            long payloadSize,
            long sequenceAndFlags,
            long durableEnd,
            long lastSequence) {
        long at = end;
        LogFormat.writeRecordHeader(segment, at, count, payloadSize, sequenceAndFlags, durableEnd);
        long covered = LogFormat.RECORD_HEADER_SIZE - 4 + payloadSize;
        segment.set(Bytes.INT, at, Checksum.bound(checksum(at + 4, covered), generation, at));
        this.end = at + LogFormat.recordSize(payloadSize);
        this.lastSequence = lastSequence;
    }

    private int checksum(long from, long size) {
        if (view == null) {
            return Checksum.crc32c(segment, from, size);
        }
        view.limit((int) (from + size)).position((int) from);
        crc.reset();
        crc.update(view);
        return (int) crc.getValue();
    }

    void force(long upTo) throws IOException {
        if (upTo > forcedTo) {
            file.force(forcedTo, upTo - forcedTo);
            forcedTo = upTo;
        }
    }
}
