package dev.kvarts.table;

import dev.kvarts.bytes.Bytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The entries of the block that is being made. They are kept back until the block is full: only
/// then is it known what all keys begin with, and whether all entries have the same shape.
///
/// Thread safety: one thread.
final class BlockBuilder {
    private static final int SLACK = 8; // copies are made by eight bytes

    // Fixed at construction.
    private final Arena arena;

    // One element for each entry.
    private byte[] tags = new byte[64];
    private byte[] kinds = new byte[64];
    private int[] keySizes = new int[64];
    private int[] valueSizes = new int[64];
    private long[] sequences = new long[64];

    // Keys and values, one after the other.
    private byte[] keys = new byte[4096];
    private int keysEnd;
    private MemorySegment values;
    private long valuesEnd;

    // What is known of all of them.
    private int count;
    private int prefixSize;
    private boolean uniform;
    private long sequenceMin;
    private long sequenceMax;
    private int headBytes; // kinds and sizes
    private int restBytes; // of keys, if the prefix stays as it is

    BlockBuilder(Arena arena) {
        this.arena = arena;
        this.values = arena.allocate(4096 + SLACK, 8);
    }

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    /// Bytes of the image with one more entry.
    ///
    /// @param common bytes that its key has in common with the last key of the block
    int sizeWith(int keySize, int valueSize, byte kind, long sequence, int common) {
        boolean alike = uniform && alike(keySize, valueSize, kind);
        int prefix = Math.min(prefixSize, common);
        int width = width(Math.min(sequenceMin, sequence), Math.max(sequenceMax, sequence));
        return size(
                count + 1,
                prefix,
                alike,
                width,
                headBytes + BlockFormat.entryHeadSize(keySize, valueSize),
                restBytesWith(prefix) + BlockFormat.restSize(keySize, prefix),
                (int) valuesEnd + valueSize);
    }

    /// Bytes of the image.
    int size() {
        int prefix = storedPrefix();
        return size(
                count,
                prefix,
                uniform,
                width(sequenceMin, sequenceMax),
                headBytes,
                restBytesWith(prefix),
                (int) valuesEnd);
    }

    private static int size(
            int count, int prefix, boolean uniform, int width, int heads, int rests, int values) {
        return BlockFormat.prefixOffset(count, uniform ? 1 : 0)
                + prefix
                + (uniform ? 0 : heads)
                + count * width
                + rests
                + values;
    }

    private boolean alike(int keySize, int valueSize, byte kind) {
        return keySize == keySizes[0] && valueSize == valueSizes[0] && kind == kinds[0];
    }

    private static int width(long least, long most) {
        return (64 - Long.numberOfLeadingZeros(most - least) + 7) / 8;
    }

