package dev.kvarts.entry;

import dev.kvarts.cache.Epochs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The sequence numbers at which somebody looks: the watermark, at which every new reader does, and
/// those of snapshots and transactions that are open.
///
/// A snapshot is nothing but its sequence number here. Whoever would forget a version asks first:
/// version `s`, overwritten at `t`, is needed as long as a live snapshot lies in `[s, t)`, and no
/// longer.
///
/// A snapshot begins inside an epoch: it reads the watermark and then shows its number. So who
/// waits until the watermark has passed `t`, and then for two epochs, and then finds no snapshot in
/// `[s, t)`, knows that there never will be one.
///
/// Thread safety: any number of threads. Beginning and ending take no lock.
public final class LiveSnapshots {
    private static final int SLOTS = 64; // of a chunk
    private static final int LINE = 16; // references in two cache lines
    private static final long[] NONE = new long[0];
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Registration[].class);

    // Fixed at construction.
    private final LongSupplier visible;
    private final Epochs epochs;
    private final boolean noteOrigins;
    private final ReferenceQueue<Object> forgotten = new ReferenceQueue<>();

    // Grows under this object's monitor, read by all.
    private volatile Registration[][] chunks = {new Registration[SLOTS]};

    /// @param visible every version up to this sequence number may be seen
    /// @param noteOrigins whether a snapshot remembers where it was begun
    public LiveSnapshots(LongSupplier visible, Epochs epochs, boolean noteOrigins) {
        this.visible = visible;
        this.epochs = epochs;
        this.noteOrigins = noteOrigins;
    }

    /// A live snapshot. It ends when it is closed, or some time after its holder was collected as
    /// garbage.
    public static final class Registration extends PhantomReference<Object>
            implements AutoCloseable {
        private final long sequence;
        private volatile long millis; // 0 while it is being begun: earlier than any time
        private final Throwable origin;
        private Registration[] chunk;
        private int slot;

        private Registration(
                Object holder, ReferenceQueue<Object> forgotten, long sequence, Throwable origin) {
            super(holder, forgotten);
            this.sequence = sequence;
            this.origin = origin;
        }

        /// Versions up to this sequence number are seen.
        public long sequence() {
            return sequence;
        }

        /// When it was begun, milliseconds since 1970.
        public long millis() {
            return millis;
        }

        /// Where it was begun; null if that was not noted.
        public Throwable origin() {
            return origin;
        }

        /// Ends it. Does nothing the second time.
        @Override
        public void close() {
            SLOT.compareAndSet(chunk, slot, this, null);
        }
    }

    /// Every version up to this sequence number may be seen.
    public long visible() {
        return visible.getAsLong();
    }

    /// Begins a snapshot of what is visible now.
    ///
    /// @param holder when it is collected as garbage, the snapshot ends
    /// @param clock what time it is, in milliseconds since 1970; asked when the snapshot is shown,
    ///   so that nobody who looked at the time before and does not see it drops what it sees
    public Registration begin(Object holder, LongSupplier clock) {
        Throwable origin = noteOrigins ? new Throwable("snapshot was begun here") : null;
        int epoch = epochs.enter();
        try {
            var begun = new Registration(holder, forgotten, visible.getAsLong(), origin);
            place(begun);
            begun.millis = clock.getAsLong();
            return begun;
        } finally {
            epochs.exit(epoch);
        }
    }

    private void place(Registration begun) {
        int start = (int) Thread.currentThread().threadId() * LINE;
        while (true) {
            Registration[][] present = chunks;
            for (Registration[] chunk : present) {
                for (int i = 0; i < SLOTS; i++) {
                    int slot = start + i & SLOTS - 1;
                    if (SLOT.getAcquire(chunk, slot) == null && taken(chunk, slot, begun)) {
                        return;
                    }
                }
            }
            grow(present);
        }
    }

    private static boolean taken(Registration[] chunk, int slot, Registration begun) {
        begun.chunk = chunk;
        begun.slot = slot;
        return SLOT.compareAndSet(chunk, slot, null, begun);
    }

    private synchronized void grow(Registration[][] full) {
        if (chunks.length == full.length) {
            Registration[][] more = Arrays.copyOf(full, full.length + 1);
            more[full.length] = new Registration[SLOTS];
            chunks = more;
        }
    }

    /// Shows each live snapshot.
    public void forEach(Consumer<Registration> consumer) {
        for (Registration[] chunk : chunks) {
            for (int slot = 0; slot < SLOTS; slot++) {
                var live = (Registration) SLOT.getAcquire(chunk, slot);
                if (live != null) {
                    consumer.accept(live);
                }
            }
        }
    }

    /// Whether a live snapshot has a sequence number in `[from, to)`.
    public boolean anyIn(long from, long to) {
        for (Registration[] chunk : chunks) {
            for (int slot = 0; slot < SLOTS; slot++) {
                var live = (Registration) SLOT.getAcquire(chunk, slot);
                if (live != null && live.sequence >= from && live.sequence < to) {
                    return true;
                }
            }
        }
        return false;
    }

    /// The sequence numbers of the live snapshots that have at least this one, in no order.
    public long[] sequencesFrom(long least) {
        long[] found = NONE;
        int count = 0;
        for (Registration[] chunk : chunks) {
            for (int slot = 0; slot < SLOTS; slot++) {
                var live = (Registration) SLOT.getAcquire(chunk, slot);
                if (live != null && live.sequence >= least) {
                    if (count == found.length) {
                        found = Arrays.copyOf(found, Math.max(8, 2 * count));
                    }
                    found[count++] = live.sequence;
                }
            }
        }
        return count == found.length ? found : Arrays.copyOf(found, count);
    }

    /// When the oldest of the live snapshots was begun, in milliseconds since 1970;
    /// [Long#MAX_VALUE] if there is none.
    public long oldestMillis() {
        long oldest = Long.MAX_VALUE;
        for (Registration[] chunk : chunks) {
            for (int slot = 0; slot < SLOTS; slot++) {
                var live = (Registration) SLOT.getAcquire(chunk, slot);
                oldest = live == null ? oldest : Math.min(oldest, live.millis);
            }
        }
        return oldest;
    }

    /// Ends the snapshots that nobody has any more.
    ///
    /// @param report hears of each of them
    public void endForgotten(Consumer<Registration> report) {
        for (var found = forgotten.poll(); found != null; found = forgotten.poll()) {
            var live = (Registration) found;
            if (SLOT.compareAndSet(live.chunk, live.slot, live, null)) {
                report.accept(live);
            }
        }
    }
}
