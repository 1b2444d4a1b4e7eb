package dev.kvarts.entry;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.cache.Pinnable;

import java.lang.foreign.MemorySegment;

/// A question and its answer: which version of this key is the newest that may be seen, and where
/// does its value lie.
///
/// One per thread, used again and again, so that a lookup allocates nothing. The answer is valid
/// while the asker is inside the epoch in which it was found.
///
/// Thread safety: one thread.
public final class Lookup {
    private static final byte[] NO_KEY = new byte[0];

    // The question.
    public byte[] key = NO_KEY;
    public int keySize;
    public long hash;
    public long visible; // highest sequence number that may be seen

    // The answer.
    public boolean found; // a version was found; it may be a tombstone
    public boolean deleted;
    public boolean pointer; // what lies there is a ValuePointer
    public long sequence;
    public MemorySegment segment; // native; where the value lies if it lies in one piece
    public long valueOffset;
    public long valueSize;
    public Pinnable home; // what keeps the segment alive

    public int reads; // of pages, for this answer
    public long touched; // keeps loads that are made early for their effect on the cache

    // Buffers.
    private byte[] keyScratch = new byte[64];
    public MemorySegment pages; // for positional reads; grown by who reads
    public MemorySegment assembled; // for values that cross pages

    public void ask(byte[] key, int keySize, long seed, long visible) {
        this.key = key;
        this.keySize = keySize;
        this.hash = KeyHash.hash(key, keySize, seed);
        this.visible = visible;
        this.found = false;
        this.deleted = false;
        this.pointer = false;
        this.reads = 0;
    }

    public void answer(
            MemorySegment segment,
            long valueOffset,
            long valueSize,
            long sequence,
            boolean deleted,
            Pinnable home) {
        this.found = true;
        this.segment = segment;
        this.valueOffset = valueOffset;
        this.valueSize = valueSize;
        this.sequence = sequence;
        this.deleted = deleted;
        this.pointer = false;
        this.home = home;
    }

    /// Whether there is a value.
    public boolean present() {
        return found && !deleted;
    }

    public byte[] copyValue() {
        if (valueSize > Limits.VALUE_ARRAY_SIZE_MAX) {
            throw new IllegalStateException(
                    "value does not fit an array, read it with a ValueReader: bytes=" + valueSize);
        }
        return Bytes.copyOut(segment, valueOffset, Math.toIntExact(valueSize));
    }

    /// The key's bytes in an array of this thread, valid until the next call.
    public byte[] scratchOf(MemorySegment key) {
        int size = (int) key.byteSize();
        if (keyScratch.length < size) {
            keyScratch = new byte[size];
        }
        MemorySegment.copy(key, Bytes.BYTE, 0, keyScratch, 0, size);
        return keyScratch;
    }
}
