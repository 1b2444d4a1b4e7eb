package dev.kvarts.testkit;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KvartsException;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.StorageException;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;
import dev.kvarts.testkit.Model.Name;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
    private static final List<String> TEMPORARY = List.of("temporary", "o-temporary");

    /// A checkpoint that was promised, and the steps that it may show.
    private record Copy(String directory, int required) {}

    private final SimulatedDisk disk;
    private final Options options;
    private final Compaction compaction; // of ordered keyspaces; null: there are none
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
    private int ingestionsBegun;
    private long acknowledged;

    FaultyWriter(SimulatedDisk disk, Options options, long seed) {
        this(disk, options, null, seed);
    }

    FaultyWriter(SimulatedDisk disk, Options options, Compaction compaction, long seed) {
        this.disk = disk;
        this.options = options;
        this.compaction = compaction;
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
        if (compaction != null && random.nextInt(4) == 0) {
            orderedStep();
            return;
        }
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

    private void orderedStep() {
        int kind = random.nextInt(10);
        if (kind < 3) {
            deleteRange();
        } else if (kind < 5) {
            ingest();
        } else if (kind < 8) {
            attempt(
                    () -> {
                        db.flush();
                        durable = history.size();
                    });
        } else {
            byte[] from = Model.key(name());
            attempt(() -> ordered("o").compact(Range.atLeast(from)));
        }
    }

    private Keyspace keyspace(String name) {
        return Contents.isOrdered(name) ? ordered(name) : db.hashed(name);
    }

    private OrderedKeyspace ordered(String name) {
        return db.ordered(
                name,
                KeyspaceOptions.defaults()
                        .withCompaction(compaction)
                        .withBlockBytes(KeyspaceOptions.BLOCK_BYTES_MIN)
                        .withValueSeparation(name.equals("o") ? 600 : 64));
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
        String name = TEMPORARY.get(compaction == null ? 0 : random.nextInt(2));
        keyspace(name).put(new byte[] {1}, new byte[100]);
        if (random.nextBoolean()) {
            db.flush();
        }
        db.drop(name);
    }

    private Name name() {
        boolean other = random.nextInt(3) == 0;
        if (compaction != null && random.nextInt(3) != 0) {
            return new Name(other ? "ov" : "o", "key-" + random.nextInt(KEYS));
        }
        return new Name(other ? "b" : "a", "key-" + random.nextInt(KEYS));
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
                    Keyspace keyspace = keyspace(name.keyspace());
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
                                    batch.put(keyspace(name.keyspace()), Model.key(name), value));
                    db.write(batch, durability);
                });
    }

    private void update() {
        Name name = name();
        byte[] value = value(300);
        write(
                options.durability(),
                Map.of(name, value),
                () -> keyspace(name.keyspace()).update(Model.key(name), _ -> value));
    }

    /// Whatever was ever written to the range is gone, be it there or not.
    private void deleteRange() {
        String keyspace = random.nextInt(3) == 0 ? "ov" : "o";
        byte[] from = Model.key(name());
        byte[] to = Model.key(name());
        var range =
                Arrays.compareUnsigned(from, to) < 0 ? new Range(from, to) : new Range(to, from);
        if (range.isEmpty()) {
            return; // says nothing of what was before it
        }
        var changes = new TreeMap<Name, byte[]>();
        for (Name name : history.names()) {
            if (name.keyspace().equals(keyspace) && range.contains(Model.key(name))) {
                changes.put(name, null);
            }
        }
        var durability = random.nextInt(2) == 0 ? Durability.SYNC : Durability.BUFFERED;
        write(
                durability,
                changes,
                () -> ordered(keyspace).deleteRange(range, new WriteOptions(durability)));
    }

    /// Under keys that never were.
    private void ingest() {
        String keyspace = random.nextInt(3) == 0 ? "ov" : "o";
        String beginning = "key-1-ingested-" + (1_000 + ingestionsBegun++);
        var changes = new TreeMap<Name, byte[]>();
        for (int i = random.nextInt(1, 10); i > 0; i--) {
            changes.put(new Name(keyspace, beginning + "-" + i), value(800));
        }
        var entries = new ArrayList<Entry>();
        changes.forEach((name, value) -> entries.add(new Entry(Model.key(name), value)));
        boolean done =
                write(Durability.SYNC, changes, () -> ordered(keyspace).ingest(entries.iterator()));
        if (!done) {
            attempt(() -> requireAbsent(ordered(keyspace), entries));
        }
    }

    private static void requireAbsent(OrderedKeyspace keyspace, List<Entry> entries) {
        for (Entry entry : entries) {
            if (keyspace.contains(entry.key())) {
                throw new AssertionError("an ingestion that failed is seen: " + entry);
            }
        }
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
        found.keySet().removeIf(name -> TEMPORARY.contains(name.keyspace()));
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
