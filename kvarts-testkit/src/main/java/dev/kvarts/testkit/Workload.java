package dev.kvarts.testkit;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Gathered;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.db.Engine;
import dev.kvarts.io.Directory;
import dev.kvarts.testkit.Model.Change;
import dev.kvarts.testkit.Model.Name;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// One writer doing everything a writer can do, in an order drawn from a seed, with a [Model]
/// beside it. Every result is compared with the model's at once. Small keyspaces and memory stores
/// make flushes, reclaims and merges frequent.
///
/// Keyspaces: `a` and `b` logged, `u` unlogged; where there are ordered ones, also `o` and `ov`, of
/// which the second keeps nearly all values apart from their keys, and `ou` unlogged.
public final class Workload {
    /// How much of it.
    ///
    /// @param steps operations, of which nearly all are writes
    /// @param keys different keys in keyspace `a` or `o`; the others have fewer
    /// @param valueSizeMax longest value
    /// @param durability default of the database
    /// @param compaction of ordered keyspaces, at first; null: there are none
    public record Shape(
            int steps, int keys, int valueSizeMax, Durability durability, Compaction compaction) {
        boolean ordered() {
            return compaction != null;
        }
    }

    /// What was done to its ordered keyspaces, so that a test can require that it was done at all.
    ///
    /// @param flushes of memory stores
    /// @param compactions merges of tables
    /// @param rangesDeleted ranges with something in them that were removed
    /// @param ingested entries
    public record Work(long flushes, long compactions, long rangesDeleted, long ingested) {
        Work plus(Work other) {
            return new Work(
                    flushes + other.flushes,
                    compactions + other.compactions,
                    rangesDeleted + other.rangesDeleted,
                    ingested + other.ingested);
        }
    }

    /// A copy that was promised to be complete.
    ///
    /// @param directory where
    /// @param required steps that must be in it
    /// @param promise what else may be in it
    public record Checkpoint(String directory, int required, Model.Promise promise) {}

    /// Who looks after a crash looks so much later: what lives shortly has expired.
    static final long LATER_MILLIS = Duration.ofDays(1).toMillis();

    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofDays(1_000);

    /// Values of keyspaces `a`, `b` and `o` are merged by it.
    static final String MERGED_BY = "append";

    private static final List<String> HASHED = List.of("a", "b");
    private static final List<String> UNLOGGED = List.of("u", "ou");

    private final Directory directory;
    private final Options options;
    private final Shape shape;
    private final SplittableRandom random;
    private final Model model;
    private final List<Checkpoint> checkpoints = new ArrayList<>();
    private final Runnable betweenSteps;
    private final OrderedSteps ordered;
    private final TransactionSteps transactions;
    private StepScheduler scheduler;
    private Database db;
    private int valuesMade;
    private int checkpointsBegun;

    /// @param betweenSteps called before each step, for looking at the disk
    public Workload(
            Directory directory, Options options, Shape shape, long seed, Runnable betweenSteps) {
        this.directory = directory;
        this.options = options.withDurability(shape.durability());
        this.shape = shape;
        this.random = new SplittableRandom(seed);
        this.model = new Model();
        this.betweenSteps = betweenSteps;
        this.ordered = new OrderedSteps(this);
        this.transactions = new TransactionSteps(this);
    }

    /// The smallest stores and segments there are.
    public static Options tinyOptions() {
        return Options.defaults()
                .withMemory(Options.MEMORY_BYTES_MIN)
                .withMemoryStore(Options.MEMORY_STORE_BYTES_MIN)
                .withLogSegmentBytes(Options.LOG_SEGMENT_BYTES_MIN);
    }

    public Model model() {
        return model;
    }

    /// What was done so far, but for what the database that is open now has done by itself.
    public Work work() {
        return ordered.work();
    }

    Database db() {
        return db;
    }

    Shape shape() {
        return shape;
    }

    SplittableRandom random() {
        return random;
    }

    /// Checkpoints that have returned.
    public List<Checkpoint> checkpoints() {
        return checkpoints;
    }

    /// Does all steps and closes the database.
    public void run() {
        open();
        for (int i = 0; i < shape.steps(); i++) {
            betweenSteps.run();
            step();
            while (random.nextInt(4) == 0 && scheduler.runOne()) {}
            if (random.nextInt(40) == 0) {
                scheduler.advanceMillis(300);
            }
        }
        betweenSteps.run();
        close();
        betweenSteps.run();
    }

