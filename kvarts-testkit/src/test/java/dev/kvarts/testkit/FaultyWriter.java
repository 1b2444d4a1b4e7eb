package dev.kvarts.testkit;

import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KvartsException;
import dev.kvarts.api.Options;
import dev.kvarts.api.StorageException;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;
import dev.kvarts.testkit.Model.Name;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// One writer on a disk that fails. It goes on after every [KvartsException] and remembers which
/// writes were acknowledged; a write that failed may have happened or not. Any other exception is a
/// failure of the test.
final class FaultyWriter {
    static final String DIRECTORY = "db";
    private static final int KEYS = 25;
    private static final String TEMPORARY = "temporary";

    /// A checkpoint that was promised, and the steps that it may show.
    private record Copy(String directory, int required) {}

    private final SimulatedDisk disk;
    private final Options options;
    private final SplittableRandom random;
    private final UncertainHistory history = new UncertainHistory();
    private final List<Copy> copies = new ArrayList<>();
    private StepScheduler scheduler;
    private Database db; // null while it cannot be opened
    private long forcesFailedBefore; // when it was opened
    private boolean refused; // by something else than a full disk: nothing may be acknowledged now
    private int durable; // steps of the history that a loss of power must not take
    private int valuesMade;
    private int copiesBegun;
    private long acknowledged;

    FaultyWriter(SimulatedDisk disk, Options options, long seed) {
        this.disk = disk;
        this.options = options;
        this.random = new SplittableRandom(seed);
    }

    Database db() {
        return db;
    }

    StepScheduler scheduler() {
        return scheduler;
    }

    long acknowledged() {
        return acknowledged;
    }

    void run(int steps) {
        open();
        for (int i = 0; i < steps; i++) {
            if (db == null) {
                open();
            } else {
                step();
            }
        }
    }

    boolean open() {
        scheduler = new StepScheduler(random.nextLong());
        forcesFailedBefore = disk.faults().struck(Operation.Kind.MAP_FORCE);
        refused = false;
        try {
            db = Engine.open(disk.directory(DIRECTORY), scheduler, options);
            return true;
        } catch (KvartsException e) {
            db = null;
            return false;
        }
    }

    void close() {
        if (db != null) {
            try {
                db.close();
                durable = history.size();
            } catch (KvartsException e) {
                // Refused; what was acknowledged is still owed.
            }
            db = null;
        }
    }

    private void step() {
        int kind = random.nextInt(100);
        if (kind < 55) {
            put(random.nextInt(2) == 0 ? Durability.SYNC : Durability.BUFFERED, 1_500);
        } else if (kind < 68) {
            batch();
        } else if (kind < 74) {
            update();
        } else if (kind < 80) {
            attempt(
                    () -> {
                        db.flush();
                        durable = history.size();
                    });
        } else if (kind < 82) {
            attempt(
                    () -> {
                        db.compact();
                        durable = history.size();
                    });
        } else if (kind < 84) {
            attempt(this::copy);
        } else if (kind < 86) {
            close();
        } else if (kind < 90) {
            scheduler.runAll();
        } else if (kind < 93) {
            scheduler.advanceMillis(1_500);
        } else if (kind < 95) {
            attempt(this::makeAndDrop);
        } else if (kind < 96) {
            attempt(db::verify);
        } else if (kind < 97) {
            attempt(db::stats);
        } else {
            attempt(this::readAll);
        }
    }

    /// Does it; a failure in the manner agreed is fine.
    private static void attempt(Runnable operation) {
        try {
            operation.run();
        } catch (KvartsException e) {
            requireAMessage(e);
        }
    }

    private static void requireAMessage(KvartsException e) {
        if (e.getMessage() == null || e.getMessage().contains("null")) {
            throw new AssertionError("says nothing", e);
        }
    }

    private void copy() {
        int required = history.size();
        String directory = "checkpoint-" + copiesBegun++;
        db.checkpoint(Path.of(directory));
        copies.add(new Copy(directory, required));
    }

    private void makeAndDrop() {
        db.hashed(TEMPORARY).put(new byte[] {1}, new byte[100]);
        db.drop(TEMPORARY);
    }

    private Name name() {
        return new Name(random.nextInt(3) == 0 ? "b" : "a", "key-" + random.nextInt(KEYS));
    }

    private byte[] value(int sizeMax) {
        byte[] value = new byte[8 + random.nextInt(sizeMax)];
        ByteBuffer.wrap(value).putLong(++valuesMade);
        return value;
    }

    boolean put(Durability durability, int sizeMax) {
        Name name = name();
        byte[] value = random.nextInt(5) == 0 ? null : value(sizeMax);
        var change = new TreeMap<Name, byte[]>();
        change.put(name, value);
        return write(
                durability,
                change,
                () -> {
                    Keyspace keyspace = db.hashed(name.keyspace());
                    if (value == null) {
                        keyspace.delete(Model.key(name), new WriteOptions(durability));
                    } else {
                        keyspace.put(Model.key(name), value, new WriteOptions(durability));
                    }
                });
    }

    private void batch() {
        var changes = new TreeMap<Name, byte[]>();
        for (int i = 0; i < 4; i++) {
            changes.put(name(), value(400));
        }
        var durability = random.nextInt(2) == 0 ? Durability.SYNC : Durability.BUFFERED;
        write(
                durability,
                changes,
                () -> {
                    WriteBatch batch = db.batch();
                    changes.forEach(
                            (name, value) ->
                                    batch.put(db.hashed(name.keyspace()), Model.key(name), value));
                    db.write(batch, durability);
                });
    }

    private void update() {
        Name name = name();
        byte[] value = value(300);
        write(
                options.durability(),
                Map.of(name, value),
                () -> db.hashed(name.keyspace()).update(Model.key(name), _ -> value));
    }

    private boolean write(Durability durability, Map<Name, byte[]> changes, Runnable operation) {
        int step = history.begin(changes);
        try {
            operation.run();
        } catch (StorageException e) {
            requireAMessage(e);
            refused |= refusesWrites(e);
            return false;
        } catch (KvartsException e) {
            requireAMessage(e);
            return false;
        }
        if (refused || disk.faults().struck(Operation.Kind.MAP_FORCE) > forcesFailedBefore) {
            throw new AssertionError("a write was acknowledged after a sync had failed");
        }
        acknowledged++;
        history.acknowledge(step);
        if (durability == Durability.SYNC) {
            durable = history.size();
        }
        return true;
    }

    private static boolean refusesWrites(StorageException e) {
        return e.getMessage().startsWith("commit log:") && !e.retryable();
    }

    /// The database shows everything acknowledged, and of what failed whole steps.
    void readAll() {
        check(db, false);
    }

    /// As [#readAll()], for a database opened after a crash of the machine (`powerLost`) or of the
    /// process.
    void check(Database opened, boolean powerLost) {
        require(opened, powerLost ? durable : history.size());
    }

    private void require(Database opened, int required) {
        Map<Name, byte[]> found = Contents.read(opened);
        Contents.requireLookupsAgree(opened, found, history.names());
        found.keySet().removeIf(name -> name.keyspace().equals(TEMPORARY));
        history.require(found, required, history.size());
    }

    /// Checkpoints that were promised can be opened.
    void checkCopies(SimulatedDisk from) {
        for (Copy copy : copies) {
            try (Database opened =
                    Engine.open(from.directory(copy.directory), new StepScheduler(1), options)) {
                require(opened, copy.required);
            } catch (KvartsException e) {
                throw new AssertionError("promised: " + copy, e);
            }
        }
    }
}
