package dev.kvarts.vlog;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.io.Directory;
import dev.kvarts.io.WritableFile;
import dev.kvarts.jobs.Errand;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.table.BlockCodec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Writes a value file. Records come in any order; in the order of their keys a scan reads them
/// from start to end.
///
/// Small records are gathered in one buffer while another thread writes the other one. A large
/// value is written from where it lies: copying it would cost more than waiting.
///
/// A value is stored compressed if that saves an eighth of it: what saves less costs every reader a
/// copy for nothing. Values that do not fit a buffer of [ValueFileFormat#COMPRESSED_SIZE_MAX] are
/// stored as they are.
///
/// Thread safety: one thread; another may do the writing of full buffers.
public final class ValueFileWriter implements AutoCloseable {
    private static final int BUFFER_SIZE = 512 << 10;
    private static final int GATHERED_SIZE_MAX = BUFFER_SIZE / 2;

    // Fixed at construction.
    private final WritableFile file;
    private final long number;
    private final BlockCodec codec;
    private final Scheduler scheduler;
    private final Arena arena; // another thread may write what is full

    // Records are gathered in one buffer while the other is being written.
    private MemorySegment buffer;
    private MemorySegment other;
    private int buffered;
    private long bufferOffset; // in the file, of what is gathered
    private Errand writing; // of the other buffer; null if none

    private MemorySegment plain; // a heap value on its way to the codec
    private MemorySegment compressed;
    private final ValueFileCount count = new ValueFileCount();

    public ValueFileWriter(
            Directory directory,
            long database,
            int keyspace,
            long number,
            BlockCodec codec,
            Scheduler scheduler)
            throws IOException {
        this.number = number;
        this.codec = codec;
        this.scheduler = scheduler;
        this.arena = scheduler.newArena();
        this.buffer = arena.allocate(BUFFER_SIZE, 64);
        this.other = arena.allocate(BUFFER_SIZE, 64);
        this.file = directory.create(ValueFileFormat.fileName(number));
        ValueFileFormat.writeHeader(buffer, database, number, keyspace, codec.id());
        buffered = ValueFileFormat.HEADER_SIZE;
    }

    /// Adds a record and returns its offset, for the pointer.
    ///
    /// @param key its first `keySize` bytes are the key
    /// @param value native or heap; `valueSize` bytes from `valueOffset` on are the value
    public long add(byte[] key, int keySize, MemorySegment value, long valueOffset, long valueSize)
            throws IOException {
        if (keySize < Limits.KEY_SIZE_MIN || keySize > Limits.KEY_SIZE_MAX) {
            throw new IllegalArgumentException("key size out of range: bytes=" + keySize);
        }
        if (valueSize < 0 || valueSize > Limits.VALUE_SIZE_MAX) {
            throw new IllegalArgumentException("value size out of range: bytes=" + valueSize);
        }
        long stored = compress(value, valueOffset, valueSize);
        return stored < valueSize
                ? add(key, keySize, valueSize, compressed, 0, stored)
                : add(key, keySize, valueSize, value, valueOffset, valueSize);
    }

    /// Leaves the value in [#compressed] and returns how many bytes it has there, if that is worth
    /// it; otherwise returns the value's own size.
    private long compress(MemorySegment value, long valueOffset, long valueSize) {
        if (codec.id() == BlockCodec.NONE.id()
                || valueSize == 0
                || valueSize > ValueFileFormat.COMPRESSED_SIZE_MAX) {
            return valueSize;
        }
        int size = (int) valueSize;
        MemorySegment source = value;
        long from = valueOffset;
        if (!value.isNative()) {
            plain = ValueBuffers.atLeast(plain, size);
            MemorySegment.copy(value, valueOffset, plain, 0, size);
            source = plain;
            from = 0;
        }
        compressed = ValueBuffers.atLeast(compressed, codec.compressedSizeMax(size));
        int stored = codec.compress(source, from, size, compressed, 0);
        return stored <= size - (size + 7) / 8 ? stored : size;
    }

    private long add(
            byte[] key,
            int keySize,
            long valueSize,
            MemorySegment stored,
            long storedOffset,
            long storedSize)
            throws IOException {
        long recordSize = ValueFileFormat.recordSize(keySize, storedSize);
        boolean gathered = recordSize <= GATHERED_SIZE_MAX;
        if (buffered + (gathered ? recordSize : recordSize - storedSize) > BUFFER_SIZE) {
            drain();
        }
        long offset = bufferOffset + buffered;
        ValueFileFormat.writeRecordHead(buffer, buffered, key, keySize, valueSize, storedSize);
        if (gathered) {
            gather(offset, (int) recordSize, stored, storedOffset, (int) storedSize);
        } else {
            writeThrough(offset, keySize, stored, storedOffset, storedSize);
        }
        count.add(keySize, valueSize, storedSize);
        return offset;
    }

    private void gather(
            long offset, int recordSize, MemorySegment stored, long storedOffset, int storedSize) {
        MemorySegment.copy(
                stored,
                storedOffset,
                buffer,
                buffered + (long) recordSize - storedSize,
                storedSize);
        int crc = Checksum.crc32c(buffer, buffered + 4L, recordSize - 4L);
        ValueFileFormat.sealRecord(buffer, buffered, crc, number, offset);
        buffered += recordSize;
    }

    private void writeThrough(
            long offset, int keySize, MemorySegment stored, long storedOffset, long storedSize)
            throws IOException {
        int crc =
                ValueFileFormat.recordChecksum(
                        buffer, buffered, keySize, stored, storedOffset, storedSize);
        ValueFileFormat.sealRecord(buffer, buffered, crc, number, offset);
        buffered += ValueFileFormat.RECORD_HEADER_SIZE + keySize;
        drain();
        finishWriting();
        file.append(stored.asSlice(storedOffset, storedSize));
        bufferOffset += storedSize;
    }

    private void drain() throws IOException {
        finishWriting();
        MemorySegment full = buffer.asSlice(0, buffered);
        writing = Errand.offer(scheduler, "vlog: write values", () -> file.append(full));
        MemorySegment empty = other;
        other = buffer;
        buffer = empty;
        bufferOffset += buffered;
        buffered = 0;
    }

    private void finishWriting() throws IOException {
        Errand begun = writing;
        writing = null;
        if (begun != null) {
            begun.finish();
        }
    }

    /// Bytes of the file if it were finished now.
    public long sizeBytes() {
        return bufferOffset + buffered + ValueFileFormat.FOOTER_SIZE;
    }

    public long records() {
        return count.records();
    }

    /// Writes what is left and the footer, and makes the file durable (its name is not yet).
    public Written finish() throws IOException {
        if (buffered + ValueFileFormat.FOOTER_SIZE > BUFFER_SIZE) {
            drain();
        }
        ValueFileStatistics statistics = count.statistics();
        ValueFileFormat.writeFooter(buffer, buffered, statistics, number, bufferOffset + buffered);
        buffered += ValueFileFormat.FOOTER_SIZE;
        drain();
        finishWriting();
        file.force();
        return new Written(file.size(), statistics.records(), statistics.valueBytes());
    }

    /// What was written.
    ///
    /// @param fileBytes size of the file
    /// @param valueBytes of all values, before compression, as their pointers state them
    public record Written(long fileBytes, long records, long valueBytes) {}

    /// Closes the file; one that was not finished is of no use.
    @Override
    public void close() throws IOException {
        try {
            finishWriting(); // after a failure: the memory must not go while it is read
        } finally {
            arena.close();
            file.close();
        }
    }
}