    /// Goes on with a database that was recovered by somebody else: writes a little and checks it.
    ///
    /// @param model the history since the recovery
    public static void continueWith(Database db, Model model, long seed) {
        var random = new SplittableRandom(seed);
        boolean ordered = db.keyspaces().contains(OrderedSteps.PLAIN);
        for (int i = 0; i < 20; i++) {
            if (random.nextInt(15) == 0) {
                db.flush();
                model.flushed();
            }
            if (ordered && random.nextInt(10) == 0) {
                OrderedSteps.continueWith(db, model, random);
            }
            String where = ordered && random.nextBoolean() ? OrderedSteps.PLAIN : "a";
            var name = new Name(where, "after-" + random.nextInt(10));
            byte[] value = new byte[random.nextInt(3_000)];
            Arrays.fill(value, (byte) i);
            var durability = random.nextBoolean() ? Durability.SYNC : Durability.BUFFERED;
            model.begin(durability, List.of(new Change(name, value)));
            Keyspace keyspace = Contents.keyspace(db, where);
            keyspace.put(Model.key(name), value, new WriteOptions(durability));
            model.acknowledge(durability);
            if (!Arrays.equals(value, keyspace.get(Model.key(name)))) {
                throw new AssertionError("a value written after recovery is not there");
            }
        }
    }

    private void open() {
        scheduler = new StepScheduler(random.nextLong());
        db = Engine.open(directory, scheduler, options);
        for (String name : HASHED) {
            db.hashed(name, KeyspaceOptions.defaults().withMergeOperator(MERGED_BY));
        }
        db.hashed(UNLOGGED.getFirst());
        if (shape.ordered()) {
            ordered.open();
        }
    }

    private void close() {
        ordered.close();
        transactions.close();
        db.close();
        model.flushed();
    }

    private void step() {
        if (shape.ordered() && random.nextInt(4) == 0) {
            ordered.step();
            return;
        }
        if (random.nextInt(6) == 0) {
            transactions.step();
            return;
        }
        int kind = random.nextInt(1_000);
        if (kind < 30) {
            merge();
        } else if (kind < 60) {
            part();
        } else if (kind < 450) {
            put();
        } else if (kind < 550) {
            delete();
        } else if (kind < 700) {
            batch();
        } else if (kind < 750) {
            putIfAbsent();
        } else if (kind < 810) {
            increment();
        } else if (kind < 840) {
            append();
        } else if (kind < 870) {
            compareAndSet();
        } else if (kind < 890) {
            update();
        } else if (kind < 940) {
            unlogged();
        } else if (kind < 970) {
            read();
        } else if (kind < 982) {
            flush();
        } else if (kind < 986) {
            db.compact();
            model.flushed();
        } else if (kind < 992) {
            checkpoint();
        } else if (kind < 997) {
            close();
            betweenSteps.run();
            open();
        } else {
            scheduler.runAll();
        }
    }

    void flush() {
        db.flush();
        model.flushed();
    }

    private boolean drawOrdered() {
        return shape.ordered() && random.nextInt(3) != 0;
    }

    Name name() {
        if (drawOrdered()) {
            return ordered.name();
        }
        String keyspace = HASHED.get(random.nextInt(3) / 2);
        int keys = keyspace.equals("a") ? shape.keys() : Math.max(1, shape.keys() / 3);
        return new Name(
                keyspace, "key-" + (keyspace.equals("a") ? "" : "of-b-") + random.nextInt(keys));
    }

    private Name counter() {
        return new Name(drawOrdered() ? OrderedSteps.PLAIN : "a", "counter-" + random.nextInt(4));
    }

