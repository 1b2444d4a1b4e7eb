package dev.kvarts.table;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.FuseFilter;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.entry.ValuePointer;
import dev.kvarts.io.Directory;
import dev.kvarts.io.WritableFile;
import dev.kvarts.jobs.Errand;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.table.TableFormat.Sections;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Writes a table. Entries come in the order of their keys, versions of one key newest first.
///
/// Blocks are gathered in one buffer while the other is being written. What is kept until the end
/// is the index, eight bytes of hash for each key, and nothing else.
///
/// Thread safety: one thread; another may do the writing of full buffers.
public final class TableWriter implements AutoCloseable {
    private static final int BUFFER_SIZE = 256 << 10;
    private static final int SLACK = 8; // copies are made by eight bytes

    // Fixed at construction.
    private final WritableFile file;
    private final long number;
    private final TableOptions options;
    private final Scheduler scheduler;
    private final Arena arena; // another thread may write what is full

    // Blocks are gathered in one buffer while the other is being written.
    private MemorySegment buffer;
    private MemorySegment other;
    private int bufferEnd;
    private long bufferOffset; // in the file
    private Errand writing; // of the other buffer; null if none

    // Entries.
    private final BlockBuilder block;
    private MemorySegment scratch; // a block before it is compressed; null until it is needed
    private byte[] previousKey = new byte[64];
    private int previousSize; // 0: there was none
    private long previousSequence;
    private long hash; // of the previous key

    // The index.
    private long[] offsets = new long[64];
    private long[] separatorEnds = new long[64];
    private byte[] separators = new byte[256];
    private int separatorsEnd;
    private int blocks;
    private final HashList hashes = new HashList();

    // Statistics.
    private final ReferenceCounts references = new ReferenceCounts();
    private final ExpiryTimes.Builder expiries = new ExpiryTimes.Builder();
    private RangeTombstones ranges = RangeTombstones.NONE;
    private byte[] firstKey = new byte[0];
    private long entries;
    private long keys;
    private long tombstones;
    private long keyBytes;
    private long valueBytes;
    private long rawBytes;
    private long compressedBlocks;
    private long sequenceMin = Long.MAX_VALUE;
    private long sequenceMax;

    public TableWriter(
            Directory directory,
            long database,
            int keyspace,
            long number,
            TableOptions options,
            Scheduler scheduler)
            throws IOException {
        this.number = number;
        this.options = options;
        this.scheduler = scheduler;
        this.arena = scheduler.newArena();
        this.buffer = arena.allocate(BUFFER_SIZE, 64);
        this.other = arena.allocate(BUFFER_SIZE, 64);
        this.block = new BlockBuilder(arena);
        this.file = directory.create(TableFormat.fileName(number));
        TableFormat.writeHeader(
                buffer, database, number, keyspace, options.blockBytes(), options.codec().id());
        bufferEnd = TableFormat.PAGE_SIZE;
    }

    /// Adds an entry: a value of at most [BlockFormat#VALUE_SIZE_MAX] bytes, a tombstone without
    /// one, or a [ValuePointer]; with what its kind has in front of it.
    ///
    /// @param kind one that [EntryFormat#isStored]
    /// @param value where the value lies; may be null if it is empty
    /// @throws IllegalArgumentException if a size is out of range, or the entry does not belong
    ///   behind the one before
    public void add(
            byte[] key,
            int keySize,
            long sequence,
            byte kind,
            MemorySegment value,
            long valueOffset,
            long valueSize)
            throws IOException {
        if (keySize < Limits.KEY_SIZE_MIN
                || keySize > Limits.KEY_SIZE_MAX
                || valueSize > BlockFormat.VALUE_SIZE_MAX) {
            throw new IllegalArgumentException(
                    "table: size out of range, key bytes=" + keySize + " value bytes=" + valueSize);
        }
        int size = (int) valueSize;
        int common = Arrays.mismatch(previousKey, 0, previousSize, key, 0, keySize);
        boolean same = common < 0;
        if (same) {
            common = keySize;
            requireOrder(sequence < previousSequence);
        } else {
            requireOrder(
                    common == previousSize
                            || common < keySize
                                    && (previousKey[common] & 0xFF) < (key[common] & 0xFF));
            hash = KeyHash.hash(key, keySize, options.hashSeed());
            if (options.filterBits() != 0) {
                hashes.add(hash);
            }
            keys++;
        }
        if (!block.isEmpty()
                && block.sizeWith(keySize, size, kind, sequence, common) > options.blockBytes()) {
            writeBlock();
        }
        if (block.isEmpty()) {
            beginBlock(key, keySize, common, same);
        }
        block.add(key, keySize, common, (byte) hash, sequence, kind, value, valueOffset, size);
        if (!same) {
            if (previousKey.length < keySize) {
                previousKey = new byte[Math.max(keySize, 2 * previousKey.length)];
            }
            System.arraycopy(key, 0, previousKey, 0, keySize);
            previousSize = keySize;
        }
        previousSequence = sequence;
        count(keySize, sequence, kind, value, valueOffset, size);
    }

