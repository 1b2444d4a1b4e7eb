package dev.kvarts.vlog;

import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.Scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Loads the values of coming entries of a cursor, so that a device serves several reads at once
/// (WiscKey, Lu et al. 2016) and neighbours in one.
///
/// The cursor says which values it [wants][#want] in the order in which it will ask for them, has
/// them [loaded][#load], and asks: [#answer]. Wanted values of one file with less than a gap
/// between them become one stretch. Positional, a stretch is one read into a buffer; mapped, its
/// pages are touched. Whoever has nothing else to do loads a stretch: a background thread, or the
/// asker, who does what nobody has begun.
///
/// It pays only where values are not in memory, and what was slow a moment ago says whether they
/// are: [#worthIt] turns true when an answer takes as long as a device, and false when all of a
/// load was there.
///
/// ```
///              answer took > 30 us
///     resting ---------------------> ahead      resting: one answer in four is timed
///             <---------------------
///              a load met no device
/// ```
///
/// An answer is the same with it and without it: what could not be loaded is read when it is asked
/// for, and fails then.
///
/// Thread safety: one thread at a time; others load. Who made it keeps the files open until it is
/// closed.
public final class ValueReadAhead implements AutoCloseable {
    /// Values that a cursor should want before it loads them.
    public static final int WINDOW = 32;

    private static final long GAP_MAX = 64 << 10;
    private static final long STRETCH_MAX = 512 << 10;
    private static final long LOADED_MAX = 4 << 20; // bytes ahead
    private static final long DEVICE_NANOS = 30_000;
    private static final int TIMED_EVERY = 4; // answers while resting

    // Fixed at construction.
    private final Scheduler scheduler;
    private final StretchBuffers buffers;

    private final List<Want> wanted = new ArrayList<>();
    private final List<Stretch> loaded = new ArrayList<>(); // or being loaded, in order of use
    private Stretch answering; // holds the present answer; null if none does
    private long loadedBytes;
    private boolean ahead;
    private int untimed; // answers since the last that was timed
    private int used; // stretches since the last load
    private boolean slow; // one of those was

    /// A value that will be asked for.
    private record Want(ValueFile file, long from, long to) {}

    public ValueReadAhead(Scheduler scheduler, MemoryBudget budget) {
        this.scheduler = scheduler;
        this.buffers = new StretchBuffers(budget);
    }

    /// Whether the cursor should look ahead.
    public boolean worthIt() {
        return ahead;
    }

    /// Says that a value will be asked for. Pointers that lead nowhere are ignored.
    public void want(ValueFile file, int keySize, long offset, long size) {
        long end = file.recordsEnd();
        if (offset < ValueFileFormat.HEADER_SIZE || offset >= end) {
            return;
        }
        long to = Math.min(end, offset + ValueFileFormat.recordSize(keySize, size));
        if (to - offset <= STRETCH_MAX) { // a larger one keeps a device busy by itself
            wanted.add(new Want(file, offset, to));
        }
    }

    /// Begins to load what is wanted, as far as there is room for it.
    public void load() {
        wanted.sort(
                Comparator.comparingLong((Want want) -> want.file.number())
                        .thenComparingLong(Want::from));
        boolean device = false;
        boolean asked = !wanted.isEmpty();
        for (int i = 0; i < wanted.size(); ) {
            Want first = wanted.get(i);
            long to = first.to;
            int count = 1;
            for (; i + count < wanted.size(); count++) {
                Want next = wanted.get(i + count);
                long end = Math.max(to, next.to);
                if (next.file != first.file
                        || next.from - to > GAP_MAX
                        || end - first.from > STRETCH_MAX) {
                    break;
                }
                to = end;
            }
            device |= begin(first.file, first.from, to, count);
            i += count;
        }
        wanted.clear();
        if (asked) {
            ahead = device && (used == 0 || slow);
            used = 0;
            slow = false;
        }
    }

    /// Returns whether a device is, or may be, needed for the stretch.
    private boolean begin(ValueFile file, long from, long to, int uses) {
        if (loadedBytes + to - from > LOADED_MAX) {
            return true;
        }
        var stretch = Stretch.begin(scheduler, buffers, file, from, to, uses);
        if (stretch == null) {
            return false;
        }
        loaded.add(stretch);
        loadedBytes += to - from;
        return true;
    }

    /// As [ValueFile#answer]; valid until the next call.
    public void answer(Lookup lookup, ValueFile file, long offset, long size) {
        release();
        for (int i = 0; i < loaded.size(); i++) {
            Stretch stretch = loaded.get(i);
            if (stretch.holds(file, offset)) {
                if (--stretch.uses == 0) {
                    loaded.remove(i);
                    loadedBytes -= stretch.size();
                    answering = stretch;
                }
                stretch.answer(lookup, offset, size);
                used++;
                slow |= stretch.nanos() > DEVICE_NANOS;
                return;
            }
        }
        if (ahead || ++untimed < TIMED_EVERY) {
            file.answer(lookup, offset, size);
            return;
        }
        untimed = 0;
        long start = scheduler.nanoTime();
        file.answer(lookup, offset, size);
        ahead = scheduler.nanoTime() - start > DEVICE_NANOS;
    }

    private void release() {
        if (answering != null) {
            answering.end();
            answering = null;
        }
    }

    /// Forgets what is wanted or loaded: the cursor goes elsewhere.
    public void clear() {
        release();
        wanted.clear();
        loaded.forEach(Stretch::end);
        loaded.clear();
        loadedBytes = 0;
    }

    @Override
    public void close() {
        clear();
        buffers.close();
    }
}
