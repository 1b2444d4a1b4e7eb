package dev.kvarts.testkit.isolation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Has clients run a workload, and returns its history.
///
/// A client has one transaction open at a time and does one operation of it when it is its turn.
/// The turns of the clients of one thread are drawn from a seed: many transactions overlap in a few
/// threads, and in one thread the same seed is the same history.
///
/// @param transactions how many to begin
/// @param clients of each thread; all of them and one more have a recorder
/// @param beside called now and then by the first thread, between two operations
public record IsolationRun(
        TransactionalStore store,
        Level level,
        IsolationWorkload workload,
        long seed,
        int transactions,
        int clients,
        Runnable beside) {
    private static final int OPERATIONS_MAX = 6;
    private static final int LONG_OPERATIONS_MAX = 60; // of a long reader
    private static final int BESIDE_EVERY = 4_096; // operations

    /// In the calling thread.
    public History alone() {
        var setting = new Setting(new AtomicLong()::incrementAndGet);
        setting.preload();
        setting.turns(new SplittableRandom(seed), true).call();
        return setting.finish();
    }

    /// In so many threads.
    public History threads(int count) throws InterruptedException {
        var setting = new Setting(System::nanoTime);
        setting.preload();
        var random = new SplittableRandom(seed);
        try (var threads = Executors.newFixedThreadPool(count)) {
            List<Callable<Void>> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(setting.turns(random.split(), i == 0));
            }
            for (Future<Void> future : threads.invokeAll(all)) {
                future.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError("seed=" + seed, e.getCause());
        }
        return setting.finish();
    }

    /// What the clients of a run have in common.
    private final class Setting {
        private final LongSupplier clock;
        private final List<Recorder> recorders = new ArrayList<>();
        private final AtomicInteger begun = new AtomicInteger();
        private final SplittableRandom random = new SplittableRandom(~seed);

        Setting(LongSupplier clock) {
            this.clock = clock;
            recorders.add(new Recorder(0, clock));
        }

        Turns turns(SplittableRandom chance, boolean first) {
            var all = new ArrayList<Client>();
            for (int i = 0; i < clients; i++) {
                var recorder = new Recorder(recorders.size(), clock);
                recorders.add(recorder);
                all.add(new Client(recorder, chance.split(), begun));
            }
            return new Turns(all, chance, first ? beside : () -> {});
        }

        void preload() {
            Recorder recorder = recorders.getFirst();
            recorder.begin();
            TransactionalStore.Tx tx = store.begin(level, false);
            workload.preload(tx, recorder);
            recorder.committed(tx.commit());
        }

        /// Reads everything, now that nobody writes.
        History finish() {
            Recorder recorder = recorders.getFirst();
            recorder.begin();
            TransactionalStore.Tx tx = store.begin(level, true);
            var step = new IsolationWorkload.Step(store, tx, recorder, random);
            for (int key = 0; key < workload.keys(); key++) {
                step.read(key);
            }
            recorder.committed(tx.commit());
            return History.of(recorders);
        }
    }

    /// The clients of one thread.
    private record Turns(List<Client> clients, SplittableRandom random, Runnable beside)
            implements Callable<Void> {
        @Override
        public Void call() {
            var busy = new ArrayList<>(clients);
            for (int i = 1; !busy.isEmpty(); i++) {
                int turn = random.nextInt(busy.size());
                if (!busy.get(turn).step()) {
                    busy.remove(turn);
                }
                if (i % BESIDE_EVERY == 0) {
                    beside.run();
                }
            }
            return null;
        }
    }

    /// Begins a transaction, does its operations, and ends it, one at each step.
    private final class Client {
        private final Recorder recorder;
        private final SplittableRandom random;
        private final AtomicInteger begun;
        private IsolationWorkload.Step step; // null between two transactions
        private boolean readOnly;
        private int operations; // still to do
        private int window;

        Client(Recorder recorder, SplittableRandom random, AtomicInteger begun) {
            this.recorder = recorder;
            this.random = random;
            this.begun = begun;
        }

        /// Returns false if it is done.
        boolean step() {
            if (step == null) {
                int number = begun.getAndIncrement();
                if (number < transactions) {
                    begin(number);
                }
                return number < transactions;
            }
            try {
                if (operations-- > 0) {
                    workload.operation(step, window, readOnly);
                } else {
                    end();
                }
            } catch (TransactionalStore.Aborted _) {
                step.tx().rollback();
                recorder.aborted();
                step = null;
            }
            return true;
        }

        private void begin(int number) {
            window = (int) ((long) number * workload.keys() / transactions);
            int kind = random.nextInt(64);
            readOnly = kind < 8;
            operations = 1 + random.nextInt(kind == 0 ? LONG_OPERATIONS_MAX : OPERATIONS_MAX);
            recorder.begin();
            TransactionalStore.Tx tx = store.begin(level, readOnly);
            step = new IsolationWorkload.Step(store, tx, recorder, random);
        }

        private void end() {
            if (random.nextInt(32) == 0) {
                step.tx().rollback();
                recorder.aborted();
            } else {
                recorder.committed(step.tx().commit());
            }
            step = null;
        }
    }
}
