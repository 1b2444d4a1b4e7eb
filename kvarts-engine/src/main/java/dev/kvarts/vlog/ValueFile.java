package dev.kvarts.vlog;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Pinnable;
import dev.kvarts.entry.Lookup;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.table.BlockCodec;
import dev.kvarts.table.Codecs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/// One value file, open for reading.
///
/// A pointer is answered by one record: mapped, the value is not copied unless it is compressed;
/// positional, it is one read call. The record's key and size must be those of the asking entry.
///
/// A mapped record is checked when it is first touched. Which records were, bits tell, one for
/// every granule of the file: the granule is not larger than the smallest record, so that not more
/// than one record begins in each. Where sizes are so uneven that the bits would outgrow two bytes
/// a record, every touch checks. A record read by a call is checked every time.
///
/// Thread safety: any number of threads; closed when no reader is inside.
public final class ValueFile implements Pinnable {
    private static final int GRANULES_PER_RECORD_MAX = 16;
    private static final long READ_SIZE_MAX = 1L << 30; // of one call

    // Fixed at construction.
    private final ReadableFile file;
    private final String name;
    private final long number;
    private final BlockCodec codec;
    private final ValueFileStatistics statistics;
    private final MemorySegment mapped; // null when values are read positionally
    private final long recordsEnd;
    private final int granuleShift;
    private final long[] checked; // set without care for races; null: every touch checks

    // Shared.
    private final AtomicInteger pins = new AtomicInteger();

    private ValueFile(
            ReadableFile file, long number, BlockCodec codec, ValueFileStatistics statistics) {
        this.file = file;
        this.name = file.name();
        this.number = number;
        this.codec = codec;
        this.statistics = statistics;
        this.mapped = file.mapped();
        this.recordsEnd = statistics.fileBytes() - ValueFileFormat.FOOTER_SIZE;
        this.granuleShift = 63 - Long.numberOfLeadingZeros(statistics.smallestRecord() | 1);
        long granules = (recordsEnd >>> granuleShift) + 1;
        boolean worthIt =
                mapped != null && granules <= GRANULES_PER_RECORD_MAX * (statistics.records() + 1);
        this.checked = worthIt ? new long[Math.toIntExact(granules + 63 >>> 6)] : null;
    }

