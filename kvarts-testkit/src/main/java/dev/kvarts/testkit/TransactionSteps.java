package dev.kvarts.testkit;

import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Isolation;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Savepoint;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.TransactionOptions;
import dev.kvarts.testkit.Model.Change;
import dev.kvarts.testkit.Model.Name;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// What a [Workload] does in transactions, and the snapshots that it holds open while all else goes
/// on.
final class TransactionSteps {
    private static final int SNAPSHOTS_MAX = 3;
    private static final int OPERATIONS_MAX = 10;

    private record Held(Snapshot snapshot, NavigableMap<Name, byte[]> view) {}

    private final Workload workload;
    private final SplittableRandom random;
    private final List<Held> held = new ArrayList<>();

    TransactionSteps(Workload workload) {
        this.workload = workload;
        this.random = workload.random();
    }

    /// Before the database is closed.
    void close() {
        held.forEach(each -> each.snapshot.close());
        held.clear();
    }

    void step() {
        if (random.nextInt(3) != 0) {
            transaction();
        } else if (held.isEmpty() || random.nextInt(3) == 0) {
            hold();
        } else {
            Held some = held.get(random.nextInt(held.size()));
            look(some);
            if (random.nextInt(4) == 0) {
                held.remove(some);
                some.snapshot.close();
            }
        }
    }

    private Keyspace keyspace(Name name) {
        return Contents.keyspace(workload.db(), name.keyspace());
    }

    // Snapshots.

    private void hold() {
        if (held.size() == SNAPSHOTS_MAX) {
            held.removeFirst().snapshot.close();
        }
        held.add(new Held(workload.db().snapshot(), new TreeMap<>(workload.model().now())));
    }

    private void look(Held some) {
        for (int i = 0; i < 10; i++) {
            Name name = workload.name();
            byte[] found = some.snapshot.get(keyspace(name), Model.key(name));
            Workload.require(
                    Arrays.equals(some.view.get(name), found), "snapshot has another value", name);
        }
        Name any = workload.name();
        if (random.nextInt(3) == 0) {
            int seen = 0;
            try (Cursor cursor = some.snapshot.cursor(keyspace(any))) {
                while (cursor.next()) {
                    Name name = Model.name(any.keyspace(), cursor.key());
                    Workload.require(
                            Arrays.equals(some.view.get(name), cursor.value()),
                            "snapshot's cursor shows another value",
                            name);
                    seen++;
                }
            }
            long expected =
                    some.view.keySet().stream()
                            .filter(name -> name.keyspace().equals(any.keyspace()))
                            .count();
            Workload.require(seen == expected, "snapshot's cursor shows another number", any);
        }
    }

    // Transactions.

    /// One transaction, half-way.
    private final class Run {
        final Transaction transaction;
        final Map<Name, byte[]> view = new TreeMap<>(workload.model().now());
        final Map<Name, Change> changes = new LinkedHashMap<>();
        final List<Name> touched = new ArrayList<>();

        Run(Transaction transaction) {
            this.transaction = transaction;
        }

        void set(Name name, byte[] value) {
            if (value == null) {
                transaction.delete(keyspace(name), Model.key(name));
                view.remove(name);
            } else {
                transaction.put(keyspace(name), Model.key(name), value);
                view.put(name, value);
            }
            changes.put(name, new Change(name, value));
            touched.add(name);
        }

        void read() {
            Name name = workload.name();
            byte[] found = transaction.get(keyspace(name), Model.key(name));
            Workload.require(
                    Arrays.equals(view.get(name), found), "transaction reads another value", name);
            touched.add(name);
        }

        /// Removes the keys of a keyspace from one on.
        void deleteFrom() {
            Name from = workload.name();
            if (keyspace(from) instanceof OrderedKeyspace ordered) {
                transaction.deleteRange(ordered, Range.atLeast(Model.key(from)));
                for (Change gone :
                        workload.model().without(from.keyspace(), Range.atLeast(Model.key(from)))) {
                    changes.put(gone.name(), gone);
                }
                List<Name> own = new ArrayList<>(changes.keySet());
                for (Name name : own) {
                    if (name.keyspace().equals(from.keyspace())
                            && Arrays.compareUnsigned(Model.key(name), Model.key(from)) >= 0) {
                        changes.put(name, new Change(name, null));
                        view.remove(name);
                    }
                }
                touched.add(from);
            }
        }

        void walk() {
            Name any = workload.name();
            int seen = 0;
            try (Cursor cursor = transaction.cursor(keyspace(any))) {
                while (cursor.next()) {
                    Name name = Model.name(any.keyspace(), cursor.key());
                    Workload.require(
                            Arrays.equals(view.get(name), cursor.value()),
                            "transaction's cursor shows another value",
                            name);
                    seen++;
                }
            }
            long expected =
                    view.keySet().stream()
                            .filter(name -> name.keyspace().equals(any.keyspace()))
                            .count();
            Workload.require(seen == expected, "transaction's cursor shows another number", any);
        }

        void operation() {
            int kind = random.nextInt(20);
            if (kind < 10) {
                set(workload.name(), random.nextInt(4) == 0 ? null : workload.value());
            } else if (kind < 17) {
                read();
            } else if (kind < 18) {
                deleteFrom();
            } else if (kind < 19) {
                walk();
            } else {
                takeBack();
            }
        }

        /// Writes something after a savepoint and rolls back to it.
        private void takeBack() {
            var viewBefore = new TreeMap<>(view);
            var changesBefore = new LinkedHashMap<>(changes);
            var touchedBefore = new ArrayList<>(touched);
            Savepoint savepoint = transaction.savepoint();
            set(workload.name(), workload.value());
            set(workload.name(), null);
            deleteFrom();
            transaction.rollbackTo(savepoint);
            view.clear();
            view.putAll(viewBefore);
            changes.clear();
            changes.putAll(changesBefore);
            touched.clear();
            touched.addAll(touchedBefore);
        }
    }

    private void transaction() {
        Isolation isolation = random.nextBoolean() ? Isolation.SERIALIZABLE : Isolation.SNAPSHOT;
        TransactionOptions options = TransactionOptions.defaults().withIsolation(isolation);
        Durability durability = workload.durability();
        try (Transaction transaction = workload.db().begin(options)) {
            var run = new Run(transaction);
            for (int i = random.nextInt(1, OPERATIONS_MAX); i > 0; i--) {
                run.operation();
            }
            if (random.nextInt(6) == 0) {
                transaction.rollback();
            } else if (random.nextInt(6) == 0 && !run.changes.isEmpty()) {
                conflict(run, isolation, durability);
            } else if (run.changes.isEmpty()) {
                transaction.commit(durability);
            } else {
                workload.write(
                        durability,
                        List.copyOf(run.changes.values()),
                        () -> transaction.commit(durability));
            }
        }
    }

    /// Somebody else writes a key that the transaction read or wrote: it must not be committed if
    /// it relies on it.
    private void conflict(Run run, Isolation isolation, Durability durability) {
        Name name = run.touched.get(random.nextInt(run.touched.size()));
        boolean relies = isolation == Isolation.SERIALIZABLE || run.changes.containsKey(name);
        byte[] value = workload.value();
        workload.write(
                Durability.BUFFERED,
                List.of(new Change(name, value)),
                () -> keyspace(name).put(Model.key(name), value));
        if (random.nextInt(4) == 0) {
            workload.flush();
        }
        if (!relies) {
            run.transaction.rollback();
            return;
        }
        try {
            run.transaction.commit(durability);
        } catch (ConflictException expected) {
            return;
        }
        Workload.require(false, "transaction was committed in spite of a conflict", name);
    }
}
