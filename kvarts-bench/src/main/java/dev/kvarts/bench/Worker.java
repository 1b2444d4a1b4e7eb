package dev.kvarts.bench;

import org.HdrHistogram.Histogram;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// One calling thread of a workload: chooses, does, times.
///
/// Timing an operation costs two looks at the clock, some 50 ns. That is nothing beside an
/// operation of 5 us and a lot beside one of 0.3 us, so a thread that finds its operations faster
/// than [#FAST_NANOS] times every sixteenth only; the share is reported with the percentiles. The
/// loop is closed: a stall delays the operations after it and is counted once.
///
/// Thread safety: confined to the thread that calls [#run].
final class Worker {
    private static final long FAST_NANOS = 3_000;
    private static final long FAST_MASK = 15;
    private static final long LOOK_MASK = (1 << 14) - 1;
    private static final long STOP_MASK = 255;
    private static final long HISTOGRAM_NANOS_MAX = 600_000_000_000L;
    private static final long PACE_BURST = 64;

    private final Workload workload;
    private final Session session;
    private final KeyChooser chooser;
    private final Values values;
    private final byte[] key = Keys.create();
    private final byte[] found;
    private final boolean allPresent;
    private final boolean missing;

    final Histogram histogram = new Histogram(HISTOGRAM_NANOS_MAX, 3);
    long operations;
    long reads;
    long hits;
    long puts;
    long deletes;
    long allocatedBytes;

    /// @param allPresent whether a read that finds nothing is an error of the store
    Worker(
            Workload workload,
            Workload.Choice choice,
            Session session,
            KeyChooser chooser,
            Values values,
            int valueSize,
            boolean allPresent) {
        this.workload = workload;
        this.session = session;
        this.chooser = chooser;
        this.values = values;
        this.found = new byte[valueSize];
        this.allPresent = allPresent;
        this.missing = choice == Workload.Choice.MISSING;
    }

    /// Makes `count` operations, or fewer when told to stop.
    void run(long count, BooleanSupplier stop) {
        long allocatedBefore = ProcessProbe.allocatedBytes();
        long mask = 0;
        long lookTime = System.nanoTime();
        long i = 0;
        while (i < count && ((i & STOP_MASK) != 0 || !stop.getAsBoolean())) {
            if ((i & mask) == 0) {
                long start = System.nanoTime();
                step();
                histogram.recordValue(Math.min(System.nanoTime() - start, HISTOGRAM_NANOS_MAX));
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
        operations = i;
        allocatedBytes = ProcessProbe.allocatedBytes() - allocatedBefore;
    }

    /// As [#run], but no faster than `perSecond` operations per second.
    void runPaced(long perSecond, BooleanSupplier stop) {
        long start = System.nanoTime();
        long i = 0;
        while (!stop.getAsBoolean()) {
            for (long burst = 0; burst < PACE_BURST; burst++) {
                step();
            }
            i += PACE_BURST;
            long wait =
                    perSecond == 0 ? 0 : start + i * 1_000_000_000 / perSecond - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            }
        }
        operations = i;
    }

    private void step() {
        int percent = workload.readPercent;
        if (percent == 100 || (percent != 0 && chooser.random().below(100) < percent)) {
            read();
        } else {
            change();
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
            case DELETE -> {
                Keys.present(key, chooser.next());
                session.delete(key);
                deletes++;
            }
        }
    }

    private void put(long number) {
        session.put(key, values.next(number));
        puts++;
    }

    /// Walks over all entries. Returns how many there were.
    long scan() {
        long allocatedBefore = ProcessProbe.allocatedBytes();
        try (Session.Scan scan = session.scan()) {
            while (true) {
                long start = (operations & FAST_MASK) == 0 ? System.nanoTime() : 0;
                int length = scan.next(key, found);
                if (start != 0) {
                    histogram.recordValue(Math.min(System.nanoTime() - start, HISTOGRAM_NANOS_MAX));
                }
                if (length == Session.ABSENT) {
                    break;
                }
                if (!Values.belongs(found, length, Keys.number(key))) {
                    throw new IllegalStateException("wrong answer: number=" + Keys.number(key));
                }
                operations++;
            }
        }
        reads = operations;
        hits = operations;
        allocatedBytes = ProcessProbe.allocatedBytes() - allocatedBefore;
        return operations;
    }
}