    /// Opens a value file and checks header and footer against what the manifest says of it.
    ///
    /// @throws IllegalStateException if its codec is not among those given
    public static ValueFile open(
            Directory files,
            long database,
            int keyspace,
            long number,
            long fileBytes,
            boolean mapped,
            Codecs codecs)
            throws IOException {
        String name = ValueFileFormat.fileName(number);
        if (!files.exists(name)) {
            throw new CorruptionException("value file: file is missing", name, 0);
        }
        if (files.size(name) != fileBytes) {
            throw new CorruptionException(
                    "value file: size is not as in the manifest, size="
                            + files.size(name)
                            + " expected="
                            + fileBytes,
                    name,
                    files.size(name));
        }
        if (fileBytes < ValueFileFormat.FILE_SIZE_MIN) {
            throw new CorruptionException("value file: file is too short", name, fileBytes);
        }
        ReadableFile file = files.open(name, mapped);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(ValueFileFormat.HEADER_SIZE, 8);
            file.read(0, header);
            checkHeader(header, name, database, keyspace, number);
            long tail = fileBytes - ValueFileFormat.FOOTER_SIZE;
            MemorySegment footer = arena.allocate(ValueFileFormat.FOOTER_SIZE, 8);
            file.read(tail, footer);
            var statistics = ValueFileFormat.statistics(footer, 0);
            if (!ValueFileFormat.footerValid(footer, 0, number, tail)
                    || statistics.fileBytes() != fileBytes) {
                throw new CorruptionException("value file: footer is damaged", name, tail);
            }
            BlockCodec codec = codecs.byId(ValueFileFormat.codec(header), name);
            return new ValueFile(file, number, codec, statistics);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static void checkHeader(
            MemorySegment header, String name, long database, int keyspace, long number) {
        if (!ValueFileFormat.headerValid(header)) {
            throw new CorruptionException("value file: header is damaged", name, 0);
        }
        if (ValueFileFormat.version(header) != ValueFileFormat.VERSION) {
            throw new CorruptionException(
                    "value file: unknown format version="
                            + ValueFileFormat.version(header)
                            + " known="
                            + ValueFileFormat.VERSION,
                    name,
                    8);
        }
        if (ValueFileFormat.database(header) != database
                || ValueFileFormat.keyspace(header) != keyspace
                || ValueFileFormat.number(header) != number) {
            throw new CorruptionException("value file: belongs elsewhere", name, 16);
        }
    }

    /// Answers a lookup whose newest version points here; its sequence number stays as it is. A
    /// cursor has a lookup of its own and states the key in it.
    ///
    /// @param offset of the record, as the pointer says
    /// @param size of the value, likewise
    /// @throws CorruptionException if the record is damaged or is not that of this key and size
    public void answer(Lookup lookup, long offset, long size) {
        lookup.reads++;
        if (offset < ValueFileFormat.HEADER_SIZE
                || ValueFileFormat.recordSize(lookup.keySize, 0) > recordsEnd - offset) {
            throw new CorruptionException(
                    "value file: pointer leads out of the records", name, offset);
        }
        if (mapped != null) {
            answerMapped(lookup, offset, size);
        } else {
            answerPositional(lookup, offset, size);
        }
    }

    private void answerMapped(Lookup lookup, long offset, long size) {
        MemorySegment segment = mapped;
        long stored = ValueFileFormat.storedSize(segment, offset);
        checkSizes(lookup, segment, offset, recordsEnd, offset, size, stored);
        long granule = offset >>> granuleShift;
        long[] bits = checked;
        if (bits == null || (bits[(int) (granule >>> 6)] >>> granule & 1) == 0) {
            checkRecord(lookup, segment, offset, offset, stored);
            if (bits != null) {
                bits[(int) (granule >>> 6)] |= 1L << granule;
            }
        }
        checkKey(lookup, segment, offset, offset);
        answerStored(lookup, segment, offset, offset, size, stored, this);
    }

    private void answerPositional(Lookup lookup, long offset, long size) {
        long most = Math.min(ValueFileFormat.recordSize(lookup.keySize, size), recordsEnd - offset);
        MemorySegment record = ValueBuffers.atLeast(lookup.pages, most);
        if (most <= ValueBuffers.KEPT_MAX) {
            lookup.pages = record;
        }
        read(offset, record, most);
        answerFrom(lookup, record, 0, most, offset, size);
    }

    /// Answers from memory of the asker's that holds the file's bytes from `offset` on, at least
    /// the record's head and key: `at` is where they begin, `end` where they end.
    void answerFrom(
            Lookup lookup, MemorySegment segment, long at, long end, long offset, long size) {
        long stored = ValueFileFormat.storedSize(segment, at);
        checkSizes(lookup, segment, at, end, offset, size, stored);
        checkRecord(lookup, segment, at, offset, stored);
        checkKey(lookup, segment, at, offset);
        answerStored(lookup, segment, at, offset, size, stored, null);
    }

    /// Answers with the value of a record that was checked.
    private void answerStored(
            Lookup lookup,
            MemorySegment segment,
            long at,
            long offset,
            long size,
            long stored,
            Pinnable home) {
        long from = at + ValueFileFormat.RECORD_HEADER_SIZE + lookup.keySize;
        if (stored == size) {
            lookup.answerApart(segment, from, size, home);
            return;
        }
        if (size > ValueFileFormat.COMPRESSED_SIZE_MAX) {
            throw damaged(offset);
        }
        MemorySegment value = ValueBuffers.atLeast(lookup.assembled, size);
        if (size <= ValueBuffers.KEPT_MAX) {
            lookup.assembled = value;
        }
        decompress(segment, from, stored, value, size, offset);
        lookup.answerApart(value, 0, size, null);
    }

    /// Restores a value. Requires: it is not longer than one that may be compressed.
    void decompress(
            MemorySegment segment,
            long from,
            long stored,
            MemorySegment value,
            long size,
            long offset) {
        codec.decompress(segment, from, (int) stored, value, 0, (int) size, name, offset);
    }

    private void checkSizes(
            Lookup lookup,
            MemorySegment segment,
            long at,
            long end,
            long offset,
            long size,
            long stored) {
        if (ValueFileFormat.keySize(segment, at) != lookup.keySize
                || ValueFileFormat.valueSize(segment, at) != size
                || stored > size
                || ValueFileFormat.recordSize(lookup.keySize, stored) > end - at) {
            long recordSize = ValueFileFormat.boundedRecordSize(segment, at, end);
            throw recordSize >= 0
                            && ValueFileFormat.recordValid(segment, at, recordSize, number, offset)
                    ? notTheRecord(offset)
                    : damaged(offset);
        }
    }

    private void checkRecord(
            Lookup lookup, MemorySegment segment, long at, long offset, long stored) {
        long recordSize = ValueFileFormat.recordSize(lookup.keySize, stored);
        if (!ValueFileFormat.recordValid(segment, at, recordSize, number, offset)) {
            throw damaged(offset);
        }
    }

    private void checkKey(Lookup lookup, MemorySegment segment, long at, long offset) {
        if (!Bytes.equal(
                segment, at + ValueFileFormat.RECORD_HEADER_SIZE, lookup.key, lookup.keySize)) {
            throw notTheRecord(offset);
        }
    }

    CorruptionException damaged(long offset) {
        return new CorruptionException("value file: record is damaged", name, offset);
    }

    private CorruptionException notTheRecord(long offset) {
        return new CorruptionException(
                "value file: record is not that of its pointer", name, offset);
    }

    /// Reads `length` bytes into the beginning of `target`.
    void read(long offset, MemorySegment target, long length) {
        try {
            for (long done = 0; done < length; done += READ_SIZE_MAX) {
                file.read(
                        offset + done,
                        target.asSlice(done, Math.min(READ_SIZE_MAX, length - done)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// All of the file, or null when it is read positionally.
    MemorySegment mapped() {
        return mapped;
    }

    long recordsEnd() {
        return recordsEnd;
    }

    public long number() {
        return number;
    }

    public String name() {
        return name;
    }

    public long fileBytes() {
        return statistics.fileBytes();
    }

    public ValueFileStatistics statistics() {
        return statistics;
    }

    /// What it holds on the heap.
    public long memoryBytes() {
        return checked == null ? 0 : 8L * checked.length;
    }

    @Override
    public void pin() {
        pins.incrementAndGet();
    }

    @Override
    public void unpin() {
        pins.decrementAndGet();
    }

    public boolean pinned() {
        return pins.get() != 0;
    }

    public void close() throws IOException {
        file.close();
    }
}
