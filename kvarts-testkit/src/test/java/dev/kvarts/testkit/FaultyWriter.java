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

    /// One write of one key.
    private static final class Write {
        final byte[] value;
        boolean acknowledged;

        Write(byte[] value) {
            this.value = value;
        }
    }

    private final SimulatedDisk disk;
    private final Options options;
    private final SplittableRandom random;
    private final Map<Name, List<Write>> writes = new TreeMap<>();
    private final Map<Name, Integer> durable = new TreeMap<>(); // writes of a key that must survive
    private StepScheduler scheduler;
    private Database db; // null while it cannot be opened
    private boolean refusing; // a sync has failed: nothing may be acknowledged any more
    private int valuesMade;
    private int checkpoints;
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
        try {
            db = Engine.open(disk.directory(DIRECTORY), scheduler, options);
            refusing = false;
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
                allDurable();
            } catch (KvartsException e) {
                // Refused; what was acknowledged is still owed.
            }
            db = null;
        }
    }

    private void step() {
        int kind = random.nextInt(100);
        if (kind < 60) {
            put(random.nextInt(2) == 0 ? Durability.SYNC : Durability.BUFFERED, 1_500);
        } else if (kind < 75) {
            batch();
        } else if (kind < 82) {
            attempt(
                    () -> {
                        db.flush();
                        allDurable();
                    });
        } else if (kind < 84) {
            attempt(
                    () -> {
                        db.compact();
                        allDurable();
                    });
        } else if (kind < 86) {
            attempt(() -> db.checkpoint(Path.of("checkpoint-" + checkpoints++)));
        } else if (kind < 88) {
            close();
        } else if (kind < 92) {
            scheduler.runAll();
        } else if (kind < 95) {
            scheduler.advanceMillis(1_500);
        } else {
            attempt(this::readAll);
        }
    }

    /// Does it; a failure in the manner agreed is fine.
    boolean attempt(Runnable operation) {
        try {
            operation.run();
            return true;
        } catch (KvartsException e) {
            return false;
        }
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
        return write(
                durability,
                Map.of(name, new Write(value)),
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
        var changes = new TreeMap<Name, Write>();
        for (int i = 0; i < 4; i++) {
            changes.put(name(), new Write(value(400)));
        }
        var durability = random.nextInt(2) == 0 ? Durability.SYNC : Durability.BUFFERED;
        write(
                durability,
                changes,
                () -> {
                    WriteBatch batch = db.batch();
                    changes.forEach(
                            (name, write) ->
                                    batch.put(
                                            db.hashed(name.keyspace()),
                                            Model.key(name),
                                            write.value));
                    db.write(batch, durability);
                });
    }

    private boolean write(Durability durability, Map<Name, Write> changes, Runnable operation) {
        changes.forEach(
                (name, write) -> writes.computeIfAbsent(name, _ -> new ArrayList<>()).add(write));
        try {
            operation.run();
        } catch (StorageException e) {
            refusing |= !e.retryable() && durability == Durability.SYNC;
            return false;
        } catch (KvartsException e) {
            return false;
        }
        if (refusing) {
            throw new AssertionError("a write was acknowledged after a sync had failed");
        }
        acknowledged++;
        changes.values().forEach(write -> write.acknowledged = true);
        if (durability == Durability.SYNC) {
            allDurable();
        }
        return true;
    }

    private void allDurable() {
        writes.forEach((name, list) -> durable.put(name, lastAcknowledged(list)));
    }

    private static int lastAcknowledged(List<Write> list) {
        for (int i = list.size(); i > 0; i--) {
            if (list.get(i - 1).acknowledged) {
                return i;
            }
        }
        return 0;
    }

    /// Every value is one that its key may have: the last one acknowledged, or one whose write
    /// failed later.
    void readAll() {
        check(db, false);
    }

    /// As [#readAll()], for a database opened after a crash of the machine (`powerLost`) or of the
    /// process.
    void check(Database opened, boolean powerLost) {
        Map<Name, byte[]> found = Contents.read(opened);
        Contents.requireLookupsAgree(opened, found, writes.keySet());
        for (Name name : found.keySet()) {
            if (!writes.containsKey(name)) {
                throw new AssertionError("a key that was never written: " + name);
            }
        }
        writes.forEach(
                (name, list) -> {
                    int from = powerLost ? durable.getOrDefault(name, 0) : lastAcknowledged(list);
                    byte[] value = found.get(name);
                    boolean possible = from == 0 && value == null;
                    for (int i = Math.max(0, from - 1); i < list.size(); i++) {
                        possible |= Arrays.equals(value, list.get(i).value);
                    }
                    if (!possible) {
                        throw new AssertionError(
                                "key has a value it cannot have: "
                                        + name
                                        + " value="
                                        + (value == null ? "none" : number(value))
                                        + " powerLost="
                                        + powerLost
                                        + " must survive="
                                        + from
                                        + " writes="
                                        + list.stream()
                                                .map(
                                                        write ->
                                                                number(write.value)
                                                                        + (write.acknowledged
                                                                                ? "+"
                                                                                : "-"))
                                                .toList());
                    }
                });
    }

    private static String number(byte[] value) {
        return value == null ? "deleted" : Long.toString(ByteBuffer.wrap(value).getLong());
    }
}
