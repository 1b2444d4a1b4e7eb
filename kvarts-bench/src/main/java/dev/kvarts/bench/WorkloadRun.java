package dev.kvarts.bench;

import org.HdrHistogram.Histogram;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// Runs one workload on an open store and makes figures of it.
///
/// The clock runs from the moment all threads are let go until the last has ended. Then the store
/// settles and the file system is synced, so that what a workload causes to be written is counted
/// with it; that time is a figure of its own and not in ops/s.
final class WorkloadRun {
    private static final int WRITES_PER_TRANSACTION = 1000;
    private static final int WRITES_PER_TRANSACTION_SHARED = 16;
    private static final double MICRO = 1e3;
    private static final long WARM_UP_SALT = -1;
    private static final long LOOKUPS_COUNTED = 20_000;

    private final StoreKind kind;
    private final Store store;
    private final Path directory;
    private final Settings settings;
    private final Permutation order;
    private final Zipf zipf;
    private final Values values;

    WorkloadRun(StoreKind kind, Store store, Path directory, Settings settings) {
        this.kind = kind;
        this.store = store;
        this.directory = directory;
        this.settings = settings;
        this.order = new Permutation(settings.num, settings.seed);
        this.zipf = new Zipf(settings.num, settings.theta);
        this.values = Values.create(settings.valueSize, settings.seed);
    }

    /// What one round of threads did.
    private record Round(List<Worker> workers, Worker writer, double seconds) {
        long operations() {
            return workers.stream().mapToLong(worker -> worker.operations).sum();
        }

        double stallMillis() {
            long nanos = workers.stream().mapToLong(worker -> worker.stallNanos).max().orElse(0);
            return (writer == null ? nanos : writer.stallNanos) / 1e6;
        }

        long userBytes(int valueSize) {
            long bytes = 0;
            for (Worker worker : workers) {
                bytes += bytes(worker, valueSize);
            }
            return writer == null ? bytes : bytes + bytes(writer, valueSize);
        }

        private static long bytes(Worker worker, int valueSize) {
            return worker.puts * (Keys.SIZE + valueSize) + worker.deletes * Keys.SIZE;
        }

        Histogram histogram() {
            var sum = new Histogram(workers.getFirst().histogram);
            workers.forEach(worker -> sum.add(worker.histogram));
            return sum;
        }
    }

    /// Reads for a while without counting, in the way the workload does, so that caches and
    /// compiled code are as they are in long service.
    void warmUp(Workload workload) {
        long deadline = System.nanoTime() + settings.warmupMillis * 1_000_000L;
        threads(
                workload.walksAll()
                        ? workload
                        : workload.seeks() ? Workload.SEEKRANDOM : Workload.READRANDOM,
                settings.num,
                WARM_UP_SALT,
                () -> System.nanoTime() - deadline > 0,
                false);
    }