    /// Bytes of the keys behind a prefix and the heads.
    private int restBytesWith(int prefix) {
        if (prefix == prefixSize) {
            return restBytes;
        }
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += BlockFormat.restSize(keySizes[i], prefix);
        }
        return sum;
    }

    /// Of one entry the whole key would be the prefix, which may be too long for it.
    private int storedPrefix() {
        return count == 1 ? 0 : prefixSize;
    }

    void add(
            byte[] key,
            int keySize,
            int common,
            byte tag,
            long sequence,
            byte kind,
            MemorySegment value,
            long valueOffset,
            int valueSize) {
        if (count == tags.length) {
            grow();
        }
        if (count == 0) {
            prefixSize = Math.min(keySize, BlockFormat.PREFIX_SIZE_MAX);
            uniform = keySize <= BlockFormat.UNIFORM_KEY_SIZE_MAX;
            sequenceMin = sequence;
            sequenceMax = sequence;
            restBytes = 0;
            headBytes = 0;
        } else {
            int prefix = Math.min(prefixSize, common);
            restBytes = restBytesWith(prefix);
            prefixSize = prefix;
            uniform = uniform && alike(keySize, valueSize, kind);
            sequenceMin = Math.min(sequenceMin, sequence);
            sequenceMax = Math.max(sequenceMax, sequence);
        }
        restBytes += BlockFormat.restSize(keySize, prefixSize);
        headBytes += BlockFormat.entryHeadSize(keySize, valueSize);
        tags[count] = tag;
        kinds[count] = kind;
        keySizes[count] = keySize;
        valueSizes[count] = valueSize;
        sequences[count] = sequence;
        count++;
        if (keysEnd + keySize + SLACK > keys.length) {
            keys = Arrays.copyOf(keys, 2 * (keysEnd + keySize + SLACK));
        }
        System.arraycopy(key, 0, keys, keysEnd, keySize);
        keysEnd += keySize;
        if (valueSize != 0) {
            if (valuesEnd + valueSize + SLACK > values.byteSize()) {
                growValues(valueSize);
            }
            MemorySegment.copy(value, valueOffset, values, valuesEnd, valueSize);
            valuesEnd += valueSize;
        }
    }

    private void grow() {
        int more = 2 * count;
        tags = Arrays.copyOf(tags, more);
        kinds = Arrays.copyOf(kinds, more);
        keySizes = Arrays.copyOf(keySizes, more);
        valueSizes = Arrays.copyOf(valueSizes, more);
        sequences = Arrays.copyOf(sequences, more);
    }

    private void growValues(int valueSize) {
        MemorySegment larger = arena.allocate(2 * (valuesEnd + valueSize + SLACK), 8);
        MemorySegment.copy(values, 0, larger, 0, valuesEnd);
        values = larger;
    }

    /// Writes the image and forgets the entries. Requires: [#size()] bytes and eight more can be
    /// written.
    void writeTo(MemorySegment target, long at) {
        int prefix = storedPrefix();
        int width = width(sequenceMin, sequenceMax);
        BlockFormat.writeHeader(
                target,
                at,
                count,
                prefix,
                uniform ? keySizes[0] : 0,
                uniform ? valueSizes[0] : 0,
                sequenceMin,
                width,
                uniform ? kinds[0] : 0);
        target.set(Bytes.LONG, at + BlockFormat.headsOffset(count) - 8, 0); // padding of the tags
        MemorySegment.copy(tags, 0, target, Bytes.BYTE, at + BlockFormat.HEADER_SIZE, count);
        long head = at + BlockFormat.headsOffset(count);
        long slot = at + BlockFormat.slotsOffset(count);
        long next = at + BlockFormat.prefixOffset(count, uniform ? 1 : 0);
        MemorySegment.copy(keys, 0, target, Bytes.BYTE, next, prefix);
        next += prefix;
        int key = 0;
        long value = 0;
        for (int i = 0; i < count; i++) {
            int keySize = keySizes[i];
            int valueSize = valueSizes[i];
            target.set(
                    Bytes.LONG, head + 8L * i, BlockFormat.head(keys, key + prefix, key + keySize));
            if (!uniform) {
                target.set(Bytes.SHORT, slot + 2L * i, (short) (next - at));
                next = writeEntryHead(target, next, kinds[i], keySize, valueSize);
            }
            target.set(Bytes.LONG, next, sequences[i] - sequenceMin);
            next += width;
            int rest = BlockFormat.restSize(keySize, prefix);
            int from = key + keySize - rest;
            for (int done = 0; done < rest; done += 8) { // what is too much is overwritten
                target.set(Bytes.LONG, next + done, Bytes.getLong(keys, from + done));
            }
            next += rest;
            MemorySegment.copy(values, value, target, next, valueSize);
            next += valueSize;
            key += keySize;
            value += valueSize;
        }
        clear();
    }

    private static long writeEntryHead(
            MemorySegment target, long at, byte kind, int keySize, int valueSize) {
        boolean wide = BlockFormat.entryHeadSize(keySize, valueSize) == BlockFormat.WIDE_ENTRY_HEAD;
        if (wide) {
            target.set(Bytes.BYTE, at, (byte) (kind | BlockFormat.WIDE));
            target.set(Bytes.INT, at + 1, keySize - 1 | valueSize << 16);
            return at + BlockFormat.WIDE_ENTRY_HEAD;
        }
        target.set(Bytes.INT, at, kind | keySize - 1 << 8 | valueSize << 16);
        return at + BlockFormat.NARROW_ENTRY_HEAD;
    }

    private void clear() {
        count = 0;
        keysEnd = 0;
        valuesEnd = 0;
    }
}