    /// Different from every other, and mostly small.
    byte[] value() {
        int size = random.nextInt(random.nextInt(1, shape.valueSizeMax() + 1)) + 8;
        byte[] value = new byte[size];
        Arrays.fill(value, (byte) random.nextInt());
        ByteBuffer.wrap(value)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0x5EED_0000_0000L + valuesMade++);
        return value;
    }

    Durability durability() {
        return random.nextInt(4) == 0 ? Durability.SYNC : Durability.BUFFERED;
    }

    private Keyspace keyspace(Name name) {
        return Contents.keyspace(db, name.keyspace());
    }

    void write(Durability durability, List<Change> changes, Runnable operation) {
        model.begin(durability, changes);
        operation.run();
        model.acknowledge(durability);
    }

    static void require(boolean holds, String what, Name name) {
        if (!holds) {
            throw new AssertionError(what + ": " + name);
        }
    }

    private void put() {
        Name name = name();
        byte[] value = value();
        Durability durability = durability();
        if (random.nextInt(12) == 0) {
            putShortLived(name, value, new WriteOptions(durability, SHORT));
            return;
        }
        Duration ttl = random.nextInt(6) == 0 ? LONG : null;
        write(
                durability,
                List.of(new Change(name, value)),
                () ->
                        keyspace(name)
                                .put(Model.key(name), value, new WriteOptions(durability, ttl)));
    }

    /// Nobody looks before it has expired, neither here nor after a crash: so it is a deletion, but
    /// for what has to be done about it.
    private void putShortLived(Name name, byte[] value, WriteOptions options) {
        write(
                options.durability(),
                List.of(new Change(name, null)),
                () -> {
                    keyspace(name).put(Model.key(name), value, options);
                    scheduler.advanceMillis(2 * SHORT.toMillis());
                    require(
                            keyspace(name).get(Model.key(name)) == null,
                            "what has expired is there",
                            name);
                });
    }

    private void unlogged() {
        var name = new Name(UNLOGGED.get(drawOrdered() ? 1 : 0), "key-" + random.nextInt(20));
        byte[] value = value();
        write(
                Durability.NONE,
                List.of(new Change(name, value)),
                () -> keyspace(name).put(Model.key(name), value, WriteOptions.NONE));
    }

    private void delete() {
        Name name = name();
        Durability durability = durability();
        write(
                durability,
                List.of(new Change(name, null)),
                () -> keyspace(name).delete(Model.key(name), new WriteOptions(durability)));
    }

    private void batch() {
        var changes = new LinkedHashMap<Name, Change>();
        WriteBatch batch = db.batch();
        int count = random.nextInt(1, 8);
        for (int i = 0; i < count; i++) {
            if (shape.ordered() && random.nextInt(6) == 0) {
                ordered.deleteRange(batch, changes);
                continue;
            }
            if (random.nextInt(8) == 0) {
                merge(batch, changes);
                continue;
            }
            Name name = name();
            byte[] value = random.nextInt(4) == 0 ? null : value();
            if (value == null) {
                batch.delete(keyspace(name), Model.key(name));
            } else {
                Duration ttl = random.nextInt(6) == 0 ? LONG : null;
                batch.put(keyspace(name), Model.key(name), value, ttl);
            }
            changes.put(name, new Change(name, value));
        }
        // A batch of nothing is not written, and says nothing of what was before it.
        Durability durability = batch.count() == 0 ? Durability.BUFFERED : durability();
        write(durability, List.copyOf(changes.values()), () -> db.write(batch, durability));
    }

    private void putIfAbsent() {
        Name name = name();
        byte[] value = value();
        byte[] present = model.get(name);
        if (present != null) {
            byte[] found = keyspace(name).putIfAbsent(Model.key(name), value);
            require(Arrays.equals(present, found), "putIfAbsent found another value", name);
            return;
        }
        write(
                shape.durability(),
                List.of(new Change(name, value)),
                () -> {
                    byte[] found = keyspace(name).putIfAbsent(Model.key(name), value);
                    require(found == null, "putIfAbsent found a value where none is", name);
                });
    }

    private static byte[] counterBytes(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    private void increment() {
        Name name = counter();
        byte[] present = model.get(name);
        long before =
                present == null
                        ? 0
                        : ByteBuffer.wrap(present).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long delta = random.nextLong();
        write(
                shape.durability(),
                List.of(new Change(name, counterBytes(before + delta))),
                () -> {
                    long after = keyspace(name).increment(Model.key(name), delta);
                    require(after == before + delta, "increment returned another sum", name);
                });
    }

    private void append() {
        Name name = name();
        byte[] present = model.get(name);
        if (present != null && present.length > 2 * shape.valueSizeMax()) {
            return;
        }
        byte[] suffix = value();
        byte[] after = joined(present, suffix);
        write(
                shape.durability(),
                List.of(new Change(name, after)),
                () -> {
                    long length = keyspace(name).append(Model.key(name), suffix);
                    require(length == after.length, "append returned another length", name);
                });
    }

    private static byte[] joined(byte[] present, byte[] suffix) {
        byte[] before = present == null ? new byte[0] : present;
        byte[] after = Arrays.copyOf(before, before.length + suffix.length);
        System.arraycopy(suffix, 0, after, before.length, suffix.length);
        return after;
    }

    private Name merged() {
        return new Name(drawOrdered() ? OrderedSteps.PLAIN : "a", "merged-" + random.nextInt(4));
    }

    private void merge() {
        Name name = merged();
        Durability durability = durability();
        byte[] present = model.get(name);
        if (present != null && present.length > 2 * shape.valueSizeMax()) {
            write(
                    durability,
                    List.of(new Change(name, null)),
                    () -> keyspace(name).delete(Model.key(name), new WriteOptions(durability)));
            return;
        }
        byte[] operand = value();
        write(
                durability,
                List.of(new Change(name, joined(present, operand))),
                () -> keyspace(name).merge(Model.key(name), operand, new WriteOptions(durability)));
    }

    /// Merges also into what the batch has for the key.
    private void merge(WriteBatch batch, Map<Name, Change> changes) {
        Name name = merged();
        byte[] operand = value();
        Change earlier = changes.get(name);
        byte[] present = earlier == null ? model.get(name) : earlier.value();
        batch.merge(keyspace(name), Model.key(name), operand);
        changes.put(name, new Change(name, joined(present, operand)));
    }

    /// A part of a gathered record is taken until a final one came, or the window ended.
    private void part() {
        var name = new Name(drawOrdered() ? OrderedSteps.PLAIN : "a", "part-" + random.nextInt(4));
        byte[] key = Model.key(name);
        byte[] present = model.get(name);
        Gathered before = keyspace(name).gathered(key);
        require(
                Arrays.equals(present, before == null ? null : before.value()),
                "gathered other parts",
                name);
        byte[] part = value();
        if (before != null && before.sealed()) {
            require(!keyspace(name).writePartial(key, part), "took a part too late", name);
            write(
                    shape.durability(),
                    List.of(new Change(name, null)),
                    () -> keyspace(name).delete(key));
            return;
        }
        boolean last = random.nextInt(4) == 0;
        write(
                shape.durability(),
                List.of(new Change(name, joined(present, part))),
                () -> {
                    boolean taken =
                            last
                                    ? keyspace(name).writeFinal(key, part)
                                    : keyspace(name).writePartial(key, part);
                    require(taken, "did not take a part", name);
                });
    }

    private void compareAndSet() {
        Name name = name();
        byte[] present = model.get(name);
        byte[] value = random.nextInt(4) == 0 ? null : value();
        require(
                !keyspace(name).compareAndSet(Model.key(name), value(), value),
                "compareAndSet of a value that is not there",
                name);
        write(
                shape.durability(),
                List.of(new Change(name, value)),
                () ->
                        require(
                                keyspace(name).compareAndSet(Model.key(name), present, value),
                                "compareAndSet of the value that is there failed",
                                name));
    }

    private void update() {
        Name name = name();
        byte[] present = model.get(name);
        byte[] value = random.nextInt(3) == 0 ? null : value();
        write(
                shape.durability(),
                List.of(new Change(name, value)),
                () ->
                        keyspace(name)
                                .update(
                                        Model.key(name),
                                        before -> {
                                            require(
                                                    Arrays.equals(present, before),
                                                    "update saw another value",
                                                    name);
                                            return value;
                                        }));
    }

    private void read() {
        for (int i = 0; i < 10; i++) {
            Name name = name();
            byte[] found = keyspace(name).get(Model.key(name));
            require(Arrays.equals(model.get(name), found), "get found another value", name);
        }
        if (random.nextInt(4) == 0) {
            var entries = Contents.read(db);
            require(
                    entries.size() == model.now().size(),
                    "cursor saw another number of entries",
                    name());
            Contents.requireLookupsAgree(db, entries, model.now().keySet());
            model.now()
                    .forEach(
                            (name, value) ->
                                    require(
                                            Arrays.equals(value, entries.get(name)),
                                            "cursor saw another value",
                                            name));
        }
    }

    private void checkpoint() {
        String path = "checkpoint-" + checkpointsBegun++;
        Model.Promise before = model.promise();
        db.checkpoint(Path.of(path));
        checkpoints.add(new Checkpoint(path, before.acknowledged(), model.promise()));
    }
}