    /// @param allPresent whether every entry is there before
    Measurement run(Workload workload, int round, boolean allPresent) {
        long count = settings.operations(workload);
        long countersBefore = workload.transacts() ? countersOf(workload) : 0;
        ForceProbe device = forceProbe(workload);
        device.run();
        Counters before = store.counters();
        Disk.sync(directory);
        DeviceProbe deviceBefore = DeviceProbe.now(directory);
        ProcessProbe processBefore = ProcessProbe.now();
        Round done = threads(workload, count, salt(workload), () -> false, allPresent);
        ProcessProbe processAfter = ProcessProbe.now();
        DeviceProbe deviceAfter = DeviceProbe.now(directory);
        double syncs = store.counters().syncs() - before.syncs();
        long settleStart = System.nanoTime();
        if (workload.writes()) {
            store.settle();
        }
        double settleSeconds = (System.nanoTime() - settleStart) / 1e9;
        Disk.sync(directory);
        var figures = new EnumMap<Figure, Double>(Figure.class);
        speed(figures, workload, done);
        resources(figures, done, processBefore, processAfter);
        figures.put(
                Figure.DEVICE_READS,
                (deviceAfter.reads() - deviceBefore.reads()) / done.operations());
        engine(figures, before, store.counters());
        if (workload == Workload.READRANDOM || workload == Workload.READMISSING) {
            countReads(figures, workload);
        }
        if (workload.writes()) {
            figures.put(Figure.SETTLE, settleSeconds);
            double user = done.userBytes(settings.valueSize);
            written(figures, user, before, deviceBefore, processBefore);
        }
        if (workload == Workload.FILLRANDOM
                || workload == Workload.FILLSEQ
                || workload.overwrites()) {
            double live = (double) settings.num * (Keys.SIZE + settings.valueSize);
            figures.put(Figure.SPACE, Disk.occupiedBytes(directory) / live);
            figures.put(Figure.DATA_SPACE, store.counters().dataBytes() / live);
        }
        if (workload.syncs()) {
            device.run();
            syncs(figures, done, syncs, device);
        }
        if (workload.transacts()) {
            checkCounters(workload, countersBefore, done.operations());
        }
        if (settings.verify && workload.writes()) {
            boolean all =
                    workload.fills()
                            ? workload != Workload.FILLSYNC
                            : allPresent && workload.keepsAll();
            figures.put(Figure.LEFT, (double) countEntries(all));
        }
        figures.values().removeIf(value -> Double.isNaN(value));
        return new Measurement(kind, workload, round, figures);
    }

    /// With every force it appends as many bytes as one write of each calling thread.
    private ForceProbe forceProbe(Workload workload) {
        int millis = workload.syncs() ? settings.deviceProbeMillis : 0;
        return new ForceProbe(
                directory, settings.threads * (Keys.SIZE + settings.valueSize), millis);
    }

    private void syncs(Map<Figure, Double> figures, Round done, double syncs, ForceProbe device) {
        figures.put(Figure.SYNCS, syncs / done.seconds());
        figures.put(Figure.GROUP, done.operations() / syncs);
        figures.put(Figure.DEVICE_MAPPED, device.mappedPerSecond());
        figures.put(Figure.DEVICE_CHANNEL, device.channelPerSecond());
        double fastest = Math.max(device.mappedPerSecond(), device.channelPerSecond());
        figures.put(
                Figure.DEVICE_SHARE,
                done.operations() / done.seconds() / (fastest * settings.threads));
    }

    private long countersOf(Workload workload) {
        try (Session session = store.session(1)) {
            return Transactor.countersOf(session, settings.entries(workload), settings.valueSize);
        }
    }

    /// Each transaction that committed has raised as many counters by one as it has entries.
    private void checkCounters(Workload workload, long before, long transactions) {
        long raised = countersOf(workload) - before;
        if (raised != Transactor.KEYS * transactions) {
            throw new IllegalStateException(
                    "updates were lost: counters rose by "
                            + raised
                            + " transactions="
                            + transactions);
        }
    }

    /// Walks over all entries, both ways where the store can, and compares.
    private long countEntries(boolean allPresent) {
        long ahead = walk(Workload.READSEQ, allPresent);
        if (kind.can(Workload.READREVERSE)) {
            long back = walk(Workload.READREVERSE, allPresent);
            if (back != ahead) {
                throw new IllegalStateException(
                        "walks differ: entries=" + ahead + " backwards=" + back);
            }
        }
        return ahead;
    }

    private long walk(Workload workload, boolean allPresent) {
        return threads(workload, settings.num, 0, () -> false, allPresent).operations();
    }

