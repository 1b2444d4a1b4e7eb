package dev.kvarts.log;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.io.WritableFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Makes a commit log of files of past changes, so that opening a database replays them as it would
/// after a crash.
///
/// Thread safety: one thread.
public final class LogRebuild {
    private static final long SEGMENT_BYTES = 64L << 20;

    /// A file of past changes, under any name.
    ///
    /// @param generation that must be in it
    public record Source(String name, long generation) {}

    /// What was made.
    ///
    /// @param lastSequence of the last record that was taken, or where it began if none was
    /// @param clockMillis last time known there, 0 if none
    /// @param catalogue the last one that was taken, null if none
    /// @param ends where the generations end that were written
    /// @param records how many were taken
    /// @param unlogged sequence numbers on the way that no record has
    public record Result(
            long lastSequence,
            long clockMillis,
            byte[] catalogue,
            List<LogEnd> ends,
            long records,
            long unlogged) {
        public Result {
            ends = List.copyOf(ends);
        }
    }

    // Fixed at construction.
    private final Directory from;
    private final List<Source> sources;
    private final long database;
    private final long after;

    // Of one pass.
    private long expected;
    private long lastSequence;
    private long clock;
    private long cut; // sequence number of the last clock that is not too late
    private byte[] catalogue;
    private long records;
    private long unlogged;

    // Where it is written to; null in a pass that only looks.
    private Directory target;
    private long generation;
    private WritableFile file;
    private final List<LogEnd> ends = new ArrayList<>();

    /// @param sources in the order of the log, without a hole
    /// @param after nothing up to this sequence number is taken
    public LogRebuild(Directory from, List<Source> sources, long database, long after) {
        this.from = from;
        this.sources = sources;
        this.database = database;
        this.after = after;
    }

    private interface Taker {
        /// Returns whether there may be more that is wanted.
        boolean take(long sequence, int count, MemorySegment raw, long payload, long size)
                throws IOException;
    }

    /// The highest sequence number at which it was no later than this.
    public long sequenceAt(long millis) throws IOException {
        begin();
        cut = after;
        walk(
                (sequence, count, raw, payload, size) -> {
                    note(sequence, count, raw, payload, size);
                    if (clock != 0 && clock <= millis) {
                        cut = Math.max(cut, clockOf(raw, payload, size) ? lastSequence : cut);
                    }
                    return clock <= millis;
                });
        return cut;
    }

    private static boolean clockOf(MemorySegment raw, long payload, long size) {
        return ChangeEntries.clock(raw, payload, payload + size) != 0;
    }

    /// Writes the records up to a sequence number; a batch that goes beyond it is not taken.
    ///
    /// @param first generation to begin with
    public Result write(Directory into, long first, long upTo) throws IOException {
        begin();
        target = into;
        generation = first;
        try {
            walk(
                    (sequence, count, raw, payload, size) -> {
                        if (sequence + count - 1 > upTo) {
                            return false;
                        }
                        note(sequence, count, raw, payload, size);
                        append(sequence, count, raw, payload, size);
                        return true;
                    });
            endFile();
        } finally {
            if (file != null) {
                file.close();
            }
        }
        return new Result(lastSequence, clock, catalogue, ends, records, unlogged);
    }

    private void begin() {
        expected = after + 1;
        lastSequence = after;
        clock = 0;
        catalogue = null;
        records = 0;
        unlogged = 0;
    }

    private void walk(Taker taker) throws IOException {
        long next = 0;
        for (Source source : sources) {
            try (var changes = new ChangeFile(from, source.name, source.generation, database)) {
                if (next != 0 && changes.info().firstSequence() != next) {
                    throw new CorruptionException(
                            "changes: do not follow what is before them", source.name, 0);
                }
                next = changes.info().nextSequence();
                clock = clock == 0 ? changes.clock() : clock;
                if (!walk(changes, source.name, taker)) {
                    return;
                }
            }
        }
    }

    private boolean walk(ChangeFile changes, String name, Taker taker) throws IOException {
        for (MemorySegment raw = changes.nextBlock(expected);
                raw != null;
                raw = changes.nextBlock(expected)) {
            for (long at = 0; at < raw.byteSize(); ) {
                long payload = at + ChangeFormat.RECORD_SIZE;
                long size = payload > raw.byteSize() ? -1 : ChangeFormat.payloadSize(raw, at);
                if (size < EntryFormat.HEADER_SIZE || size > raw.byteSize() - payload) {
                    throw new CorruptionException(
                            "changes: record is damaged", name, changes.blockAt());
                }
                long sequence = ChangeFormat.sequence(raw, at);
                int count = ChangeFormat.count(raw, at);
                if (sequence > after && !taker.take(sequence, count, raw, payload, size)) {
                    return false;
                }
                at = payload + size;
            }
        }
        return true;
    }

    private void note(long sequence, int count, MemorySegment raw, long payload, long size) {
        unlogged += Math.max(0, sequence - expected);
        lastSequence = sequence + count - 1;
        expected = lastSequence + 1;
        records++;
        long millis = ChangeEntries.clock(raw, payload, payload + size);
        clock = millis != 0 ? millis : clock;
        if (EntryFormat.kind(raw, payload) == EntryFormat.CATALOGUE) {
            long valueSize = EntryFormat.valueSize(raw, payload);
            if (valueSize == size - EntryFormat.HEADER_SIZE) {
                catalogue =
                        Bytes.copyOut(
                                raw, payload + EntryFormat.HEADER_SIZE, Math.toIntExact(valueSize));
            }
        }
    }

    private void append(long sequence, int count, MemorySegment raw, long payload, long size)
            throws IOException {
        long recordSize = LogFormat.recordSize(size);
        if (file != null && file.size() + recordSize > SEGMENT_BYTES) {
            endFile();
        }
        if (file == null) {
            file = target.create(LogFormat.fileName(ends.size()));
            MemorySegment header = MemorySegment.ofArray(new byte[LogFormat.HEADER_SIZE]);
            LogFormat.writeHeader(header, database, generation, 0, sequence);
            file.append(header);
        }
        MemorySegment record = MemorySegment.ofArray(new byte[LogFormat.RECORD_HEADER_SIZE]);
        LogFormat.writeRecordHeader(
                record,
                0,
                file.size(),
                Checksum.crc32c(raw, payload, size),
                count,
                size,
                sequence,
                0,
                generation);
        file.append(record);
        file.append(raw.asSlice(payload, size));
        long padding = recordSize - LogFormat.RECORD_HEADER_SIZE - size;
        if (padding > 0) {
            file.append(MemorySegment.ofArray(new byte[(int) padding]));
        }
    }

    private void endFile() throws IOException {
        if (file != null) {
            file.force();
            ends.add(new LogEnd(generation, file.size()));
            generation++;
            WritableFile done = file;
            file = null;
            done.close();
        }
    }
}
