package dev.kvarts.testkit;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;

/// A history of operations on one hashed and two ordered keyspaces, drawn from a seed: the same
/// seed asks the same, whatever the options of the database are. Each answer is compared with that
/// of a sorted map, and told in words, so that the answers under other options can be compared.
final class OrderedHistory {
    /// Opens, copies and closes the database.
    interface Host {
        Database open();

        /// Opens the checkpoint that this makes, reads it, and throws it away.
        <T> T copied(Database db, Function<Database, T> reader);
    }

    private static final String HASHED = "h";
    private static final List<String> NAMES = List.of(HASHED, "o", "o", "o", "ov", "ov");
    private static final int KEYS = 260;
    private static final int CURSORS_MAX = 4;
    private static final int VALUE_SIZE_MAX = 60_000;

    private record Held(OrderedCursor cursor, WalkedView view) {}

    private final Host host;
    private final KeyspaceOptions ordered;
    private final SplittableRandom random;
    private final NastyKeys keys;
    private final TreeMap<String, TreeMap<byte[], byte[]>> model = new TreeMap<>();
    private final List<Held> held = new ArrayList<>();
    private Database db;
    private int valuesMade;

    OrderedHistory(Host host, KeyspaceOptions ordered, long seed) {
        this.host = host;
        this.ordered = ordered;
        this.random = new SplittableRandom(seed);
        this.keys = new NastyKeys(random.split(), KEYS);
        for (String name : NAMES) {
            model.computeIfAbsent(name, _ -> new TreeMap<>(Arrays::compareUnsigned));
        }
    }

    void begin() {
        open(ordered);
    }

    void end() {
        closeCursors();
        db.close();
    }

    /// The second keyspace keeps all it can apart, whatever the options.
    private void open(KeyspaceOptions options) {
        db = host.open();
        db.hashed(HASHED);
        db.ordered("o", options);
        db.ordered("ov", options.withValueSeparation(KeyspaceOptions.VALUE_SEPARATION_MIN));
    }

    private void closeCursors() {
        held.forEach(each -> each.cursor.close());
        held.clear();
    }

    /// Does the next operation.
    ///
    /// @return what it was and what it answered
    String step() {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        int kind = random.nextInt(1_000);
        if (kind < 260) {
            return put(name);
        } else if (kind < 320) {
            return delete(name);
        } else if (kind < 400) {
            return batch();
        } else if (kind < 430) {
            return putIfAbsent(name);
        } else if (kind < 460) {
            return compareAndSet(name);
        } else if (kind < 490) {
            return update(name);
        } else if (kind < 510) {
            return increment(name);
        } else if (kind < 535) {
            return append(name);
        } else if (kind < 590) {
            return get(name);
        } else if (kind < 605) {
            return getAll(name);
        } else if (kind < 640) {
            return deleteRange(orderedName());
        } else if (kind < 665) {
            return ingest(orderedName());
        } else if (kind < 740) {
            return neighbours(orderedName());
        } else if (kind < 790) {
            return scan(orderedName());
        } else if (kind < 830) {
            return hold(orderedName());
        } else if (kind < 940) {
            return move();
        } else if (kind < 965) {
            db.flush();
            return "flush";
        } else if (kind < 978) {
            Range range = keys.range();
            db.ordered(orderedName()).compact(range);
            return "compact range";
        } else if (kind < 981) {
            db.compact();
            return "compact";
        } else if (kind < 985) {
            return checkpoint();
        } else if (kind < 992) {
            return reopen();
        }
        return requireAll(db);
    }

    private String orderedName() {
        return random.nextInt(3) == 0 ? "ov" : "o";
    }

    private Keyspace keyspace(String name) {
        return name.equals(HASHED) ? db.hashed(name) : db.ordered(name);
    }

    /// Different from every other; of any size, of which small ones and those around the limits are
    /// more frequent; some compress well.
    private byte[] value() {
        int size =
                switch (random.nextInt(16)) {
                    case 0 -> 0;
                    case 1 -> random.nextInt(60, 68);
                    case 2 -> random.nextInt(1_020, 1_030);
                    case 3 -> random.nextInt(4_000, 5_000);
                    case 4 -> random.nextInt(random.nextInt(10, VALUE_SIZE_MAX));
                    case 5, 6, 7 -> random.nextInt(64, 1_500);
                    default -> random.nextInt(1, 64);
                };
        byte[] value = new byte[size];
        if (random.nextBoolean()) {
            random.nextBytes(value);
        } else {
            Arrays.fill(value, (byte) random.nextInt());
        }
        if (size >= Long.BYTES) {
            ByteBuffer.wrap(value).putLong(++valuesMade);
        }
        return value;
    }

