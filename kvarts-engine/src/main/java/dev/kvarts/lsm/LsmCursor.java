package dev.kvarts.lsm;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.Range;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.entry.ValuePointer;
import dev.kvarts.jobs.WallClock;
import dev.kvarts.vlog.ValueFile;
import dev.kvarts.vlog.ValueFileFormat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Walks over what a reader sees of a range: no tombstones, nothing deleted by range, nothing that
/// has expired by a certain time, values wherever they lie.
///
/// Thread safety: one thread at a time. What it looks at is kept alive by who made it.
public final class LsmCursor implements AutoCloseable {
    private static final int HIDDEN_PER_REPORT = 64;

    private enum Place {
        BEFORE,
        ON,
        BEHIND
    }

    // Fixed at construction.
    private final EntryCursor source;
    private final RangeTombstones tombstones;
    private final long visible;
    private final WallClock clock;
    private final long now; // what has expired by then is not seen
    private final Version version;
    private final byte[] from;
    private final byte[] to; // null: no end
    private final ValueScout scout; // null if no values lie apart
    private final Lookup lookup = new Lookup(); // for values that lie apart

    private Place place = Place.BEFORE;
    private boolean goesBack; // the last move was backward
    private boolean resolved; // the value of the entry that it stands on is in the lookup
    private int hidden; // entries that were stepped over and not yet reported

    LsmCursor(
            EntryCursor source,
            RangeTombstones tombstones,
            long visible,
            WallClock clock,
            long now,
            Version version,
            ValueScout scout,
            Range range) {
        this.source = source;
        this.scout = scout;
        this.tombstones = tombstones;
        this.visible = visible;
        this.clock = clock;
        this.now = now;
        this.version = version;
        this.from = range.from();
        this.to = range.to();
    }

    public boolean first() {
        leave(Place.BEHIND);
        return onward(from.length == 0 ? source.first() : source.seek(from, from.length));
    }

    public boolean last() {
        leave(Place.BEFORE);
        return backward(to == null ? source.last() : source.seekBefore(to, to.length));
    }

    public boolean seek(byte[] key) {
        if (Arrays.compareUnsigned(key, from) <= 0) {
            return first();
        }
        leave(Place.BEHIND);
        return onward(source.seek(key, key.length));
    }

    public boolean seekBefore(byte[] key) {
        if (to != null && Arrays.compareUnsigned(key, to) >= 0) {
            return last();
        }
        leave(Place.BEFORE);
        return backward(source.seekBefore(key, key.length));
    }

    public boolean next() {
        return switch (place) {
            case BEFORE -> first();
            case ON -> {
                leave(Place.BEHIND);
                yield onward(source.next());
            }
            case BEHIND -> false;
        };
    }

    public boolean previous() {
        return switch (place) {
            case BEFORE -> false;
            case ON -> {
                leave(Place.BEFORE);
                yield backward(source.previous());
            }
            case BEHIND -> last();
        };
    }

    /// Where it stands if the move fails half-way, because bytes are damaged or cannot be read.
    private void leave(Place whenFailed) {
        place = whenFailed;
        goesBack = whenFailed == Place.BEFORE;
        resolved = false;
    }

    /// Goes on to an entry that is seen.
    private boolean onward(boolean there) {
        while (there) {
            if (to != null && !below(to)) {
                break;
            }
            if (isSeen()) {
                place = Place.ON;
                return true;
            }
            stepOver();
            there = source.next();
        }
        return false;
    }

    private boolean backward(boolean there) {
        while (there) {
            if (from.length != 0 && below(from)) {
                break;
            }
            if (isSeen()) {
                place = Place.ON;
                return true;
            }
            stepOver();
            there = source.previous();
        }
        return false;
    }

    private boolean isSeen() {
        byte kind = source.kind();
        if (EntryFormat.isTombstone(kind) || source.sequence() < cover()) {
            return false;
        }
        if (EntryFormat.hasExpired(kind, source.valueSegment(), source.valueOffset(), now)) {
            clock.rely();
            return false;
        }
        return true;
    }

