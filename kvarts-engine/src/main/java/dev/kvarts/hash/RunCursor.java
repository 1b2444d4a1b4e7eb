package dev.kvarts.hash;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.entry.EntryFormat;

import java.lang.foreign.MemorySegment;

/// Walks over the records of a run in the order of their hashes, dead ones and tombstones too.
///
/// Thread safety: one thread.
final class RunCursor implements RunRecords.Walk {
    private static final int PAGE = RunFormat.PAGE_SIZE;

    private final Run run;
    private final MemorySegment segment;
    private final long firstHash;
    private final long lastHash;
    private final long seed;

    // Where it stands.
    private long page;
    private long at; // of the page
    private int index;
    private int count;
    private int uniformKeySize;
    private int uniformValueSize;
    private int position; // of the next record of a uniform page

    // The record.
    long hash;
    long ordinal;
    long sequence;
    byte kind;
    boolean tombstone;
    long expiry; // 0 if it does not expire
    int keySize;
    long valueSize;
    long recordBytes; // head, key and value
    byte[] key = new byte[64];
    private long payloadStart;
    private final byte[] crossing = new byte[Long.BYTES];

    RunCursor(Run run, MemorySegment segment, long firstHash, long lastHash, long seed) {
        this.run = run;
        this.segment = segment;
        this.firstHash = firstHash;
        this.lastHash = lastHash;
        this.seed = seed;
        long from = run.directory.position(firstHash);
        long start = Math.max(0, run.directory.find(from));
        while (start > 0 && run.directory.positionOf(start) == from) {
            start--;
        }
        this.page = start - 1;
    }

    @Override
    public boolean next() {
        while (true) {
            if (index == count && !nextPage()) {
                return false;
            }
            readRecord();
            if (Long.compareUnsigned(hash, lastHash) > 0) {
                page = run.pages();
                index = count;
                return false;
            }
            if (Long.compareUnsigned(hash, firstHash) >= 0) {
                return true;
            }
        }
    }

    private boolean nextPage() {
        do {
            page++;
            if (page >= run.pages()) {
                page = run.pages();
                index = count; // it stays at the end, also after pages on which no record begins
                return false;
            }
            run.checkPage(segment, page);
            at = RunFormat.pageOffset(page);
            count = RunFormat.count(segment, at);
        } while (count == 0);
        index = 0;
        uniformKeySize = RunFormat.keySize(segment, at);
        uniformValueSize = RunFormat.valueSize(segment, at);
        position = RunFormat.contentOffset(count, uniformKeySize) + RunFormat.carry(segment, at);
        ordinal = RunFormat.firstOrdinal(segment, at) - 1;
        return true;
    }

    private void readRecord() {
        long next;
        if (uniformKeySize != 0) {
            next = at + position;
            position += run.sequenceWidth() + uniformKeySize + uniformValueSize;
            keySize = uniformKeySize;
            valueSize = uniformValueSize;
            kind = RunFormat.kind(segment, at);
            recordBytes = run.sequenceWidth() + keySize + valueSize;
        } else {
            long start =
                    at
                            + RunFormat.recordOffset(
                                    segment, at, index, count, 0, 0, run.sequenceWidth());
            next = start;
            kind = RunFormat.kind(segment.get(Bytes.BYTE, next++));
            long size = 0;
            byte part;
            int shift = 0;
            do {
                part = segment.get(Bytes.BYTE, next++);
                size |= (part & 0x7FL) << shift;
                shift += 7;
            } while (part < 0);
            keySize = (int) size;
            size = 0;
            shift = 0;
            do {
                part = segment.get(Bytes.BYTE, next++);
                size |= (part & 0x7FL) << shift;
                shift += 7;
            } while (part < 0);
            valueSize = size;
            recordBytes = next - start + run.sequenceWidth() + keySize + valueSize;
        }
        tombstone = EntryFormat.isTombstone(kind);
        sequence = run.sequenceAt(segment, next);
        payloadStart = next + run.sequenceWidth() - at;
        if (key.length < keySize) {
            key = new byte[keySize];
        }
        if (payloadStart + keySize <= PAGE) {
            MemorySegment.copy(segment, Bytes.BYTE, at + payloadStart, key, 0, keySize);
        } else {
            run.copy(reference(), 0, MemorySegment.ofArray(key), 0, keySize);
        }
        expiry = EntryFormat.hasExpiry(kind) ? readExpiry() : 0;
        hash = KeyHash.hash(key, keySize, seed);
        ordinal++;
        index++;
    }

    private long readExpiry() {
        if (valueSize < EntryFormat.valueSizeMin(kind)) {
            throw run.damaged(page);
        }
        long value = payloadStart + keySize;
        if (value + Long.BYTES <= PAGE) {
            return segment.get(Bytes.LONG, at + value);
        }
        run.copy(reference(), keySize, MemorySegment.ofArray(crossing), 0, Long.BYTES);
        return Bytes.getLong(crossing, 0);
    }

    @Override
    public long hash() {
        return hash;
    }

    @Override
    public long ordinal() {
        return ordinal;
    }

    @Override
    public long sequence() {
        return sequence;
    }

    @Override
    public boolean tombstone() {
        return tombstone;
    }

    @Override
    public int keySize() {
        return keySize;
    }

    @Override
    public long valueSize() {
        return valueSize;
    }

    @Override
    public byte[] key() {
        return key;
    }

    /// For [Run#copy].
    long reference() {
        return page << 13 | payloadStart;
    }

    long pageOffset() {
        return at;
    }

    /// The value, without what is in front of it.
    byte[] copyValue() {
        int prefix = EntryFormat.prefixSize(kind);
        byte[] value = new byte[Math.toIntExact(valueSize - prefix)];
        run.copy(
                reference(),
                (long) keySize + prefix,
                MemorySegment.ofArray(value),
                0,
                value.length);
        return value;
    }
}
