package dev.kvarts.log;

import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Lz4;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.io.WritableFile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Map;
import java.util.zip.CRC32C;

/// Writes one file of past changes: first under a name of its own, and renamed when it is durable.
///
/// Thread safety: one thread.
final class ChangeFileWriter implements AutoCloseable {
    private final Directory directory;
    private final long database;
    private final long generation;
    private final long firstSequence;
    private final WritableFile file;
    private final Arena arena = Arena.ofShared(); // closed with the writer
    private final MemorySegment raw = arena.allocate(ChangeFormat.BLOCK_RAW_BYTES_MAX, 8);
    private final MemorySegment compressed =
            arena.allocate(Lz4.compressedSizeMax(ChangeFormat.BLOCK_RAW_BYTES_MAX), 8);
    private final Lz4 lz4 = new Lz4();
    private final BitSet keyspaces = new BitSet();
    private int rawSize;
    private long lastSequence;
    private long firstClock;
    private long lastClock;
    private long records;

    ChangeFileWriter(
            Directory directory, long database, long generation, long firstSequence, long clock)
            throws IOException {
        this.directory = directory;
        this.database = database;
        this.generation = generation;
        this.firstSequence = firstSequence;
        this.lastClock = clock;
        try {
            this.file = directory.create(ChangeFormat.TEMPORARY_FILE);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
        file.append(ChangeFormat.header(database, generation, firstSequence, clock));
    }

    /// Adds the records of a segment of the log. Requires: they are valid.
    void addLog(MemorySegment segment, long end, String name) throws IOException {
        for (long at = LogFormat.HEADER_SIZE; at < end; ) {
            long size = LogFormat.validRecord(segment, at, generation);
            if (size == 0) {
                throw new IOException(
                        "commit log: record is damaged file=" + name + " offset=" + at);
            }
            add(
                    LogFormat.sequence(segment, at),
                    LogFormat.count(segment, at),
                    segment,
                    at + LogFormat.RECORD_HEADER_SIZE,
                    LogFormat.payloadSize(segment, at));
            at += size;
        }
    }

    private void add(long sequence, int count, MemorySegment segment, long at, long payload)
            throws IOException {
        note(count, segment, at, payload);
        MemorySegment header = ChangeFormat.recordHeader(sequence, count, payload);
        long size = ChangeFormat.RECORD_SIZE + payload;
        if (rawSize > 0 && rawSize + size > ChangeFormat.BLOCK_RAW_BYTES) {
            endBlock();
        }
        lastSequence = sequence + count - 1;
        records++;
        if (size > ChangeFormat.BLOCK_RAW_BYTES_MAX) {
            addAlone(header, segment.asSlice(at, payload));
            return;
        }
        MemorySegment.copy(header, 0, raw, rawSize, ChangeFormat.RECORD_SIZE);
        MemorySegment.copy(segment, at, raw, rawSize + ChangeFormat.RECORD_SIZE, payload);
        rawSize += (int) size;
    }

    /// Remembers which keyspaces occur, and what time it was.
    private void note(int count, MemorySegment segment, long at, long payload) {
        long entry = at;
        for (int i = 0; i < count && entry + EntryFormat.HEADER_SIZE <= at + payload; i++) {
            keyspaces.set(EntryFormat.keyspace(segment, entry));
            long clock = ChangeEntries.clock(segment, entry, at + payload);
            if (clock != 0) {
                firstClock = firstClock == 0 ? clock : firstClock;
                lastClock = clock;
            }
            entry +=
                    EntryFormat.size(
                            EntryFormat.keySize(segment, entry),
                            EntryFormat.valueSize(segment, entry));
        }
    }

    private void addAlone(MemorySegment header, MemorySegment payload) throws IOException {
        long size = ChangeFormat.RECORD_SIZE + payload.byteSize();
        var crc = new CRC32C();
        Checksum.update(crc, header, 0, header.byteSize());
        Checksum.update(crc, payload, 0, payload.byteSize());
        file.append(
                ChangeFormat.block(
                        (int) crc.getValue(),
                        ChangeFormat.CODEC_NONE,
                        size,
                        size,
                        lastSequence,
                        generation,
                        file.size()));
        file.append(header);
        file.append(payload);
    }

    private void endBlock() throws IOException {
        int size = lz4.compress(raw, 0, rawSize, compressed, 0);
        boolean smaller = size < rawSize;
        MemorySegment stored = smaller ? compressed.asSlice(0, size) : raw.asSlice(0, rawSize);
        file.append(
                ChangeFormat.block(
                        Checksum.crc32c(stored, 0, stored.byteSize()),
                        smaller ? ChangeFormat.CODEC_LZ4 : ChangeFormat.CODEC_NONE,
                        stored.byteSize(),
                        rawSize,
                        lastSequence,
                        generation,
                        file.size()));
        file.append(stored);
        rawSize = 0;
    }

    /// Completes the file, durably.
    ChangeFileInfo finish(long nextSequence, Map<Integer, String> names) throws IOException {
        if (rawSize > 0) {
            endBlock();
        }
        long blocksEnd = file.size();
        var out = new ByteArrayOutputStream();
        names.forEach(
                (number, name) -> {
                    if (keyspaces.get(number)) {
                        ChangeFormat.appendName(out, number, name.getBytes(StandardCharsets.UTF_8));
                    }
                });
        MemorySegment bytes = MemorySegment.ofArray(out.toByteArray());
        file.append(bytes);
        var info =
                new ChangeFileInfo(
                        generation,
                        firstSequence,
                        nextSequence,
                        firstClock,
                        lastClock,
                        records,
                        file.size() + ChangeFormat.FOOTER_SIZE);
        int checksum = Checksum.crc32c(bytes, 0, bytes.byteSize());
        file.append(ChangeFormat.footer(database, generation, info, blocksEnd, checksum));
        file.force();
        directory.rename(ChangeFormat.TEMPORARY_FILE, info.name());
        directory.sync();
        return info;
    }

    @Override
    public void close() throws IOException {
        arena.close();
        file.close();
    }
}