    private static void requireOrder(boolean ordered) {
        if (!ordered) {
            throw new IllegalArgumentException("table: entries are not in order");
        }
    }

    private void count(
            int keySize,
            long sequence,
            byte kind,
            MemorySegment value,
            long valueOffset,
            int valueSize) {
        entries++;
        keyBytes += keySize;
        sequenceMin = Math.min(sequenceMin, sequence);
        sequenceMax = Math.max(sequenceMax, sequence);
        if (EntryFormat.hasExpiry(kind)) {
            expiries.add(EntryFormat.expiry(kind, value, valueOffset));
        }
        if (EntryFormat.isTombstone(kind)) {
            tombstones++;
        } else if (EntryFormat.isPointer(kind)) {
            long pointer = valueOffset + EntryFormat.prefixSize(kind);
            references.add(ValuePointer.file(value, pointer), ValuePointer.size(value, pointer));
        } else if (EntryFormat.isPut(kind)) {
            valueBytes += valueSize;
        } else {
            throw new IllegalArgumentException("table: not a kind of entry: " + kind);
        }
    }

    /// Notes the separator of the block that begins with this key.
    private void beginBlock(byte[] key, int keySize, int common, boolean same) {
        if (entries == 0) {
            firstKey = Arrays.copyOf(key, keySize);
        }
        if (blocks == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * blocks);
            separatorEnds = Arrays.copyOf(separatorEnds, 2 * blocks);
        }
        int size = blocks == 0 ? 0 : common + 1;
        if (separatorsEnd + size > separators.length) {
            separators =
                    Arrays.copyOf(separators, Math.max(separatorsEnd + size, 2 * separatorsEnd));
        }
        if (size > 0) {
            System.arraycopy(key, 0, separators, separatorsEnd, common);
            separators[separatorsEnd + common] = same ? 0 : key[common];
            separatorsEnd += size;
        }
        separatorEnds[blocks] = separatorsEnd;
    }

    private void writeBlock() throws IOException {
        int image = block.size();
        long imageAt = BlockFormat.STORED_HEADER_SIZE;
        long payload = image;
        if (options.codec() != BlockCodec.NONE) {
            payload = Math.max(payload, Integer.BYTES + (long) compressedSizeMax(image));
        }
        if (bufferEnd + imageAt + payload + TableFormat.PAGE_SIZE > BUFFER_SIZE) {
            drain();
        }
        imageAt += bufferEnd;
        long offset = bufferOffset + bufferEnd;
        int compressed = 0;
        if (options.codec() == BlockCodec.NONE) {
            block.writeTo(buffer, imageAt);
        } else {
            compressed = compress(image, imageAt);
        }
        long end = imageAt + (compressed == 0 ? image : Integer.BYTES + compressed);
        if (compressed == 0) {
            int padding = (int) -(bufferOffset + end) & TableFormat.PAGE_SIZE - 1;
            if (padding <= options.blockBytes() >> 3) {
                buffer.asSlice(end, padding).fill((byte) 0);
                end += padding;
            }
        }
        int codec = compressed == 0 ? 0 : options.codec().id();
        BlockFormat.seal(buffer, bufferEnd, end - bufferEnd, codec, image, number, offset);
        bufferEnd = (int) end;
        if (bufferOffset + end > TableFormat.BLOCKS_END_MAX) {
            throw new IllegalStateException(
                    "table: blocks are too large, end=" + (bufferOffset + end));
        }
        offsets[blocks++] = offset;
        compressedBlocks += compressed == 0 ? 0 : 1;
        rawBytes += image;
    }

    /// What compressing so many bytes may take; 0 if that is more than the buffer has room for.
    private int compressedSizeMax(int image) {
        int most = options.codec().compressedSizeMax(image);
        return most > BUFFER_SIZE - 2 * TableFormat.PAGE_SIZE ? 0 : most;
    }

    /// Writes the block's image, compressed behind its compressed size if it shrinks by an eighth.
    /// Returns that size, or 0 if it does not.
    private int compress(int image, long at) {
        if (scratch == null || scratch.byteSize() < image + SLACK) {
            scratch = arena.allocate(Math.max(image + SLACK, 2L * options.blockBytes()), 8);
        }
        block.writeTo(scratch, 0);
        int size = 0;
        if (compressedSizeMax(image) != 0) {
            size = options.codec().compress(scratch, 0, image, buffer, at + Integer.BYTES);
        }
        if (size == 0 || size + Integer.BYTES > image - (image >> 3)) {
            MemorySegment.copy(scratch, 0, buffer, at, image);
            return 0;
        }
        buffer.set(Bytes.INT, at, size);
        return size;
    }

    private void drain() throws IOException {
        finishWriting();
        MemorySegment full = buffer;
        long bytes = bufferEnd;
        writing =
                Errand.offer(
                        scheduler,
                        "table: write blocks",
                        () -> file.append(full.asSlice(0, bytes)));
        buffer = other;
        other = full;
        bufferOffset += bytes;
        bufferEnd = 0;
    }

    private void finishWriting() throws IOException {
        Errand begun = writing;
        writing = null;
        if (begun != null) {
            begun.finish();
        }
    }

    /// Gives the table its range tombstones. Requires: at most once.
    public void rangeTombstones(RangeTombstones ranges) {
        this.ranges = ranges;
    }

    /// Bytes that the blocks take so far.
    public long sizeBytes() {
        return bufferOffset + bufferEnd + (block.isEmpty() ? 0 : block.size());
    }

    public long entries() {
        return entries;
    }

    /// Whether nothing was added, neither entries nor ranges.
    public boolean isEmpty() {
        return entries == 0 && ranges.isEmpty();
    }

    /// Writes what is left, and makes the file durable (its name is not yet).
    public Written finish() throws IOException {
        if (!block.isEmpty()) {
            writeBlock();
        }
        drain();
        finishWriting();
        TableStatistics statistics = statistics();
        int indexSize = blocks * TableFormat.INDEX_ENTRY_SIZE;
        MemorySegment filter = filter();
        file.append(filter);
        long end = bufferOffset;
        long index = end + filter.byteSize();
        long separatorsAt = index + indexSize;
        long rangesAt = separatorsAt + separatorsEnd;
        long valueFiles = rangesAt + TableSections.size(ranges);
        long expiry =
                valueFiles + (long) statistics.references().size() * TableFormat.VALUE_FILE_SIZE;
        long first = expiry + statistics.expiries().size();
        long last = first + firstKey.length;
        long trailer = last + previousSize;
        var sections =
                new Sections(
                        blocks,
                        end,
                        index,
                        separatorsAt,
                        rangesAt,
                        valueFiles,
                        expiry,
                        first,
                        last,
                        trailer);
        MemorySegment meta = arena.allocate(trailer + TableFormat.TRAILER_SIZE - index, 8);
        for (int i = 0; i < blocks; i++) {
            meta.set(Bytes.LONG, (long) i * TableFormat.INDEX_ENTRY_SIZE, offsets[i]);
            meta.set(Bytes.LONG, (long) i * TableFormat.INDEX_ENTRY_SIZE + 8, separatorEnds[i]);
        }
        MemorySegment.copy(separators, 0, meta, Bytes.BYTE, indexSize, separatorsEnd);
        TableSections.write(ranges, meta, rangesAt - index);
        TableSections.write(statistics.references(), meta, valueFiles - index);
        if (first != expiry) {
            statistics.expiries().write(meta, expiry - index);
        }
        MemorySegment.copy(firstKey, 0, meta, Bytes.BYTE, first - index, firstKey.length);
        MemorySegment.copy(previousKey, 0, meta, Bytes.BYTE, last - index, previousSize);
        TableFormat.writeTrailer(
                meta,
                trailer - index,
                sections,
                statistics,
                filter.byteSize() == 0 ? 0 : options.filterBits(),
                TableFormat.filterChecksum(filter, 0, filter.byteSize(), number),
                TableFormat.indexChecksum(meta, 0, trailer - index, number),
                number);
        file.append(meta);
        file.force();
        return new Written(file.size(), statistics);
    }

    private MemorySegment filter() {
        if (hashes.size() == 0) {
            return MemorySegment.NULL;
        }
        return FuseFilter.build(hashes.toArray(), hashes.size(), options.filterBits(), arena);
    }

    private TableStatistics statistics() {
        long ranged = 0;
        long least = sequenceMin;
        long most = sequenceMax;
        for (RangeTombstones.Fragment fragment : ranges.fragments()) {
            for (long sequence : fragment.sequences()) {
                ranged++;
                least = Math.min(least, sequence);
                most = Math.max(most, sequence);
            }
        }
        return new TableStatistics(
                blocks,
                entries,
                keys,
                tombstones,
                ranged,
                keyBytes,
                valueBytes,
                rawBytes,
                compressedBlocks,
                isEmpty() ? 0 : least,
                most,
                expiries.build(),
                references.list());
    }

    /// What was written.
    public record Written(long fileBytes, TableStatistics statistics) {}

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
