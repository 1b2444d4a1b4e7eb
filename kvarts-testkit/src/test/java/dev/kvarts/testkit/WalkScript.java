package dev.kvarts.testkit;

import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteBatch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// What one writer does to an ordered keyspace, step by step: a step is one batch, which also tells
/// its number, so that whoever sees the keyspace at one instant knows from that number alone what
/// must be in it. The same seed gives the same steps; a reader goes through them on its own.
///
/// Some steps are preceded by an ingestion, which is seen as a whole or not at all.
///
/// Thread safety: one thread at a time.
final class WalkScript {
    /// A key gets a value, or, if that is null, loses it; or all keys of a range do.
    private record Change(byte[] key, byte[] value, Range range) {}

    private record Step(List<Entry> ingested, List<Change> changes) {}

    private static final int KEYS = 120;
    private static final int VALUE_SIZE_MAX = 2_500;
    private static final byte NUMBER = '!'; // before all other keys of the writer
    private static final byte KEY = 'k';
    private static final byte INGESTED = 'n';

    private final byte writer;
    private final long seed;
    private final TreeMap<byte[], byte[]> state = new TreeMap<>(Arrays::compareUnsigned);
    private int step;

    WalkScript(int writer, long seed) {
        this.writer = (byte) writer;
        this.seed = seed;
    }

    /// The last step that was gone through.
    int step() {
        return step;
    }

    /// All keys of this writer, and none of another.
    Range range() {
        return Range.prefix(new byte[] {writer});
    }

    /// Where the number of the last step is.
    byte[] numberKey() {
        return new byte[] {writer, NUMBER};
    }

    static int number(byte[] value) {
        return value == null ? 0 : ByteBuffer.wrap(value).getInt();
    }

    private byte[] key(int number) {
        // Spread, so that neighbours in the order are none in time.
        String text = "some-shared-beginning-%03d".formatted(number * 37 % KEYS);
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(2 + bytes.length).put(writer).put(KEY).put(bytes).array();
    }

    byte[] anyKey(SplittableRandom random) {
        return key(random.nextInt(KEYS));
    }

    private byte[] ingestedKey(int ofStep, int number) {
        return ByteBuffer.allocate(7)
                .put(writer)
                .put(INGESTED)
                .putInt(ofStep)
                .put((byte) number)
                .array();
    }

    private byte[] value(SplittableRandom random, int ofStep) {
        byte[] value = new byte[8 + random.nextInt(random.nextInt(1, VALUE_SIZE_MAX))];
        Arrays.fill(value, (byte) random.nextInt());
        ByteBuffer.wrap(value).putInt(ofStep).putInt(random.nextInt());
        return value;
    }

