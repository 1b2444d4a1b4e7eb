package dev.kvarts.db;

import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.TransactionOptions;
import dev.kvarts.entry.LiveSnapshots.Registration;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.txn.KeyLocks;

import java.util.Objects;
import java.util.function.Function;

/// Begins transactions, and runs work in them until it succeeds.
///
/// Thread safety: any number of threads.
final class Transactions {
    private static final System.Logger LOGGER = System.getLogger("dev.kvarts");
    private static final long PAUSE_NANOS_MIN = 4_000;
    private static final long PAUSE_NANOS_MAX = 8_000_000;

    private final OpenDatabase database;
    private final KeyLocks locks;

    Transactions(OpenDatabase database) {
        this.database = database;
        this.locks = new KeyLocks(database.environment().scheduler());
    }

    KeyLocks locks() {
        return locks;
    }

    Transaction begin(TransactionOptions options) {
        Objects.requireNonNull(options, "options");
        return new OpenTransaction(database, locks, options);
    }

    <R> R transact(TransactionOptions options, Function<Transaction, R> work) {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(work, "work");
        for (int attempt = 1; ; attempt++) {
            try (var transaction = new OpenTransaction(database, locks, options)) {
                R result = work.apply(transaction);
                transaction.commitUnlessEnded();
                return result;
            } catch (ConflictException e) {
                if (attempt >= options.attemptsMax()) {
                    throw e;
                }
            }
            pause(attempt);
        }
    }

    /// The first time at once; then those who met wait for different times, which grow.
    private void pause(int attempt) {
        if (attempt > 1) {
            Scheduler scheduler = database.environment().scheduler();
            long most = Math.min(PAUSE_NANOS_MAX, PAUSE_NANOS_MIN << Math.min(attempt, 20));
            scheduler.await(() -> false, Long.remainderUnsigned(scheduler.random(), most) + 1);
        }
    }

    /// Ends snapshots and transactions that nobody has any more.
    void endForgotten() {
        database.environment().snapshots().endForgotten(this::forgotten);
    }

    private void forgotten(Registration lost) {
        locks.unlockAll(lost);
        if (lost.origin() != null) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "snapshot or transaction was never closed",
                    lost.origin());
        }
    }
}
