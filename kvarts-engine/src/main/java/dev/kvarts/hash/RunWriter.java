package dev.kvarts.hash;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.io.Directory;
import dev.kvarts.io.WritableFile;
import dev.kvarts.jobs.Errand;
import dev.kvarts.jobs.Scheduler;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Writes a run. Records come in the order of their hashes.
///
/// Records are kept back until they fill a page; then it is known whether all of them have the same
/// shape, and a page of equal records needs no head for each: that is a byte of tag and three of
/// sequence number for a record of 116.
///
/// Thread safety: one thread; another may do the writing of full buffers.
final class RunWriter implements AutoCloseable {
    private static final int BUFFER_PAGES = 64;
    private static final int WINDOW = RunFormat.PAGE_SIZE;

    // Fixed at construction.
    private final WritableFile file;
    private final long run;
    private final int sequenceWidth;
    private final long sequenceBase;
    private final Scheduler scheduler;
    private final Arena arena; // another thread may write what is full

    // Pages are gathered in one buffer while the other is being written.
    private MemorySegment buffer;
    private MemorySegment other;
    private int bufferedPages;
    private Errand writing; // of the other buffer; null if none

    // Records not yet on a page: a ring is not needed, the window is emptied page by page.
    private final long[] hashes = new long[WINDOW];
    private final long[] sequences = new long[WINDOW];
    private final long[] references = new long[WINDOW];
    private final int[] keySizes = new int[WINDOW];
    private final long[] valueSizes = new long[WINDOW];
    private final byte[] kinds = new byte[WINDOW];
    private final RecordSource[] sources = new RecordSource[WINDOW];
    private int windowStart;
    private int windowEnd;
    private long windowBytes; // at most what the window takes on a page

    // The record that goes on in the next page.
    private RecordSource carrySource;
    private long carryReference;
    private long carryFrom;
    private long carryLeft;

    // Statistics.
    private long[] firstHashes = new long[64];
    private int pages;
    private int pagesWithoutFirst; // pages since the last on which a record began
    private long placed;
    private long records;
    private long tombstoneCount;
    private long recordBytes;
    private long userBytes;
    private long sequenceMin = Long.MAX_VALUE;
    private long sequenceMax;
    private final ExpiryTimes.Builder expiries = new ExpiryTimes.Builder();

    RunWriter(
            Directory directory,
            long database,
            int keyspace,
            long run,
            long sequenceBase,
            long sequenceMax,
            Scheduler scheduler)
            throws IOException {
        this.scheduler = scheduler;
        this.arena = scheduler.newArena();
        this.buffer = newBuffer();
        this.other = newBuffer();
        this.run = run;
        this.sequenceBase = sequenceBase;
        this.sequenceWidth =
                Math.max(1, (64 - Long.numberOfLeadingZeros(sequenceMax - sequenceBase) + 7) / 8);
        this.file = directory.create(RunFormat.fileName(run));
        RunFormat.writeHeader(
                buffer.asSlice(0, RunFormat.PAGE_SIZE),
                database,
                run,
                keyspace,
                sequenceWidth,
                sequenceBase);
        bufferedPages = 1;
    }

    private MemorySegment newBuffer() {
        return arena.allocate((long) BUFFER_PAGES * RunFormat.PAGE_SIZE, 64);
    }

    /// Adds a record.
    ///
    /// @param expiry when it expires, which its value says as well; 0 if it does not
    /// @param valueSize of what the source has behind the key, of a tombstone 0
    void add(
            long hash,
            long sequence,
            byte kind,
            long expiry,
            int keySize,
            long valueSize,
            RecordSource source,
            long reference)
            throws IOException {
        if (windowEnd == WINDOW) {
            compactWindow();
        }
        int i = windowEnd++;
        hashes[i] = hash;
        sequences[i] = sequence;
        kinds[i] = kind;
        keySizes[i] = keySize;
        valueSizes[i] = valueSize;
        sources[i] = source;
        references[i] = reference;
        windowBytes += 1 + sequenceWidth + keySize + valueSize;
        records++;
        tombstoneCount += EntryFormat.isTombstone(kind) ? 1 : 0;
        expiries.add(expiry);
        userBytes += keySize + valueSize;
        sequenceMin = Math.min(sequenceMin, sequence);
        sequenceMax = Math.max(sequenceMax, sequence);
        while (windowBytes + carryLeft >= RunFormat.PAGE_SIZE) {
            writePage();
        }
    }

