package dev.kvarts.testkit;

import dev.kvarts.api.Database;
import dev.kvarts.api.Options;
import dev.kvarts.db.Engine;
import dev.kvarts.testkit.Model.Name;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Runs a [Workload] once, takes the disk's image at every operation, and then crashes at each of
/// these moments in every mode: opens what survived, and requires that it is a prefix of the
/// history with every promised step in it.
///
/// For a sample of the crashes the recovery itself is crashed at each of its operations in every
/// mode; or it is crashed, and the recovery from that, and so on; the checkpoints that were
/// promised are opened; the recovered database is written to, crashed at each operation of that,
/// closed and opened again.
///
/// Recoveries of killed processes are crashed more often than others: what the process had not
/// synced is still not, so that the recovery sees much that a later crash may take.
public final class CrashExplorer {
    private static final String DIRECTORY = "db";
    private static final int MOMENTS_MAX = 100_000;
    private static final int CRASHES_IN_A_ROW_MAX = 5;

    /// How thoroughly.
    ///
    /// @param seedsPerMode crashes per moment in each of the random modes
    /// @param recoveryOneIn of so many crashes one has its recovery crashed at each operation
    /// @param killedRecoveryOneIn the same, of killed processes
    /// @param againOneIn of so many killed processes one is crashed again and again
    /// @param continueOneIn of so many crashes one is continued, crashed, closed and opened again
    /// @param checkpointOneIn of so many crashes one has its checkpoints opened
    /// @param threads real threads that check
    public record Effort(
            int seedsPerMode,
            int recoveryOneIn,
            int killedRecoveryOneIn,
            int againOneIn,
            int continueOneIn,
            int checkpointOneIn,
            int threads) {}

    /// The disk at one operation, and what had been promised then.
    private record Moment(
            DiskImage image, Model.Promise promise, int checkpoints, String operation) {}

    private final Options options;
    private final Workload.Shape shape;
    private final long seed;
    private final Effort effort;
    private final List<Moment> moments = new ArrayList<>();
    private final Map<String, Integer> operations = new TreeMap<>();
    private final AtomicLong states = new AtomicLong();
    private final AtomicLong recoveryStates = new AtomicLong();
    private final AtomicLong crashedAgain = new AtomicLong();
    private final AtomicLong continued = new AtomicLong();
    private final AtomicLong checkpointsOpened = new AtomicLong();
    private Workload workload;

    public CrashExplorer(Options options, Workload.Shape shape, long seed, Effort effort) {
        this.options = options;
        this.shape = shape;
        this.seed = seed;
        this.effort = effort;
    }

    /// Crashes checked so far, those of recoveries included.
    public long states() {
        return states.get();
    }

    /// Those of recoveries.
    public long recoveryStates() {
        return recoveryStates.get();
    }

    /// What was done, in one line.
    @Override
    public String toString() {
        return "seed="
                + seed
                + " moments="
                + moments.size()
                + " states="
                + states
                + " recoveryStates="
                + recoveryStates
                + " crashedAgain="
                + crashedAgain
                + " continued="
                + continued
                + " checkpointsOpened="
                + checkpointsOpened;
    }

    /// How often the workload did what to which kind of file: `CREATE table`.
    public Map<String, Integer> operations() {
        return operations;
    }

    /// What the workload has seen of its ordered keyspaces; see [Workload#work()].
    public Workload.Work work() {
        return workload.work();
    }

    /// Runs the workload and remembers the disk at each operation. `prepare` may plant faults.
    public void record(Consumer<SimulatedDisk> prepare) {
        var disk = new SimulatedDisk().usedByOneThread();
        var sampling = new SplittableRandom(seed);
        workload =
                new Workload(
                        disk.directory(DIRECTORY),
                        options,
                        shape,
                        seed,
                        () -> {
                            if (sampling.nextInt(4) == 0) {
                                remember(disk, "between operations");
                            }
                        });
        prepare.accept(disk);
        disk.listen(
                operation -> {
                    if (operation.kind().changes()) {
                        count(operation);
                        remember(disk, operation.toString());
                    }
                });
        workload.run();
    }

    private void count(Operation operation) {
        int end = operation.file().indexOf('-');
        String kind = end < 0 ? operation.file() : operation.file().substring(0, end);
        operations.merge(operation.kind() + " " + kind, 1, Integer::sum);
    }

    private void remember(SimulatedDisk disk, String operation) {
        if (moments.size() == MOMENTS_MAX) {
            throw new AssertionError("operations without end, at " + operation + " seed=" + seed);
        }
        moments.add(
                new Moment(
                        disk.image(),
                        workload.model().promise(),
                        workload.checkpoints().size(),
                        operation));
    }