    private WriteOptions durability() {
        return random.nextInt(30) == 0 ? WriteOptions.SYNC : WriteOptions.BUFFERED;
    }

    private void set(String name, byte[] key, byte[] value) {
        if (value == null) {
            model.get(name).remove(key);
        } else {
            model.get(name).put(key, value);
        }
    }

    private static String words(byte[] bytes) {
        return bytes == null ? "-" : bytes.length + ":" + Arrays.hashCode(bytes);
    }

    private static String answer(String what, byte[] expected, byte[] found) {
        if (!Arrays.equals(expected, found)) {
            throw new AssertionError(
                    what + ": found=" + words(found) + " expected=" + words(expected));
        }
        return what + "=" + words(found);
    }

    private static String answer(String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new AssertionError(what + ": found=" + found + " expected=" + expected);
        }
        return what + "=" + found;
    }

    private String put(String name) {
        byte[] key = keys.any();
        byte[] value = value();
        if (random.nextInt(4) == 0) {
            keyspace(name)
                    .put(MemorySegment.ofArray(key), MemorySegment.ofArray(value), durability());
        } else {
            keyspace(name).put(key, value, durability());
        }
        set(name, key, value);
        return "put";
    }

    private String delete(String name) {
        byte[] key = random.nextBoolean() ? keys.any() : keys.near();
        keyspace(name).delete(key, durability());
        set(name, key, null);
        return "delete";
    }

    private String batch() {
        WriteBatch batch = db.batch();
        for (int i = random.nextInt(1, 12); i > 0; i--) {
            if (random.nextInt(8) == 0) {
                String ordered = orderedName();
                Range range = keys.shortRange();
                batch.deleteRange(db.ordered(ordered), range);
                sub(ordered, range).clear();
                continue;
            }
            String name = NAMES.get(random.nextInt(NAMES.size()));
            byte[] key = keys.any();
            byte[] value = random.nextInt(4) == 0 ? null : value();
            if (value == null) {
                batch.delete(keyspace(name), key);
            } else {
                batch.put(keyspace(name), key, value);
            }
            set(name, key, value);
        }
        db.write(batch, random.nextInt(10) == 0 ? Durability.SYNC : Durability.BUFFERED);
        return "batch";
    }

    private String putIfAbsent(String name) {
        byte[] key = keys.any();
        byte[] value = value();
        byte[] found = keyspace(name).putIfAbsent(key, value);
        String answer = answer("putIfAbsent", model.get(name).get(key), found);
        model.get(name).putIfAbsent(key, value);
        return answer;
    }

    private String compareAndSet(String name) {
        byte[] key = keys.any();
        byte[] present = model.get(name).get(key);
        byte[] expected = random.nextInt(3) == 0 ? value() : present;
        byte[] replacement = random.nextInt(4) == 0 ? null : value();
        boolean set = keyspace(name).compareAndSet(key, expected, replacement);
        String answer = answer("compareAndSet", Arrays.equals(expected, present), set);
        if (set) {
            set(name, key, replacement);
        }
        return answer;
    }

    private String update(String name) {
        byte[] key = keys.any();
        byte[] present = model.get(name).get(key);
        byte[] value = random.nextInt(4) == 0 ? null : value();
        byte[] after =
                keyspace(name)
                        .update(
                                key,
                                before -> {
                                    answer("update sees", present, before);
                                    return value;
                                });
        set(name, key, value);
        return answer("update", value, after);
    }

    private String increment(String name) {
        byte[] key = keys.any();
        byte[] present = model.get(name).get(key);
        long delta = random.nextLong();
        if (present != null && present.length != Long.BYTES) {
            try {
                keyspace(name).increment(key, delta);
            } catch (IllegalArgumentException _) {
                return "increment refused";
            }
            throw new AssertionError("increment of what is no counter");
        }
        long before = present == null ? 0 : counter(present).getLong();
        byte[] after = counter(new byte[Long.BYTES]).putLong(before + delta).array();
        set(name, key, after);
        return answer("increment", before + delta, keyspace(name).increment(key, delta));
    }

    private static ByteBuffer counter(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String append(String name) {
        byte[] key = keys.any();
        byte[] present = model.get(name).getOrDefault(key, new byte[0]);
        byte[] suffix = value();
        if (present.length + suffix.length > 2 * VALUE_SIZE_MAX) {
            return "append left out";
        }
        byte[] after = Arrays.copyOf(present, present.length + suffix.length);
        System.arraycopy(suffix, 0, after, present.length, suffix.length);
        set(name, key, after);
        return answer("append", (long) after.length, keyspace(name).append(key, suffix));
    }

    private String get(String name) {
        byte[] key = keys.near();
        Keyspace keyspace = keyspace(name);
        byte[] expected = model.get(name).get(key);
        switch (random.nextInt(4)) {
            case 0 -> answer("contains", expected != null, keyspace.contains(key));
            case 1 -> {
                byte[] read = keyspace.get(key, value -> value.toArray(ValueLayout.JAVA_BYTE));
                answer("reader", expected, read);
            }
            case 2 -> {
                MemorySegment found = keyspace.get(MemorySegment.ofArray(key));
                byte[] bytes = found == null ? null : found.toArray(ValueLayout.JAVA_BYTE);
                answer("segment", expected, bytes);
            }
            default -> {}
        }
        return answer("get", expected, keyspace.get(key));
    }

    private String getAll(String name) {
        var wanted = new ArrayList<byte[]>();
        for (int i = random.nextInt(40); i > 0; i--) {
            wanted.add(keys.near());
        }
        List<byte[]> found = keyspace(name).getAll(wanted);
        answer("getAll count", wanted.size(), found.size());
        var words = new StringBuilder("getAll");
        for (int i = 0; i < wanted.size(); i++) {
            words.append(answer(" ", model.get(name).get(wanted.get(i)), found.get(i)));
        }
        return words.toString();
    }

    private String deleteRange(String name) {
        Range range = random.nextInt(4) == 0 ? keys.range() : keys.shortRange();
        if (range.equals(Range.all()) && random.nextInt(4) != 0) {
            return "deleteRange left out";
        }
        db.ordered(name).deleteRange(range, durability());
        sub(name, range).clear();
        return "deleteRange";
    }

    private NavigableMap<byte[], byte[]> sub(String name, Range range) {
        TreeMap<byte[], byte[]> all = model.get(name);
        if (range.isEmpty()) {
            return all.subMap(range.from(), true, range.from(), false);
        }
        return range.to() == null
                ? all.tailMap(range.from(), true)
                : all.subMap(range.from(), true, range.to(), false);
    }

    /// Into a gap; sometimes something that must be refused and then has changed nothing.
    private String ingest(String name) {
        TreeMap<byte[], byte[]> present = model.get(name);
        var entries = new ArrayList<Entry>();
        int from = random.nextInt(keys.sorted().size());
        int wanted = random.nextInt(60);
        for (byte[] key : keys.sorted().subList(from, keys.sorted().size())) {
            if (entries.size() == wanted || !entries.isEmpty() && present.containsKey(key)) {
                break;
            } else if (!present.containsKey(key)) {
                entries.add(new Entry(key, value()));
            }
        }
        if (entries.isEmpty()) {
            return answer("ingest", 0L, db.ordered(name).ingest(entries.iterator()));
        }
        boolean overlaps =
                !present.subMap(entries.getFirst().key(), true, entries.getLast().key(), true)
                        .isEmpty();
        if (overlaps) { // a key from beside the others
            return refused(name, entries);
        }
        switch (random.nextInt(8)) {
            case 0 -> {
                if (entries.size() > 1) {
                    entries.add(entries.size() / 2, entries.getLast());
                    return refused(name, entries);
                }
            }
            case 1 -> {
                entries.add(entries.getLast());
                return refused(name, entries);
            }
            case 2 -> {
                byte[] above = present.higherKey(entries.getLast().key());
                if (above != null) {
                    entries.add(new Entry(above, value()));
                    return refused(name, entries);
                }
            }
            case 3 -> {
                return failed(name, entries);
            }
            default -> {}
        }
        long count = db.ordered(name).ingest(entries.iterator());
        entries.forEach(entry -> present.put(entry.key(), entry.value()));
        return answer("ingest", (long) entries.size(), count);
    }

    private String refused(String name, List<Entry> entries) {
        try {
            db.ordered(name).ingest(entries.iterator());
        } catch (IllegalArgumentException _) {
            return "ingest refused " + requireUnchanged(name, entries);
        }
        throw new AssertionError("ingest of what is not in order, or not alone, was not refused");
    }

    /// Whoever gives the entries throws.
    private String failed(String name, List<Entry> entries) {
        RuntimeException own =
                random.nextBoolean()
                        ? new UnsupportedOperationException("the test's own")
                        : new UncheckedIOException(new IOException("the test's own"));
        Iterator<Entry> given = entries.iterator();
        var failing =
                new Iterator<Entry>() {
                    @Override
                    public boolean hasNext() {
                        return true;
                    }

                    @Override
                    public Entry next() {
                        if (given.hasNext()) {
                            return given.next();
                        }
                        throw own;
                    }
                };
        try {
            db.ordered(name).ingest(failing);
        } catch (RuntimeException e) {
            if (!e.equals(own)) {
                throw e;
            }
            return "ingest failed " + requireUnchanged(name, entries);
        }
        throw new AssertionError("the exception of the entries' iterator was swallowed");
    }

    private String requireUnchanged(String name, List<Entry> entries) {
        var words = new StringBuilder();
        for (Entry entry : entries) {
            words.append(
                    answer(
                            "unchanged",
                            model.get(name).get(entry.key()),
                            db.ordered(name).get(entry.key())));
        }
        return words.toString();
    }

    private static String entry(
            String what, java.util.Map.Entry<byte[], byte[]> expected, Entry found) {
        if (expected == null || found == null) {
            return answer(what + " is absent", expected == null, found == null);
        }
        return answer(what + " key", expected.getKey(), found.key())
                + answer(what, expected.getValue(), found.value());
    }

    private String neighbours(String name) {
        OrderedKeyspace keyspace = db.ordered(name);
        TreeMap<byte[], byte[]> expected = model.get(name);
        byte[] key = keys.near();
        return switch (random.nextInt(6)) {
            case 0 -> entry("first", expected.firstEntry(), keyspace.first());
            case 1 -> entry("last", expected.lastEntry(), keyspace.last());
            case 2 -> entry("floor", expected.floorEntry(key), keyspace.floor(key));
            case 3 -> entry("ceiling", expected.ceilingEntry(key), keyspace.ceiling(key));
            case 4 -> entry("lower", expected.lowerEntry(key), keyspace.lower(key));
            default -> entry("higher", expected.higherEntry(key), keyspace.higher(key));
        };
    }

    /// A whole range, in one direction or the other.
    private String scan(String name) {
        Range range = keys.range();
        boolean forward = random.nextBoolean();
        var expected = sub(name, range);
        var words = new StringBuilder("scan ");
        try (OrderedCursor cursor = db.ordered(name).cursor(range)) {
            boolean found = forward ? cursor.next() : cursor.last();
            var entries = forward ? expected : expected.descendingMap();
            for (var each : entries.entrySet()) {
                answer("scan ends early", true, found);
                byte[] key = cursor.keySegment().toArray(ValueLayout.JAVA_BYTE);
                answer("scan key", each.getKey(), key);
                byte[] value = cursor.valueSegment().toArray(ValueLayout.JAVA_BYTE);
                words.append(answer(" ", each.getValue(), value));
                found = forward ? cursor.next() : cursor.previous();
            }
            answer("scan goes on", false, found);
        }
        return words.toString();
    }

    private String hold(String name) {
        if (held.size() == CURSORS_MAX) {
            held.remove(random.nextInt(CURSORS_MAX)).cursor.close();
        }
        Range range = keys.range();
        var entries = new ArrayList<Entry>();
        sub(name, range).forEach((key, value) -> entries.add(new Entry(key, value)));
        held.add(new Held(db.ordered(name).cursor(range), new WalkedView(entries)));
        return "cursor";
    }

    private String move() {
        var words = new StringBuilder("move ");
        for (Held each : held) {
            for (int i = random.nextInt(1, 10); i > 0; i--) {
                words.append(each.view.move(each.cursor, random, keys::near)).append(' ');
            }
        }
        return words.toString();
    }

    private String checkpoint() {
        return host.copied(db, this::requireAll);
    }

    /// With another strategy, and another size from which on values are kept apart. Sometimes with
    /// cursors still open, which are of no use from then on.
    private String reopen() {
        Compaction strategy = Compaction.values()[random.nextInt(Compaction.values().length)];
        boolean forgetful = random.nextInt(3) == 0;
        var forgotten = forgetful ? List.copyOf(held) : List.<Held>of();
        if (forgetful) {
            held.clear();
        }
        closeCursors();
        db.close();
        for (Held each : forgotten) {
            try {
                each.cursor.next();
                throw new AssertionError("a cursor of a closed database moves");
            } catch (IllegalStateException _) {
                each.cursor.close();
            }
        }
        int separation = random.nextInt(2) == 0 ? ordered.valueSeparation() : 200;
        open(ordered.withCompaction(strategy).withValueSeparation(separation));
        return "reopen";
    }

    /// Everything, by cursor and one by one.
    private String requireAll(Database shown) {
        var words = new StringBuilder("all ");
        model.forEach(
                (name, expected) -> {
                    Keyspace keyspace =
                            name.equals(HASHED) ? shown.hashed(name) : shown.ordered(name);
                    for (byte[] key : keys.sorted()) {
                        answer("get", expected.get(key), keyspace.get(key));
                    }
                    words.append(name).append(expected.size()).append(' ');
                });
        var found = Contents.read(shown);
        model.forEach(
                (name, expected) ->
                        expected.forEach(
                                (key, value) ->
                                        answer(
                                                "walk",
                                                value,
                                                found.remove(Model.name(name, key)))));
        answer("entries that are nowhere else", 0, found.size());
        return words.toString();
    }
}
