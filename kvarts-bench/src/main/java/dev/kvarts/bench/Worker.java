package dev.kvarts.bench;

import org.HdrHistogram.Histogram;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// One calling thread of a workload: chooses, does, times.
///
/// Timing an operation costs two looks at the clock, some 50 ns. That is nothing beside an
/// operation of 5 us and a lot beside one of 0.3 us, so a thread that finds its operations faster
/// than [#FAST_NANOS] times every sixteenth only; the share is reported with the percentiles. The
/// longest stall misses none: what lies between two timed operations is timed as one. The loop is
/// closed: a stall delays the operations after it and is counted once.
///
/// Thread safety: confined to the thread that calls [#run].
final class Worker {
    static final int DELETED_RANGE = 100;
    private static final long FAST_NANOS = 3_000;
    private static final long FAST_MASK = 15;
    private static final long LOOK_MASK = (1 << 14) - 1;
    private static final long STOP_MASK = 255;
    private static final long HISTOGRAM_NANOS_MAX = 600_000_000_000L;
    private static final long PACE_BURST = 64;
    private static final int WALK_MAX = 100;

    private final Workload workload;
    private final Session session;
    private final KeyChooser chooser;
    private final Values values;
    private final long num;
    private final int seekNexts;
    private final boolean ordered;
    private final byte[] key = Keys.create();
    private final byte[] end = Keys.create();
    private final byte[] met = Keys.create();
    private final byte[] found;
    private final boolean allPresent;
    private final boolean missing;
    private final Transactor transactor; // null: a workload without transactions
    private final Session.Scan kept; // null: each walk has one of its own

    final Histogram histogram = new Histogram(HISTOGRAM_NANOS_MAX, 3);
    long operations;
    long reads;
    long hits;
    long entries;
    long puts;
    long deletes;
    long aborted;
    long stallNanos;
    long allocatedBytes;

    /// @param ordered whether the session is one of a store whose entries are in order
    /// @param allPresent whether a read that finds nothing, or a walk that does not meet each
    ///   entry, is an error of the store
    Worker(
            Workload workload,
            Settings settings,
            Session session,
            KeyChooser chooser,
            Values values,
            boolean ordered,
            boolean allPresent) {
        this.workload = workload;
        this.session = session;
        this.chooser = chooser;
        this.values = values;
        this.num = settings.num;
        this.seekNexts = settings.seekNexts;
        this.ordered = ordered;
        this.found = new byte[settings.valueSize];
        this.allPresent = allPresent;
        this.missing = settings.choice(workload) == Workload.Choice.MISSING;
        this.transactor =
                workload.transacts() ? new Transactor(session, chooser, values, found) : null;
        this.kept =
                workload == Workload.SEEKRANDOM && settings.seekCursor == Settings.SeekCursor.KEPT
                        ? session.scan()
                        : null;
    }

    /// Makes `count` operations, or fewer when told to stop.
    void run(long count, BooleanSupplier stop) {
        long allocatedBefore = ProcessProbe.allocatedBytes();
        long stopMask = workload.seeks() ? 0 : STOP_MASK;
        long mask = 0;
        long lookTime = System.nanoTime();
        long lastEnd = lookTime;
        long i = 0;
        while (i < count && ((i & stopMask) != 0 || !stop.getAsBoolean())) {
            if ((i & mask) == 0) {
                long start = System.nanoTime();
                step();
                long now = System.nanoTime();
                histogram.recordValue(Math.min(now - start, HISTOGRAM_NANOS_MAX));
                stallNanos = Math.max(stallNanos, Math.max(start - lastEnd, now - start));
                lastEnd = now;
            } else {
                step();
            }
            i++;
            if ((i & LOOK_MASK) == 0 && mask == 0) {
                long now = System.nanoTime();
                mask = now - lookTime < FAST_NANOS * (LOOK_MASK + 1) ? FAST_MASK : 0;
                lookTime = now;
            }
        }
        stallNanos = Math.max(stallNanos, System.nanoTime() - lastEnd);
        operations = i;
        allocatedBytes = ProcessProbe.allocatedBytes() - allocatedBefore;
        if (kept != null) {
            kept.close();
        }
    }

