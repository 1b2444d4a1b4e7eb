package dev.kvarts.vlog;

import java.lang.foreign.MemorySegment;

/// Walks over the records of a value file from its start to its end, damaged ones included.
///
/// Where a record is damaged so that nobody knows where the next begins, the rest of the file is
/// one damaged record. A pointer still finds those in it that are whole.
///
/// Thread safety: one thread.
public final class ValueFileCursor {
    // Fixed at construction.
    private final MemorySegment file;
    private final long number;
    private final long end;

    // The record that it stands on.
    private long offset = ValueFileFormat.HEADER_SIZE;
    private long size;
    private boolean sound;

    /// @param file all of it
    /// @param end where the footer begins
    public ValueFileCursor(MemorySegment file, long number, long end) {
        this.file = file;
        this.number = number;
        this.end = end;
    }

    /// Moves to the next record. Returns whether there is one.
    public boolean next() {
        offset += size;
        if (offset >= end) {
            size = 0;
            return false;
        }
        size = sizeAt(offset);
        sound = size >= 0 && ValueFileFormat.recordValid(file, offset, size, number, offset);
        if (!sound && !followed()) {
            size = end - offset;
        }
        return true;
    }

    private long sizeAt(long at) {
        return at + ValueFileFormat.RECORD_HEADER_SIZE > end
                ? -1
                : ValueFileFormat.boundedRecordSize(file, at, end);
    }

    /// Whether behind the damaged record is what can be behind a record.
    private boolean followed() {
        long behind = offset + size;
        if (size < 0 || behind == end) {
            return size >= 0;
        }
        long next = sizeAt(behind);
        return next >= 0 && ValueFileFormat.recordValid(file, behind, next, number, behind);
    }

    /// Whether the record is as it was written.
    public boolean sound() {
        return sound;
    }

    public long offset() {
        return offset;
    }

    /// Bytes of head, key and stored value; of all that is left where it is not known.
    public long recordSize() {
        return size;
    }

    // Of a sound record.

    public int keySize() {
        return ValueFileFormat.keySize(file, offset);
    }

    /// Where the key begins in the file; its stored value is behind it.
    public long keyOffset() {
        return offset + ValueFileFormat.RECORD_HEADER_SIZE;
    }

    public long valueSize() {
        return ValueFileFormat.valueSize(file, offset);
    }

    public long storedSize() {
        return ValueFileFormat.storedSize(file, offset);
    }
}
