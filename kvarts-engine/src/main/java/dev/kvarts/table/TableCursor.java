package dev.kvarts.table;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Block;
import dev.kvarts.entry.EntryCursor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A walk over a table.
///
/// Where every key has one version and all may be seen, a step is: one more, or one less. Otherwise
/// a walk over all versions, [#forward()] and [#backward()], is made into one over the newest that
/// may be seen.
///
/// Thread safety: one thread.
final class TableCursor extends EntryCursor {
    private static final int SLACK = 8; // copies are made by eight bytes
    private static final int HEAD_LINES = 6;
    private static final int NO_BLOCK = -1;

    // Fixed at construction.
    private final Table table;
    private final BlockIndex index;
    private final long visible;
    private final boolean caching; // whether blocks go into the cache
    private final BlockReadAhead ahead; // null if the table is mapped
    private final boolean simple; // one version of each key, and all may be seen

    // Where it stands: before the first entry in block -1, behind the last in block `blocks`.
    private int block = -1;
    private int approached = NO_BLOCK; // where the seek that follows has to go
    private int entry;
    private boolean valid;

    // The block, if there is one; it lies in valueSegment.
    private MemorySegment buffer; // for an image that is neither mapped nor in the cache
    private Block pinned; // of the cache, that the block is of; null if it is not
    private long image;
    private int count;
    private int prefixSize;
    private int uniformKeySize;
    private int uniformValueSize;
    private byte uniformKind;
    private int uniformSize; // of an entry
    private long sequenceBase;
    private int sequenceWidth;
    private long sequenceMask;
    private long heads;
    private long slots; // or, of a uniform block, the entries

    @SuppressWarnings("UnusedVariable")
    private long touched; // keeps loads that are made early for their effect on the cache

    // A key to be compared with, for walks over versions.
    private byte[] other; // null until there is one
    private int otherSize = -1; // none

    TableCursor(Table table, long visible, boolean caching) {
        this.caching = caching;
        this.table = table;
        this.index = table.index();
        this.ahead = table.readAhead();
        this.visible = visible;
        this.key = new byte[64];
        TableStatistics statistics = table.statistics();
        long newest =
                table.globalSequence() != 0 ? table.globalSequence() : statistics.sequenceMax();
        this.simple = statistics.keys() == statistics.entries() && newest <= visible;
    }

    // Moves.

    @Override
    public boolean first() {
        toBeginning();
        return next();
    }

    @Override
    public boolean last() {
        toEnd();
        return previous();
    }

    @Override
    public boolean seek(byte[] key, int keySize) {
        boolean found = lowerBound(key, keySize);
        if (!simple) {
            while (found && sequence > visible) {
                found = forward();
            }
        }
        return found;
    }

    @Override
    public boolean seekBefore(byte[] key, int keySize) {
        if (!lowerBound(key, keySize)) {
            return last();
        }
        if (simple) {
            return backward();
        }
        otherSize = -1;
        return newestBackward();
    }