    /// As [#run], but no faster than `perSecond` operations per second.
    void runPaced(long perSecond, BooleanSupplier stop) {
        long start = System.nanoTime();
        long i = 0;
        while (!stop.getAsBoolean()) {
            long burstStart = System.nanoTime();
            for (long burst = 0; burst < PACE_BURST; burst++) {
                step();
            }
            i += PACE_BURST;
            long now = System.nanoTime();
            stallNanos = Math.max(stallNanos, now - burstStart);
            long wait = perSecond == 0 ? 0 : start + i * 1_000_000_000 / perSecond - now;
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            }
        }
        operations = i;
    }

    private void step() {
        int percent = workload.readPercent;
        if (percent != 100 && (percent == 0 || chooser.random().below(100) >= percent)) {
            change();
        } else if (workload == Workload.SEEKRANDOM) {
            walk(seekNexts);
        } else if (workload.seeks()) {
            walk((int) chooser.random().below(WALK_MAX));
        } else {
            read();
        }
    }

    private void read() {
        long number = chooser.next();
        if (missing) {
            Keys.missing(key, number);
        } else {
            Keys.present(key, number);
        }
        read(number);
    }

    private void read(long number) {
        int length = session.get(key, found);
        reads++;
        if (length != Session.ABSENT) {
            hits++;
            if (missing || length != found.length || !Values.belongs(found, length, number)) {
                throw new IllegalStateException(
                        "wrong answer: number="
                                + number
                                + " length="
                                + length
                                + " missing="
                                + missing);
            }
        } else if (allPresent && !missing) {
            throw new IllegalStateException("lost entry: number=" + number);
        }
    }

    /// Seeks and goes on for so many entries, or to the last.
    private void walk(int nexts) {
        long number = chooser.next();
        Keys.present(key, number);
        Session.Scan scan = kept != null ? kept : session.scan();
        try {
            int length = scan.seek(key, met, found);
            reads++;
            hits += length == Session.ABSENT ? 0 : 1;
            long expected = number;
            int walked = 0;
            while (length != Session.ABSENT) {
                expected = checkMet(length, expected, 1);
                entries++;
                if (walked == nexts) {
                    break;
                }
                walked++;
                length = scan.next(met, found);
            }
            if (length == Session.ABSENT && allPresent && expected != num) {
                throw new IllegalStateException(
                        "a walk ended early: from=" + number + " end=" + expected);
            }
        } finally {
            if (kept == null) {
                scan.close();
            }
        }
    }

    /// Throws unless the entry a walk has met may come now. Returns the number of the entry that
    /// has to come next when all are there.
    private long checkMet(int length, long expected, int step) {
        long number = Keys.number(met);
        boolean wrong =
                !Values.belongs(found, length, number)
                        || (allPresent ? number != expected : (number - expected) * step < 0);
        if (wrong) {
            throw new IllegalStateException(
                    "wrong answer: number=" + number + " expected=" + expected);
        }
        return number + step;
    }

    private void change() {
        switch (workload.action) {
            case INSERT -> {
                long number = workload.fills() ? chooser.next() : chooser.insert();
                Keys.present(key, number);
                put(number);
            }
            case INSERT_SYNC -> {
                long number = chooser.next();
                Keys.present(key, number);
                session.putSync(key, values.next(number));
                puts++;
            }
            case UPDATE -> {
                long number = chooser.next();
                Keys.present(key, number);
                put(number);
            }
            case READ_MODIFY_WRITE -> {
                long number = chooser.next();
                Keys.present(key, number);
                read(number);
                put(number);
            }
            case UPDATE_SYNC -> {
                long number = chooser.next();
                Keys.present(key, number);
                session.putSync(key, values.next(number));
                puts++;
            }
            case TRANSACT -> {
                aborted += transactor.transact();
                puts += Transactor.KEYS;
            }
            case DELETE -> {
                Keys.present(key, chooser.next());
                session.delete(key);
                deletes++;
            }
            case DELETE_RANGE -> {
                long number = chooser.next();
                Keys.present(key, number);
                Keys.present(end, number + DELETED_RANGE);
                session.deleteRange(key, end);
                deletes++;
            }
        }
    }

    private void put(long number) {
        session.put(key, values.next(number));
        puts++;
    }

    /// Walks over all entries, or fewer when told to stop. Returns how many there were.
    long scan(boolean reverse, BooleanSupplier stop) {
        long allocatedBefore = ProcessProbe.allocatedBytes();
        int step = reverse ? -1 : 1;
        long expected = reverse ? (allPresent ? num - 1 : Long.MAX_VALUE) : 0;
        boolean stopped = false;
        try (Session.Scan scan = session.scan()) {
            while (!stopped) {
                long start = (operations & FAST_MASK) == 0 ? System.nanoTime() : 0;
                int length = reverse ? scan.previous(met, found) : scan.next(met, found);
                if (start != 0) {
                    histogram.recordValue(Math.min(System.nanoTime() - start, HISTOGRAM_NANOS_MAX));
                }
                if (length == Session.ABSENT) {
                    break;
                }
                if (ordered) {
                    expected = checkMet(length, expected, step);
                } else if (!Values.belongs(found, length, Keys.number(met))) {
                    throw new IllegalStateException("wrong answer: number=" + Keys.number(met));
                }
                operations++;
                stopped = (operations & STOP_MASK) == 0 && stop.getAsBoolean();
            }
        }
        if (allPresent && !stopped && operations != num) {
            throw new IllegalStateException(
                    "a walk met too few or too many: " + operations + " instead of " + num);
        }
        reads = operations;
        hits = operations;
        allocatedBytes = ProcessProbe.allocatedBytes() - allocatedBefore;
        return operations;
    }
}