    private Step stepOf(int number) {
        var random = new SplittableRandom(seed + writer * 1_000_003L + number * 7_919L);
        var changes = new ArrayList<Change>();
        var ingested = new ArrayList<Entry>();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            switch (random.nextInt(8)) {
                case 0, 1 -> changes.add(new Change(anyKey(random), null, null));
                case 2 -> {
                    int from = random.nextInt(KEYS);
                    byte[] low = key(from);
                    byte[] high = anyKey(random);
                    boolean ascend = Arrays.compareUnsigned(low, high) < 0;
                    if (random.nextInt(3) == 0) {
                        changes.add(
                                new Change(
                                        null,
                                        null,
                                        Range.closedOpen(
                                                ascend ? low : high, ascend ? high : low)));
                    }
                }
                default -> changes.add(new Change(anyKey(random), value(random, number), null));
            }
        }
        if (random.nextInt(12) == 0) {
            for (int i = 0; i < 5; i++) {
                ingested.add(new Entry(ingestedKey(number, i), value(random, number)));
            }
        }
        if (random.nextInt(30) == 0) {
            byte[] all = {writer, INGESTED};
            byte[] end = ingestedKey(number, 0);
            changes.add(new Change(null, null, Range.closedOpen(all, end)));
        }
        byte[] itself = ByteBuffer.allocate(4).putInt(number).array();
        changes.add(new Change(numberKey(), itself, null));
        return new Step(ingested, changes);
    }

    private static void apply(Change change, NavigableMap<byte[], byte[]> state) {
        if (change.range != null) {
            state.subMap(change.range.from(), change.range.to()).clear();
        } else if (change.value == null) {
            state.remove(change.key);
        } else {
            state.put(change.key, change.value);
        }
    }

    /// Writes the next step.
    void write(Database db, OrderedKeyspace keyspace) {
        step++;
        Step next = stepOf(step);
        if (!next.ingested.isEmpty()) {
            keyspace.ingest(next.ingested.iterator());
        }
        WriteBatch batch = db.batch();
        for (Change change : next.changes) {
            if (change.range != null) {
                batch.deleteRange(keyspace, change.range);
            } else if (change.value == null) {
                batch.delete(keyspace, change.key);
            } else {
                batch.put(keyspace, change.key, change.value);
            }
        }
        db.write(batch, step % 50 == 0 ? Durability.SYNC : Durability.BUFFERED);
        goThrough(next);
    }

    private void goThrough(Step next) {
        next.ingested.forEach(entry -> state.put(entry.key(), entry.value()));
        next.changes.forEach(change -> apply(change, state));
    }

    /// Goes on to the step that somebody saw last.
    private void advanceTo(int seen) {
        if (seen < step) {
            throw new AssertionError("what is seen goes back: step=" + seen + " after=" + step);
        }
        while (step < seen) {
            step++;
            goThrough(stepOf(step));
        }
    }

    /// Requires that this is what the writer had written at some instant, and no earlier one than
    /// that of the check before.
    void require(NavigableMap<byte[], byte[]> found) {
        advanceTo(number(found.get(numberKey())));
        String wrong = difference(state, found);
        if (wrong == null) {
            return;
        }
        List<Entry> next = stepOf(step + 1).ingested;
        if (!next.isEmpty()) { // it was ingested, and the step was yet to be written
            var later = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
            later.putAll(state);
            next.forEach(entry -> later.put(entry.key(), entry.value()));
            if (difference(later, found) == null) {
                return;
            }
        }
        throw new AssertionError("writer=" + writer + " step=" + step + ": " + wrong);
    }

    private static String difference(
            NavigableMap<byte[], byte[]> expected, NavigableMap<byte[], byte[]> found) {
        for (var entry : expected.entrySet()) {
            byte[] value = found.get(entry.getKey());
            if (!Arrays.equals(entry.getValue(), value)) {
                return name(entry.getKey())
                        + " is of step "
                        + step(value)
                        + " expected="
                        + step(entry.getValue());
            }
        }
        for (var entry : found.entrySet()) {
            if (!expected.containsKey(entry.getKey())) {
                return name(entry.getKey())
                        + " is of step "
                        + step(entry.getValue())
                        + " and should be gone";
            }
        }
        return null;
    }

    private static String step(byte[] value) {
        return value == null ? "none" : "" + number(value);
    }

    private static String name(byte[] key) {
        return new String(key, StandardCharsets.ISO_8859_1);
    }

    /// Requires that the key had this value at some instant between these steps.
    void requireOneOf(byte[] key, byte[] found, int first, int last) {
        advanceTo(first);
        byte[] value = state.get(key);
        boolean possible = Arrays.equals(value, found);
        for (int i = first + 1; i <= last + 1 && !possible; i++) {
            for (Change change : stepOf(i).changes) {
                boolean touched =
                        change.range == null
                                ? Arrays.equals(change.key, key)
                                : change.range.contains(key);
                value = touched ? change.value : value;
            }
            possible = Arrays.equals(value, found);
        }
        if (!possible) {
            throw new AssertionError(
                    name(key)
                            + " is of step "
                            + step(found)
                            + ", seen between steps "
                            + first
                            + " and "
                            + last);
        }
    }
}
