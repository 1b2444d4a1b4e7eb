package dev.kvarts.table;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Pinnable;
import dev.kvarts.entry.Lookup;

import java.lang.foreign.MemorySegment;

/// Looks a key up in the image of a block: eight tags at a time, then the head, then the entry.
final class BlockSearch {
    // What a search may come to.
    static final int ABSENT = 0;
    static final int FOUND = 1;
    static final int GOES_ON = 2; // the last entry is a version that may not be seen

    private static final int TOUCH_LINES = 2; // of an entry with 100 bytes of value
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private BlockSearch() {}

    /// Searches a block's image, and answers the lookup if it finds a version that may be seen.
    ///
    /// @param globalSequence sequence number of all entries; 0: they have their own
    /// @param home what has to be pinned for the answer to last
    static int search(
            Lookup lookup, MemorySegment segment, long at, long globalSequence, Pinnable home) {
        long shape = BlockFormat.shape(segment, at);
        int count = BlockFormat.count(shape);
        int prefixSize = BlockFormat.prefixSize(shape);
        int keySize = lookup.keySize;
        int uniformKeySize = BlockFormat.keySize(shape);
        if (keySize < prefixSize || uniformKeySize != 0 && uniformKeySize != keySize) {
            return ABSENT;
        }
        long pattern = (lookup.hash & 0xFF) * LOW_BITS;
        long head = BlockFormat.head(lookup.key, prefixSize, keySize);
        long heads = at + BlockFormat.headsOffset(count);
        int outcome = ABSENT;
        for (int i = 0; i < count; i += 8) {
            long difference = segment.get(Bytes.LONG, at + BlockFormat.HEADER_SIZE + i) ^ pattern;
            long matches = difference - LOW_BITS & ~difference & HIGH_BITS;
            for (; matches != 0; matches &= matches - 1) {
                int entry = i + (Long.numberOfTrailingZeros(matches) >>> 3);
                if (entry < count && segment.get(Bytes.LONG, heads + 8L * entry) == head) {
                    outcome = matches(lookup, segment, at, shape, entry, globalSequence, home);
                    if (outcome == FOUND) {
                        return FOUND;
                    }
                }
            }
        }
        return outcome;
    }

    /// Looks at one entry. Versions that are too new are passed by; if the last entry is one, the
    /// next block may go on with the key.
    private static int matches(
            Lookup lookup,
            MemorySegment segment,
            long at,
            long shape,
            int entry,
            long globalSequence,
            Pinnable home) {
        int count = BlockFormat.count(shape);
        int prefixSize = BlockFormat.prefixSize(shape);
        int keySize = BlockFormat.keySize(shape);
        int valueSize = BlockFormat.valueSize(shape);
        long sequences = BlockFormat.sequences(segment, at);
        int width = BlockFormat.sequenceWidth(sequences);
        byte kind = BlockFormat.kind(sequences);
        long prefix = at + BlockFormat.prefixOffset(count, keySize);
        long next;
        if (keySize != 0) {
            int each = width + BlockFormat.restSize(keySize, prefixSize) + valueSize;
            next = prefix + prefixSize + (long) entry * each;
        } else {
            next =
                    at
                            + Bytes.getUnsignedShort(
                                    segment, at + BlockFormat.slotsOffset(count) + 2L * entry);
            long start = segment.get(Bytes.LONG, next);
            kind = (byte) (start & 0x7F);
            if ((start & BlockFormat.WIDE) != 0) {
                keySize = 1 + ((int) (start >>> 8) & 0xFFFF);
                valueSize = (int) (start >>> 24) & 0xFFFF;
                next += BlockFormat.WIDE_ENTRY_HEAD;
            } else {
                keySize = 1 + ((int) (start >>> 8) & 0xFF);
                valueSize = (int) (start >>> 16) & 0xFF;
                next += BlockFormat.NARROW_ENTRY_HEAD;
            }
            if (keySize != lookup.keySize) {
                return ABSENT;
            }
        }
        int rest = BlockFormat.restSize(keySize, prefixSize);
        lookup.touch(segment, next, TOUCH_LINES, next + width + rest + valueSize);
        boolean same =
                (rest == 0
                                || BlockFormat.endsWith(
                                        lookup.key, keySize, segment, next + width, rest))
                        && BlockFormat.beginsWith(lookup.key, keySize, segment, prefix, prefixSize);
        if (!same) {
            return ABSENT;
        }
        long sequence = globalSequence;
        if (sequence == 0) {
            sequence =
                    BlockFormat.sequenceBase(sequences)
                            + (segment.get(Bytes.LONG, next) & BlockFormat.sequenceMask(width));
        }
        if (sequence > lookup.visible) {
            return entry == count - 1 ? GOES_ON : ABSENT;
        }
        lookup.answer(kind, segment, next + width + rest, valueSize, sequence, home);
        return FOUND;
    }
}