    private void compactWindow() {
        int count = windowEnd - windowStart;
        System.arraycopy(hashes, windowStart, hashes, 0, count);
        System.arraycopy(sequences, windowStart, sequences, 0, count);
        System.arraycopy(kinds, windowStart, kinds, 0, count);
        System.arraycopy(keySizes, windowStart, keySizes, 0, count);
        System.arraycopy(valueSizes, windowStart, valueSizes, 0, count);
        System.arraycopy(sources, windowStart, sources, 0, count);
        System.arraycopy(references, windowStart, references, 0, count);
        windowStart = 0;
        windowEnd = count;
    }

    private void writePage() throws IOException {
        if (bufferedPages == BUFFER_PAGES) {
            drain();
        }
        long at = (long) bufferedPages * RunFormat.PAGE_SIZE;
        int carry = (int) Math.min(carryLeft, RunFormat.PAGE_SIZE - RunFormat.PAGE_HEADER_SIZE);
        int room = RunFormat.PAGE_SIZE - RunFormat.PAGE_HEADER_SIZE - carry;
        int uniform = uniformCount(room);
        boolean slotted = uniform < 0;
        int count = slotted ? slottedCount(room) : uniform;
        int keySize = slotted || count == 0 ? 0 : keySizes[windowStart];
        int valueSize = slotted || count == 0 ? 0 : (int) valueSizes[windowStart];
        byte kind = slotted || count == 0 ? EntryFormat.PUT : kinds[windowStart];
        RunFormat.writePageHeader(buffer, at, placed, count, carry, keySize, valueSize, kind);
        int position = RunFormat.contentOffset(count, keySize);
        if (carry > 0) {
            carrySource.copy(carryReference, carryFrom, buffer, at + position, carry);
            carryFrom += carry;
            carryLeft -= carry;
            position += carry;
        }
        noteFirstHash(count);
        for (int i = 0; i < count; i++) {
            buffer.set(Bytes.BYTE, at + RunFormat.PAGE_HEADER_SIZE + i, (byte) hashes[windowStart]);
            if (slotted) {
                buffer.set(
                        Bytes.SHORT,
                        at + RunFormat.PAGE_HEADER_SIZE + count + 2L * i,
                        (short) position);
            }
            position = placeRecord(at, position, slotted);
        }
        if (position < RunFormat.PAGE_SIZE) {
            buffer.asSlice(at + position, RunFormat.PAGE_SIZE - position).fill((byte) 0);
        }
        placed += count;
        RunFormat.sealPage(buffer, at, run, pages - 1);
        bufferedPages++;
    }

    /// How many records of one shape begin on the page, or -1 if the shapes differ before it is
    /// full.
    private int uniformCount(int room) {
        if (windowStart == windowEnd) {
            return 0;
        }
        int keySize = keySizes[windowStart];
        long valueSize = valueSizes[windowStart];
        byte kind = kinds[windowStart];
        if (keySize > RunFormat.UNIFORM_SIZE_MAX
                || valueSize > RunFormat.UNIFORM_SIZE_MAX
                || EntryFormat.isTombstone(kind)) {
            return -1;
        }
        int count = 0;
        int size = sequenceWidth + keySize + (int) valueSize;
        for (int i = windowStart; room >= 1 + sequenceWidth && i < windowEnd; i++) {
            if (keySizes[i] != keySize || valueSizes[i] != valueSize || kinds[i] != kind) {
                return -1;
            }
            room -= 1 + size;
            count++;
        }
        return count;
    }

    private int slottedCount(int room) {
        int count = 0;
        for (int i = windowStart; i < windowEnd; i++) {
            int head = slottedHeadSize(i);
            if (room < 3 + head) {
                break;
            }
            room = (int) Math.max(-1, room - 3 - head - keySizes[i] - valueSizes[i]);
            count++;
        }
        return count;
    }