    @Override
    public boolean next() {
        if (simple) {
            return forward();
        }
        if (valid) {
            keep();
        } else {
            otherSize = -1;
        }
        while (forward()) {
            if (sequence <= visible && !isOther()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean previous() {
        if (simple) {
            return backward();
        }
        if (valid) {
            keep();
        } else {
            otherSize = -1;
        }
        return newestBackward();
    }

    /// Goes back to the newest visible version of the next lower key that has one and is not the
    /// kept one. Going back, the oldest version of a key comes first.
    private boolean newestBackward() {
        do {
            if (!backward()) {
                return false;
            }
        } while (sequence > visible || isOther());
        keep();
        while (backward()) {
            if (sequence > visible || !isOther()) {
                return forward();
            }
        }
        return forward();
    }

    private void keep() {
        if (other == null || other.length < keySize) {
            other = new byte[key.length];
        }
        System.arraycopy(key, 0, other, 0, keySize);
        otherSize = keySize;
    }

    private boolean isOther() {
        return keySize == otherSize && Arrays.equals(key, 0, keySize, other, 0, keySize);
    }

    // Moves over all versions.

    private void toBeginning() {
        block = -1;
        count = 0;
        entry = 0;
        valid = false;
    }

    private void toEnd() {
        block = index.blocks();
        count = 0;
        entry = 0;
        valid = false;
    }

    private boolean forward() {
        if (entry + 1 < count) {
            load(entry + 1);
            return true;
        }
        if (block + 1 >= index.blocks()) {
            toEnd();
            return false;
        }
        enter(block + 1);
        load(0);
        return true;
    }

    private boolean backward() {
        if (entry > 0) {
            load(entry - 1);
            return true;
        }
        if (block <= 0) {
            toBeginning();
            return false;
        }
        enter(block - 1);
        load(count - 1);
        return true;
    }

    /// The next move has to be a seek of the same key.
    @Override
    public long approach(byte[] key, int keySize) {
        if (index.blocks() == 0) {
            return 0;
        }
        approached = index.find(key, keySize);
        return touchHeads(approached);
    }

    /// Goes to the first entry whose key is not lower.
    private boolean lowerBound(byte[] target, int size) {
        if (index.blocks() == 0) {
            return false;
        }
        int found = approached;
        approached = NO_BLOCK;
        if (found == NO_BLOCK) {
            found = index.find(target, size);
            touched += touchHeads(found);
        }
        enter(found);
        int bound = boundInBlock(target, size);
        if (bound == count) {
            entry = count - 1;
            return forward();
        }
        load(bound);
        return true;
    }

    /// Loads the lines in which heads are looked for, all at once, before it is known that they are
    /// needed: one after the other they cost as much each as the first. Returns something of them.
    private long touchHeads(int block) {
        if (!table.isDirect()) {
            return 0;
        }
        long at = index.offset(block);
        long lines = Math.min(HEAD_LINES, index.offset(block + 1) - at >>> 6);
        MemorySegment mapped = table.mapped();
        long sum = 0;
        for (long line = 1; line < lines; line++) {
            sum += mapped.get(Bytes.BYTE, at + 64 * line);
        }
        return sum;
    }

    private int boundInBlock(byte[] target, int size) {
        int common = Arrays.mismatch(key, 0, prefixSize, target, 0, size);
        if (common >= 0 && common < prefixSize) {
            boolean lower = common == size || (target[common] & 0xFF) < (key[common] & 0xFF);
            return lower ? 0 : count;
        }
        long head = BlockFormat.head(target, prefixSize, size);
        long searched = head + Long.MIN_VALUE;
        int low = 0;
        int left = count;
        while (left > 0) {
            int half = left + 1 >>> 1;
            low +=
                    valueSegment.get(Bytes.LONG, heads + 8L * (low + half - 1)) + Long.MIN_VALUE
                                    < searched
                            ? half
                            : 0;
            left -= half;
        }
        int high = low;
        while (high < count && valueSegment.get(Bytes.LONG, heads + 8L * high) == head) {
            high++;
        }
        while (low < high) {
            int middle = low + high >>> 1;
            locate(middle);
            int rest = BlockFormat.restSize(keySize, prefixSize);
            int from = Math.min(size, prefixSize + BlockFormat.HEAD_SIZE);
            int order =
                    BlockFormat.compare(target, from, size, valueSegment, valueOffset - rest, rest);
            if (order == 0 && rest == 0) {
                order = size - keySize; // both end within their heads, or one does
            }
            if (order > 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// For checks: the first of all versions.
    boolean firstVersion() {
        toBeginning();
        return forward();
    }

    boolean nextVersion() {
        return forward();
    }

    long blockOffset() {
        return index.offset(block);
    }

    private void enter(int next) {
        valid = false;
        count = 0;
        entry = 0;
        bring(next);
        long shape = BlockFormat.shape(valueSegment, image);
        long sequences = BlockFormat.sequences(valueSegment, image);
        int entries = BlockFormat.count(shape);
        prefixSize = BlockFormat.prefixSize(shape);
        uniformKeySize = BlockFormat.keySize(shape);
        uniformValueSize = BlockFormat.valueSize(shape);
        uniformKind = BlockFormat.kind(sequences);
        sequenceBase = BlockFormat.sequenceBase(sequences);
        sequenceWidth = BlockFormat.sequenceWidth(sequences);
        sequenceMask = BlockFormat.sequenceMask(sequenceWidth);
        if (table.globalSequence() != 0) {
            sequenceBase = table.globalSequence();
            sequenceMask = 0;
        }
        heads = image + BlockFormat.headsOffset(entries);
        long prefix = image + BlockFormat.prefixOffset(entries, uniformKeySize);
        if (key.length < prefixSize + BlockFormat.HEAD_SIZE + SLACK) {
            key = new byte[2 * (prefixSize + BlockFormat.HEAD_SIZE + SLACK)];
        }
        MemorySegment.copy(valueSegment, Bytes.BYTE, prefix, key, 0, prefixSize);
        if (uniformKeySize != 0) {
            int rest = BlockFormat.restSize(uniformKeySize, prefixSize);
            uniformSize = sequenceWidth + rest + uniformValueSize;
            slots = prefix + prefixSize;
        } else {
            slots = image + BlockFormat.slotsOffset(entries);
        }
        count = entries;
        block = next; // not before: a damaged block is not passed by
    }

    /// Has the image of a block at hand.
    private void bring(int next) {
        Block cached = null;
        boolean inPlace = table.isInPlace(next);
        if (!inPlace) {
            cached = caching ? table.pinnedImage(next, ahead) : null;
            inPlace = cached == null && table.turnsOutInPlace(next);
        }
        unpin();
        pinned = cached;
        if (inPlace) {
            valueSegment = table.mapped();
            image = index.offset(next) + BlockFormat.STORED_HEADER_SIZE;
        } else if (cached != null) {
            valueSegment = cached.segment;
            image = cached.offset;
        } else {
            buffer = table.readImage(next, buffer, ahead);
            valueSegment = buffer;
            image = 0;
        }
    }

    private void unpin() {
        if (pinned != null) {
            pinned.unpin();
            pinned = null;
        }
    }

    /// Finds an entry of the block: all of it but its key.
    private long locate(int at) {
        long next;
        if (uniformKeySize != 0) {
            next = slots + (long) at * uniformSize;
            keySize = uniformKeySize;
            valueSize = uniformValueSize;
            kind = uniformKind;
        } else {
            next = image + Bytes.getUnsignedShort(valueSegment, slots + 2L * at);
            long start = valueSegment.get(Bytes.LONG, next);
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
        }
        sequence = sequenceBase + (valueSegment.get(Bytes.LONG, next) & sequenceMask);
        next += sequenceWidth;
        valueOffset = next + BlockFormat.restSize(keySize, prefixSize);
        return next;
    }

    private void load(int at) {
        entry = at;
        long rest = locate(at);
        long own = valueSegment.get(Bytes.LONG, heads + 8L * at);
        int next = prefixSize + BlockFormat.HEAD_SIZE;
        if (keySize > next) {
            if (key.length < keySize + SLACK) {
                key = Arrays.copyOf(key, 2 * keySize + SLACK);
            }
            for (; next < keySize; next += 8, rest += 8) {
                Bytes.putLong(key, next, valueSegment.get(Bytes.LONG, rest));
            }
        }
        Bytes.putLong(key, prefixSize, Long.reverseBytes(own));
        head = prefixSize == 0 ? own : BlockFormat.head(key, 0, keySize);
        valid = true;
    }

    // The entry.

    @Override
    public boolean valid() {
        return valid;
    }

    @Override
    public void close() {
        toEnd();
        unpin();
        valueSegment = null;
        buffer = null;
    }
}