    private static void speed(Map<Figure, Double> figures, Workload workload, Round done) {
        Histogram histogram = done.histogram();
        long operations = done.operations();
        figures.put(Figure.OPS, operations / done.seconds());
        figures.put(Figure.P50, histogram.getValueAtPercentile(50) / MICRO);
        figures.put(Figure.P99, histogram.getValueAtPercentile(99) / MICRO);
        figures.put(Figure.P999, histogram.getValueAtPercentile(99.9) / MICRO);
        figures.put(Figure.MAX, histogram.getMaxValue() / MICRO);
        figures.put(Figure.SAMPLED, Math.min(1, (double) histogram.getTotalCount() / operations));
        long reads = done.workers.stream().mapToLong(worker -> worker.reads).sum();
        if (reads > 0) {
            long hits = done.workers.stream().mapToLong(worker -> worker.hits).sum();
            figures.put(Figure.FOUND, (double) hits / reads);
        }
        if (workload.transacts()) {
            long aborted = done.workers.stream().mapToLong(worker -> worker.aborted).sum();
            figures.put(Figure.ABORTED, (double) aborted / operations);
        }
        if (workload.seeks()) {
            long entries = done.workers.stream().mapToLong(worker -> worker.entries).sum();
            figures.put(Figure.ENTRIES, entries / done.seconds());
        }
        if (workload.writes() && workload.readPercent == 0 || done.writer != null) {
            figures.put(Figure.STALL, done.stallMillis());
        }
        if (done.writer != null) {
            figures.put(Figure.WRITES, done.writer.operations / done.seconds());
        }
    }

    private static void resources(
            Map<Figure, Double> figures, Round done, ProcessProbe before, ProcessProbe after) {
        double operations = done.operations();
        long allocated = done.workers.stream().mapToLong(worker -> worker.allocatedBytes).sum();
        figures.put(Figure.CPU, (after.cpuNanos() - before.cpuNanos()) / 1e9 / operations * 1e6);
        figures.put(Figure.ALLOC, allocated / operations);
        figures.put(Figure.GC, after.gcMillis() - before.gcMillis());
        figures.put(Figure.READ_BYTES, (after.readBytes() - before.readBytes()) / operations);
        figures.put(Figure.SYSCALLS, (after.systemCalls() - before.systemCalls()) / operations);
        figures.put(Figure.ANON, after.anonymousBytes() / (1 << 20));
    }

    private static void engine(Map<Figure, Double> figures, Counters before, Counters after) {
        double fileHits = after.fileHits() - before.fileHits();
        if (fileHits > 0) {
            figures.put(Figure.READS_HIT, (after.hitReads() - before.hitReads()) / fileHits);
        }
        double misses = after.misses() - before.misses();
        if (misses > 0) {
            figures.put(Figure.READS_MISS, (after.missReads() - before.missReads()) / misses);
        }
        if (after.entries() > 0) {
            figures.put(Figure.INDEX, after.indexBytes() / after.entries());
        }
        figures.put(Figure.RUNS, after.runs());
    }

    /// For a store that counts its reads only when asked to: some more lookups, not timed.
    private void countReads(Map<Figure, Double> figures, Workload workload) {
        try (Session session = store.session(1)) {
            Worker worker =
                    worker(
                            workload,
                            session,
                            new AtomicLong(settings.num),
                            WARM_UP_SALT,
                            0,
                            1,
                            false);
            session.countReads();
            if (!Double.isNaN(session.countedReads())) {
                session.countReads();
                worker.run(LOOKUPS_COUNTED, () -> false);
                figures.put(
                        workload == Workload.READRANDOM ? Figure.READS_HIT : Figure.READS_MISS,
                        session.countedReads() / worker.operations);
            }
        }
    }

    private void written(
            Map<Figure, Double> figures,
            double userBytes,
            Counters before,
            DeviceProbe deviceBefore,
            ProcessProbe processBefore) {
        figures.put(
                Figure.WA_STORE,
                (store.counters().writtenBytes() - before.writtenBytes()) / userBytes);
        figures.put(
                Figure.WA_PROCESS,
                (ProcessProbe.now().writtenBytes() - processBefore.writtenBytes()) / userBytes);
        figures.put(
                Figure.WA_DEVICE,
                (DeviceProbe.now(directory).writtenBytes() - deviceBefore.writtenBytes())
                        / userBytes);
    }