    private int slottedHeadSize(int i) {
        return 1
                + RunFormat.varintSize(keySizes[i])
                + RunFormat.varintSize(valueSizes[i])
                + sequenceWidth;
    }

    private void noteFirstHash(int count) {
        if (pages == firstHashes.length) {
            firstHashes = Arrays.copyOf(firstHashes, 2 * pages);
        }
        pages++;
        pagesWithoutFirst++;
        if (count > 0) {
            Arrays.fill(firstHashes, pages - pagesWithoutFirst, pages, hashes[windowStart]);
            pagesWithoutFirst = 0;
        }
    }

    /// Writes the head and as much of the record as fits. Returns where the next begins.
    private int placeRecord(long at, int position, boolean slotted) {
        int i = windowStart++;
        int head = sequenceWidth;
        if (slotted) {
            head = slottedHeadSize(i);
            buffer.set(Bytes.BYTE, at + position, (byte) RunFormat.flags(kinds[i]));
            long next = RunFormat.putVarint(buffer, at + position + 1, keySizes[i]);
            RunFormat.putVarint(buffer, next, valueSizes[i]);
        }
        putSequence(at + position + head - sequenceWidth, sequences[i] - sequenceBase);
        position += head;
        long payload = keySizes[i] + valueSizes[i];
        recordBytes += head + payload;
        windowBytes -= 1 + sequenceWidth + payload;
        int here = (int) Math.min(payload, RunFormat.PAGE_SIZE - position);
        sources[i].copy(references[i], 0, buffer, at + position, here);
        if (here < payload) {
            carrySource = sources[i];
            carryReference = references[i];
            carryFrom = here;
            carryLeft = payload - here;
        }
        sources[i] = null;
        return position + here;
    }

    private void putSequence(long at, long relative) {
        for (int i = 0; i < sequenceWidth; i++) {
            buffer.set(Bytes.BYTE, at + i, (byte) (relative >>> 8 * i));
        }
    }

    private void drain() throws IOException {
        finishWriting();
        MemorySegment full = buffer;
        long bytes = (long) bufferedPages * RunFormat.PAGE_SIZE;
        writing =
                Errand.offer(
                        scheduler, "hash: write pages", () -> file.append(full.asSlice(0, bytes)));
        buffer = other;
        other = full;
        bufferedPages = 0;
    }

    private void finishWriting() throws IOException {
        Errand begun = writing;
        writing = null;
        if (begun != null) {
            begun.finish();
        }
    }

    long records() {
        return records;
    }

    /// Writes what is left, directory and trailer, and makes the file durable (its name is not
    /// yet).
    Written finish() throws IOException {
        while (windowStart < windowEnd || carryLeft > 0) {
            writePage();
        }
        drain();
        finishWriting();
        // Pages at the end on which no record begins: no hash is so high that it is looked for
        // there.
        Arrays.fill(firstHashes, pages - pagesWithoutFirst, pages, -1L);
        PageDirectory directory = PageDirectory.of(firstHashes, pages);
        var statistics =
                new RunStatistics(
                        pages,
                        records,
                        tombstoneCount,
                        recordBytes,
                        userBytes,
                        records == 0 ? 0 : sequenceMin,
                        sequenceMax,
                        expiries.build());
        long directoryBytes = RunFormat.directoryBytes(pages, directory.width());
        long trailer = directoryBytes + statistics.expiries().size();
        MemorySegment footer = arena.allocate(trailer + RunFormat.TRAILER_SIZE, 8);
        directory.write(footer, 0);
        if (statistics.expiries().size() != 0) {
            statistics.expiries().write(footer, directoryBytes);
        }
        RunFormat.writeTrailer(footer, trailer, statistics, directory.unit(), directory.width());
        footer.set(
                Bytes.INT,
                footer.byteSize() - 8,
                RunFormat.footerChecksum(footer, 0, footer.byteSize(), run));
        file.append(footer);
        file.force();
        return new Written(file.size(), statistics, directory);
    }

    /// What was written.
    record Written(long fileBytes, RunStatistics statistics, PageDirectory directory) {}

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
