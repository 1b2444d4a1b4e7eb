package dev.kvarts.entry;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.KeyHash;
import dev.kvarts.cache.Pinnable;
import dev.kvarts.jobs.WallClock;

import java.lang.foreign.MemorySegment;

/// A question and its answer: which version of this key is the newest that may be seen, and where
/// does its value lie.
///
/// One per thread, used again and again, so that a lookup allocates nothing. The answer is valid
/// while the asker is inside the epoch in which it was found.
///
/// Thread safety: one thread.
public final class Lookup {
    /// A time at which nothing has expired yet.
    public static final long BEFORE_ALL = 1;

    /// Bytes of a line of the processor's caches.
    public static final long LINE = 64;

    private static final byte[] NO_KEY = new byte[0];

    // The question.
    public byte[] key = NO_KEY;
    public int keySize;
    public long hash;
    public long visible; // highest sequence number that may be seen
    public long now; // what has expired by then is not seen; 0: the present

    // The answer.
    public boolean found; // a version was found; it may be a tombstone
    public boolean deleted;
    public boolean pointer; // what lies there is a ValuePointer
    public long sequence;
    public long expiry; // from then on it is not there any more; 0: it does not expire
    public long window; // of a value that is gathered: see EntryFormat; 0: it is not
    public int prefixSize; // bytes of ours that were in front of the value
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
        this.now = 0;
        this.found = false;
        this.deleted = false;
        this.pointer = false;
        this.expiry = 0;
        this.reads = 0;
    }

    /// Has the processor load the lines of an entry behind its first, while it waits for what tells
    /// whether it is the right one.
    ///
    /// @param at where the entry lies
    /// @param lines how many at most
    /// @param end of the entry, or of what costs no more to look at than the entry
    public void touch(MemorySegment segment, long at, int lines, long end) {
        for (int i = 1; i <= lines; i++) { // no branch: that would be one more thing to guess
            touched += segment.get(Bytes.BYTE, Math.min(at + i * LINE, end - 1));
        }
    }

    /// Answers with an entry.
    ///
    /// @param at where its value lies, of so many bytes, prefix included
    public void answer(
            byte kind, MemorySegment segment, long at, long size, long sequence, Pinnable home) {
        answer(segment, at, size, sequence, kind == EntryFormat.DELETE, home);
        if (kind > EntryFormat.DELETE) {
            pointer = EntryFormat.isPointer(kind);
            prefixSize = EntryFormat.prefixSize(kind);
            valueSize -= prefixSize;
            readPrefix(valueOffset);
            valueOffset += prefixSize;
        }
    }

    /// As the other, with an entry whose prefix lies behind the value.
    public void answerPrefixBehind(
            byte kind, MemorySegment segment, long at, long size, long sequence, Pinnable home) {
        answer(segment, at, size, sequence, kind == EntryFormat.DELETE, home);
        if (kind > EntryFormat.DELETE) {
            prefixSize = EntryFormat.prefixSize(kind);
            valueSize -= prefixSize;
            readPrefix(valueOffset + valueSize);
        }
    }

    private void readPrefix(long at) {
        if (prefixSize != 0) {
            expiry = segment.get(Bytes.LONG, at);
        }
        if (prefixSize == EntryFormat.GATHERED_SIZE) {
            window = segment.get(Bytes.LONG, at + EntryFormat.EXPIRY_SIZE);
        }
    }

    /// Answers with a value, or with a tombstone, that does not expire.
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
        this.expiry = 0;
        this.window = 0;
        this.prefixSize = 0;
        this.home = home;
    }

    /// States where the value lies that a pointer led to; the rest of the answer stays.
    public void answerApart(MemorySegment segment, long offset, long size, Pinnable home) {
        this.found = true;
        this.deleted = false;
        this.pointer = false;
        this.segment = segment;
        this.valueOffset = offset;
        this.valueSize = size;
        this.home = home;
    }

    /// Makes a tombstone of an answer that has expired. Requires: [#expiry] is not 0.
    public void expire(WallClock clock) {
        if (now != 0 ? expiry <= now : clock.hasCome(expiry)) {
            deleted = true;
            if (now == 0) {
                clock.rely();
            }
        }
    }

    /// Bytes of the value where it is stored, with what is in front of it.
    public long storedSize() {
        return valueSize + prefixSize;
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