    /// Crashes at each moment.
    ///
    /// @throws AssertionError that says how to repeat it, if a promise is broken
    public void explore() {
        var failed = new AtomicBoolean();
        var workers = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < effort.threads; i++) {
            int from = (int) ((long) moments.size() * i / effort.threads);
            int to = (int) ((long) moments.size() * (i + 1) / effort.threads);
            workers.add(
                    CompletableFuture.runAsync(
                            () -> explore(from, to, failed),
                            task -> Thread.ofPlatform().name("crash-explorer").start(task)));
        }
        try {
            workers.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            throw e.getCause() instanceof AssertionError error ? error : new AssertionError(e);
        }
    }

    private void explore(int from, int to, AtomicBoolean failed) {
        var check = workload.model().check();
        var random = new SplittableRandom(seed + from);
        for (int i = from; i < to && !failed.get(); i++) {
            Moment moment = moments.get(i);
            for (CrashMode mode : CrashMode.values()) {
                int seeds = mode.random() ? effort.seedsPerMode : 1;
                if (moment.image.clean() && mode != CrashMode.PROCESS_KILL) {
                    continue; // the same disk in every mode
                }
                for (int j = 0; j < seeds; j++) {
                    long crashSeed = random.nextLong();
                    try {
                        new Crash(check, moment, mode, crashSeed).run();
                    } catch (Throwable e) {
                        failed.set(true);
                        throw new AssertionError(
                                "workload seed="
                                        + seed
                                        + " shape="
                                        + shape
                                        + " moment="
                                        + i
                                        + " at "
                                        + moment.operation
                                        + " mode="
                                        + mode
                                        + " crashSeed="
                                        + crashSeed
                                        + " promise="
                                        + moment.promise
                                        + ": "
                                        + e,
                                e);
                    }
                }
            }
        }
    }

    /// One crash and all that follows from it.
    private final class Crash {
        private final Model.Check check;
        private final Moment moment;
        private final SplittableRandom random;
        private final SimulatedDisk disk;
        private final CrashMode mode;
        private final int required;

        Crash(Model.Check check, Moment moment, CrashMode mode, long crashSeed) {
            this.check = check;
            this.moment = moment;
            this.mode = mode;
            this.random = new SplittableRandom(crashSeed);
            this.disk = moment.image.crash(mode, crashSeed).usedByOneThread();
            this.required = moment.promise.required(mode);
        }

        private boolean oneIn(int count) {
            return count > 0 && random.nextInt(count) == 0;
        }

        void run() {
            states.incrementAndGet();
            if (oneIn(effort.checkpointOneIn)) {
                openCheckpoints();
            }
            boolean killed = mode == CrashMode.PROCESS_KILL;
            if (oneIn(killed ? effort.killedRecoveryOneIn : effort.recoveryOneIn)) {
                crashTheRecovery();
                return;
            }
            if (killed && oneIn(effort.againOneIn)) {
                crashAgainAndAgain();
                return;
            }
            if (oneIn(effort.continueOneIn)) {
                goOn();
                return;
            }
            try (Database db = open(disk, DIRECTORY, random.nextLong())) {
                requirePrefix(check, db, required, moment.promise);
            }
        }

        private Map<Name, byte[]> requirePrefix(
                Model.Check history, Database db, int steps, Model.Promise promise) {
            Map<Name, byte[]> found = Contents.read(db);
            history.prefix(found, steps, promise);
            Contents.requireLookupsAgree(db, found, names(found));
            return found;
        }

        /// What was recovered is the first step of another history, which is crashed at each of its
        /// operations.
        private void goOn() {
            record Later(DiskImage image, Model.Promise promise, Operation operation) {}
            continued.incrementAndGet();
            var later = new ArrayList<Later>();
            Model model;
            try (Database db = open(disk, DIRECTORY, random.nextLong())) {
                model = new Model(requirePrefix(check, db, required, moment.promise));
                disk.listen(
                        operation -> {
                            if (operation.kind().changes()) {
                                later.add(new Later(disk.image(), model.promise(), operation));
                            }
                        });
                Workload.continueWith(db, model, random.nextLong());
            }
            disk.listen(_ -> {});
            Model.Check history = model.check();
            for (Later crash : later) {
                CrashMode how = anyMode();
                long crashSeed = random.nextLong();
                states.incrementAndGet();
                SimulatedDisk survived = crash.image.crash(how, crashSeed).usedByOneThread();
                try (Database db = open(survived, DIRECTORY, random.nextLong())) {
                    requirePrefix(history, db, crash.promise.required(how), crash.promise);
                } catch (Throwable e) {
                    throw new AssertionError(
                            "gone on, crashed at "
                                    + crash.operation
                                    + " mode="
                                    + how
                                    + " crashSeed="
                                    + crashSeed
                                    + ": "
                                    + e,
                            e);
                }
            }
            try (Database db = open(disk, DIRECTORY, random.nextLong())) {
                Model.Promise all = model.promise();
                requirePrefix(history, db, all.begun(), all);
                if (!db.verify().ok()) {
                    throw new AssertionError("verify finds damage: " + db.verify());
                }
            }
        }

        private CrashMode anyMode() {
            CrashMode[] modes = CrashMode.values();
            return modes[random.nextInt(modes.length)];
        }

        /// Crashes the recovery, and the recovery from that, and so on, each at one operation drawn
        /// at random.
        private void crashAgainAndAgain() {
            crashedAgain.incrementAndGet();
            var story = new StringBuilder();
            boolean killedOnly = true;
            SimulatedDisk present = disk;
            for (int i = 0; i < CRASHES_IN_A_ROW_MAX; i++) {
                var drawn = new Drawn(present);
                present.listen(drawn);
                try (Database db = open(present, DIRECTORY, random.nextLong())) {
                    int steps =
                            killedOnly ? moment.promise.acknowledged() : moment.promise.durable();
                    requirePrefix(check, db, steps, moment.promise);
                } catch (Throwable e) {
                    throw new AssertionError("crashed again" + story + ": " + e, e);
                }
                CrashMode how = anyMode();
                long crashSeed = random.nextLong();
                story.append(" at " + drawn.operation + " mode=" + how + " crashSeed=" + crashSeed);
                killedOnly &= how == CrashMode.PROCESS_KILL;
                states.incrementAndGet();
                recoveryStates.incrementAndGet();
                present = drawn.image.crash(how, crashSeed).usedByOneThread();
            }
        }

        /// The image at one operation, each with the same chance.
        private final class Drawn implements OperationListener {
            private final SimulatedDisk watched;
            private int seen;
            private DiskImage image;
            private Operation operation;

            Drawn(SimulatedDisk watched) {
                this.watched = watched;
            }

            @Override
            public void before(Operation next) {
                if (next.kind().changes() && random.nextInt(++seen) == 0) {
                    image = watched.image();
                    operation = next;
                }
            }
        }

        /// All keys of the end of history, present or not, and those found.
        private Set<Name> names(Map<Name, byte[]> found) {
            var names = new HashSet<>(workload.model().now().keySet());
            names.addAll(found.keySet());
            return names;
        }

        private void crashTheRecovery() {
            record Inner(DiskImage image, Operation operation) {}
            var inner = new ArrayList<Inner>();
            disk.listen(
                    operation -> {
                        if (operation.kind().changes()) {
                            inner.add(new Inner(disk.image(), operation));
                        }
                    });
            try (Database db = open(disk, DIRECTORY, random.nextLong())) {
                requirePrefix(check, db, required, moment.promise);
            }
            disk.listen(_ -> {});
            for (Inner again : inner) {
                for (CrashMode innerMode : CrashMode.values()) {
                    long innerSeed = random.nextLong();
                    // Only of a process killed twice everything acknowledged is asked.
                    int innerRequired =
                            moment.promise.required(
                                    mode == CrashMode.PROCESS_KILL
                                            ? innerMode
                                            : CrashMode.SYNCED_ONLY);
                    states.incrementAndGet();
                    recoveryStates.incrementAndGet();
                    SimulatedDisk second =
                            again.image.crash(innerMode, innerSeed).usedByOneThread();
                    try (Database db = open(second, DIRECTORY, random.nextLong())) {
                        requirePrefix(check, db, innerRequired, moment.promise);
                    } catch (Throwable e) {
                        throw new AssertionError(
                                "recovery crashed at "
                                        + again.operation
                                        + " mode="
                                        + innerMode
                                        + " crashSeed="
                                        + innerSeed
                                        + ": "
                                        + e,
                                e);
                    }
                }
            }
        }

        private void openCheckpoints() {
            for (var checkpoint : workload.checkpoints().subList(0, moment.checkpoints)) {
                checkpointsOpened.incrementAndGet();
                try (Database db = open(disk, checkpoint.directory(), random.nextLong())) {
                    Map<Name, byte[]> found = Contents.read(db);
                    workload.model()
                            .check()
                            .prefix(found, checkpoint.required(), checkpoint.promise());
                } catch (Throwable e) {
                    throw new AssertionError(checkpoint + ": " + e, e);
                }
            }
        }
    }

    private Database open(SimulatedDisk disk, String directory, long schedulerSeed) {
        var scheduler = new StepScheduler(schedulerSeed);
        scheduler.shiftWall(Workload.LATER_MILLIS);
        return Engine.open(disk.directory(directory), scheduler, options);
    }
}