    private Round threads(
            Workload workload, long count, long salt, BooleanSupplier stop, boolean allPresent) {
        int threads = workload.walksAll() || workload == Workload.FILLSEQ ? 1 : settings.threads;
        var inserted = new AtomicLong(settings.num);
        var workers = new ArrayList<Worker>();
        var tasks = new ArrayList<Runnable>();
        var failure = new AtomicReference<Throwable>();
        var readersLeft = new AtomicBoolean(true);
        var ready = new CountDownLatch(threads);
        var go = new CountDownLatch(1);
        int batch =
                threads == 1 || workload.fills()
                        ? WRITES_PER_TRANSACTION
                        : WRITES_PER_TRANSACTION_SHARED;
        for (int t = 0; t < threads; t++) {
            int thread = t;
            long share = count / threads + (t < count % threads ? 1 : 0);
            workers.add(null);
            tasks.add(
                    () -> {
                        try (Session session = store.session(batch)) {
                            Worker worker =
                                    worker(
                                            workload,
                                            session,
                                            inserted,
                                            salt,
                                            thread,
                                            threads,
                                            allPresent);
                            workers.set(thread, worker);
                            ready.countDown();
                            go.await();
                            if (workload.walksAll()) {
                                worker.scan(workload == Workload.READREVERSE, stop);
                            } else {
                                worker.run(
                                        share, () -> stop.getAsBoolean() || failure.get() != null);
                            }
                        } catch (Throwable e) {
                            failure.compareAndSet(null, e);
                            ready.countDown();
                        }
                    });
        }
        var pool = new ArrayList<Thread>();
        tasks.forEach(task -> pool.add(Thread.ofPlatform().start(task)));
        Worker[] writer = new Worker[1];
        try {
            ready.await();
            Thread writing =
                    workload == Workload.READWHILEWRITING
                            ? Thread.ofPlatform()
                                    .start(() -> write(writer, inserted, readersLeft, failure))
                            : null;
            long start = System.nanoTime();
            go.countDown();
            for (Thread thread : pool) {
                thread.join();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            readersLeft.set(false);
            if (writing != null) {
                writing.join();
            }
            if (failure.get() != null) {
                throw new IllegalStateException(
                        workload.label() + " failed: " + failure.get(), failure.get());
            }
            return new Round(workers, writer[0], seconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void write(
            Worker[] writer,
            AtomicLong inserted,
            AtomicBoolean readersLeft,
            AtomicReference<Throwable> failure) {
        try (Session session = store.session(WRITES_PER_TRANSACTION_SHARED)) {
            int thread = settings.threads;
            writer[0] =
                    new Worker(
                            Workload.OVERWRITE_UNIFORM,
                            settings,
                            session,
                            chooser(
                                    settings.num,
                                    Workload.Choice.UNIFORM,
                                    inserted,
                                    WARM_UP_SALT,
                                    thread,
                                    thread + 1),
                            values.fork(thread),
                            kind.isOrdered(),
                            false);
            writer[0].runPaced(settings.writeRate, () -> !readersLeft.get());
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    private Worker worker(
            Workload workload,
            Session session,
            AtomicLong inserted,
            long salt,
            int thread,
            int threads,
            boolean allPresent) {
        return new Worker(
                workload,
                settings,
                session,
                chooser(
                        settings.entries(workload),
                        settings.choice(workload),
                        inserted,
                        salt,
                        thread,
                        threads),
                values.fork(thread),
                kind.isOrdered(),
                allPresent && !workload.adds());
    }

    /// Each workload draws numbers of its own, so that none finds just what another has left in a
    /// cache.
    static long salt(Workload workload) {
        return SplitMix.mix(workload.label().hashCode());
    }

    private KeyChooser chooser(
            long count,
            Workload.Choice choice,
            AtomicLong inserted,
            long salt,
            int thread,
            int threads) {
        long seed = SplitMix.mix(settings.seed + salt);
        return new KeyChooser(choice, count, order, zipf, inserted, seed, thread, threads);
    }
}