    /// Sequence number of the range tombstone that covers the entry, or 0.
    private long cover() {
        return tombstones.isEmpty()
                ? 0
                : tombstones.covering(source.key(), source.keySize(), visible);
    }

    private boolean below(byte[] bound) {
        return Arrays.compareUnsigned(source.key(), 0, source.keySize(), bound, 0, bound.length)
                < 0;
    }

    /// Where cursors have to step over much that is deleted, compaction has something to do.
    private void stepOver() {
        if (++hidden == HIDDEN_PER_REPORT) {
            hidden = 0;
            version.metDeleted(source.key(), source.keySize(), HIDDEN_PER_REPORT);
        }
    }

    /// Whether it stands on an entry.
    public boolean valid() {
        return place == Place.ON;
    }

    /// The key's bytes from index 0 on, valid until it moves. Requires: [#valid()].
    public byte[] keyArray() {
        return source.key();
    }

    public int keySize() {
        return source.keySize();
    }

    /// Sequence number of the entry. Requires: [#valid()].
    long sequence() {
        return source.sequence();
    }

    /// Where the value lies: in [Lookup#segment]. Valid until it moves. Requires: [#valid()].
    public Lookup value() {
        if (!resolved) {
            resolve();
            resolved = true;
        }
        return lookup;
    }

    private void resolve() {
        MemorySegment segment = source.valueSegment();
        int prefix = EntryFormat.prefixSize(source.kind());
        long at = source.valueOffset() + prefix;
        if (!EntryFormat.isPointer(source.kind())) {
            long size = source.valueSize() - prefix;
            lookup.answer(segment, at, size, source.sequence(), false, null);
            return;
        }
        lookup.key = source.key();
        lookup.keySize = source.keySize();
        lookup.sequence = source.sequence();
        scout.answer(lookup, valueFile(version, segment, at), source, goesBack);
    }

    /// Answers with the value that a pointer leads to. Requires: the lookup states the key.
    static void resolve(Version version, Lookup lookup, MemorySegment segment, long at) {
        valueFile(version, segment, at)
                .answer(lookup, ValuePointer.offset(segment, at), ValuePointer.size(segment, at));
    }

    private static ValueFile valueFile(Version version, MemorySegment segment, long at) {
        long number = ValuePointer.file(segment, at);
        ValueFile file = version.valueFile(number);
        if (file == null) {
            throw new CorruptionException(
                    "value file: a pointer leads to a file that the manifest does not name",
                    ValueFileFormat.fileName(number),
                    ValuePointer.offset(segment, at));
        }
        return file;
    }

    /// A copy of the key. Requires: [#valid()].
    public byte[] copyKey() {
        return Arrays.copyOf(source.key(), source.keySize());
    }

    /// Copies as much of the key as fits; returns its size. Requires: [#valid()].
    public int copyKey(byte[] target) {
        int size = source.keySize();
        System.arraycopy(source.key(), 0, target, 0, Math.min(size, target.length));
        return size;
    }

    /// Copies as much of the value as fits; returns its size. Requires: [#valid()].
    public long copyValue(byte[] target) {
        if (source.kind() != EntryFormat.PUT) {
            Lookup found = value();
            return copy(found.segment, found.valueOffset, found.valueSize, target);
        }
        return copy(source.valueSegment(), source.valueOffset(), source.valueSize(), target);
    }

    private static long copy(MemorySegment segment, long at, long size, byte[] target) {
        MemorySegment.copy(segment, Bytes.BYTE, at, target, 0, (int) Math.min(size, target.length));
        return size;
    }

    /// A copy of the value. Requires: [#valid()].
    public byte[] copyValue() {
        if (source.kind() == EntryFormat.PUT) {
            return Bytes.copyOut(
                    source.valueSegment(), source.valueOffset(), (int) source.valueSize());
        }
        return value().copyValue();
    }

    @Override
    public void close() {
        source.close();
        if (scout != null) {
            scout.close();
        }
    }
}
