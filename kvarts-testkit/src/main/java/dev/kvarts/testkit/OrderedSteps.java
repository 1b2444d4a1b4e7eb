package dev.kvarts.testkit;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.Limits;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.testkit.Model.Change;
import dev.kvarts.testkit.Model.Name;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;

/// What a [Workload] does to ordered keyspaces alone: removes ranges, ingests, compacts ranges, and
/// holds cursors open while all else goes on. Their strategy is another one after each opening.
final class OrderedSteps {
    /// The keyspace whose values mostly lie beside their keys.
    static final String PLAIN = "o";

    /// The one whose values mostly do not.
    static final String SEPARATED = "ov";

    /// The one whose writes are not logged.
    static final String UNLOGGED = "ou";

    private static final int CURSORS_MAX = 3;
    private static final int INGESTED_MAX = 25;

    /// Beginnings of keys: alike for long, part of each other, at both ends of the order.
    private static final List<String> PREFIXES =
            List.of(
                    "key-",
                    "key-1",
                    "\0\0",
                    "\u00FF\u00FF\u00FF",
                    "a-long-beginning-that-many-keys-share-",
                    "a-long-beginning-that-many-keys-share-\0",
                    "");

    private record Held(OrderedCursor cursor, WalkedView view) {}

    private final Workload workload;
    private final SplittableRandom random;
    private final List<Held> held = new ArrayList<>();
    private final List<Name> names = new ArrayList<>(); // sorted
    private Workload.Work work = new Workload.Work(0, 0, 0, 0);

    OrderedSteps(Workload workload) {
        this.workload = workload;
        this.random = workload.random();
        if (workload.shape().ordered()) {
            var all = new TreeSet<Name>();
            for (int i = 0; i < workload.shape().keys(); i++) {
                all.add(new Name(PLAIN, key(i)));
                if (i % 2 == 0) {
                    all.add(new Name(SEPARATED, key(i)));
                }
            }
            names.addAll(all);
        }
    }

    private static String key(int number) {
        return PREFIXES.get(number % PREFIXES.size()) + (char) (number * 37 % 256) + number;
    }

    /// A key of the two logged keyspaces.
    Name name() {
        return names.get(random.nextInt(names.size()));
    }

    private Compaction strategy(int offset) {
        Compaction[] all = Compaction.values();
        return all[(workload.shape().compaction().ordinal() + offset) % all.length];
    }

    void open() {
        var small = KeyspaceOptions.defaults().withBlockBytes(KeyspaceOptions.BLOCK_BYTES_MIN);
        boolean first = !workload.db().keyspaces().contains(PLAIN);
        int offset = first || random.nextInt(2) == 0 ? 0 : random.nextInt(1, 4);
        workload.db()
                .ordered(
                        PLAIN,
                        small.withCompaction(strategy(offset))
                                .withMergeOperator(Workload.MERGED_BY)
                                .withCodec(random.nextBoolean() ? "lz4" : "none"));
        workload.db()
                .ordered(
                        SEPARATED,
                        small.withCompaction(strategy(offset + 1))
                                .withValueSeparation(KeyspaceOptions.VALUE_SEPARATION_MIN));
        workload.db().ordered(UNLOGGED, small.withCompaction(strategy(offset + 2)));
    }

    /// Before the database is closed.
    void close() {
        held.forEach(each -> each.cursor.close());
        held.clear();
        for (KeyspaceStats stats : workload.db().stats().keyspaces()) {
            if (Contents.isOrdered(stats.name())) {
                work = work.plus(new Workload.Work(stats.flushes(), stats.reclaims(), 0, 0));
            }
        }
    }

    Workload.Work work() {
        return work;
    }

    void step() {
        int kind = random.nextInt(100);
        if (kind < 25) {
            deleteRange();
        } else if (kind < 40) {
            ingest();
        } else if (kind < 65) {
            workload.flush();
        } else if (kind < 72) {
            keyspace(drawn()).compact(range(drawn()));
        } else if (kind < 80) {
            holdCursor();
        } else {
            moveCursors();
        }
    }

    private String drawn() {
        return random.nextInt(5) < 3 ? PLAIN : SEPARATED;
    }

    private OrderedKeyspace keyspace(String name) {
        return workload.db().ordered(name);
    }

    /// Mostly short; sometimes empty, or of one end only.
    private Range range(String keyspace) {
        byte[] from = Model.key(name());
        return switch (random.nextInt(10)) {
            case 0 -> Range.prefix(from.length > 2 ? Arrays.copyOf(from, from.length - 2) : from);
            case 1 -> random.nextInt(4) == 0 ? Range.lessThan(from) : Range.closedOpen(from, from);
            case 2 -> random.nextInt(4) == 0 ? Range.atLeast(from) : Range.prefix(from);
            default -> {
                List<Name> of =
                        names.stream().filter(name -> name.keyspace().equals(keyspace)).toList();
                int first = random.nextInt(of.size());
                int last = Math.min(of.size() - 1, first + random.nextInt(8));
                yield Range.closedOpen(Model.key(of.get(first)), Model.key(of.get(last)));
            }
        };
    }

    private List<Change> without(String keyspace, Range range) {
        List<Change> changes = workload.model().without(keyspace, range);
        work = work.plus(new Workload.Work(0, 0, changes.isEmpty() ? 0 : 1, 0));
        return changes;
    }

    /// As part of a batch. What the batch has put there before is gone, too.
    void deleteRange(WriteBatch batch, Map<Name, Change> changes) {
        String keyspace = drawn();
        Range range = range(keyspace);
        batch.deleteRange(keyspace(keyspace), range);
        changes.replaceAll(
                (name, change) ->
                        name.keyspace().equals(keyspace) && range.contains(Model.key(name))
                                ? new Change(name, null)
                                : change);
        without(keyspace, range).forEach(change -> changes.put(change.name(), change));
    }

    private void deleteRange() {
        if (random.nextInt(6) == 0) {
            Range range = Range.prefix("key-1".getBytes(StandardCharsets.ISO_8859_1));
            workload.write(
                    Durability.NONE,
                    workload.model().without(UNLOGGED, range),
                    () -> keyspace(UNLOGGED).deleteRange(range, WriteOptions.NONE));
            return;
        }
        String keyspace = drawn();
        Range range = range(keyspace);
        // An empty range is not written, and says nothing of what was before it.
        Durability durability = range.isEmpty() ? Durability.BUFFERED : workload.durability();
        workload.write(
                durability,
                without(keyspace, range),
                () -> keyspace(keyspace).deleteRange(range, new WriteOptions(durability)));
    }

    /// Into a place where nothing is, or, to be refused, around something.
    private void ingest() {
        String keyspace = drawn();
        List<Name> of = names.stream().filter(name -> name.keyspace().equals(keyspace)).toList();
        int next = random.nextInt(of.size());
        int wanted = random.nextInt(1, INGESTED_MAX);
        var absent = new ArrayList<Change>();
        while (next < of.size() && absent.size() < wanted) {
            Name name = of.get(next++);
            if (workload.model().get(name) == null) {
                absent.add(new Change(name, workload.value()));
            } else if (!absent.isEmpty()) {
                break;
            }
        }
        if (absent.isEmpty()) {
            return;
        }
        var between =
                workload.model()
                        .now()
                        .subMap(absent.getFirst().name(), true, absent.getLast().name(), true);
        var entries =
                absent.stream()
                        .map(change -> new Entry(Model.key(change.name()), change.value()))
                        .toList();
        if (!between.isEmpty()) { // a key of `continueWith` or a counter
            refuse(keyspace, entries);
            return;
        }
        workload.write(
                Durability.SYNC,
                absent,
                () -> {
                    long count = keyspace(keyspace).ingest(entries.iterator());
                    Workload.require(
                            count == entries.size(),
                            "ingest returned another count",
                            absent.getFirst().name());
                });
        work = work.plus(new Workload.Work(0, 0, 0, entries.size()));
    }

    private void refuse(String keyspace, List<Entry> entries) {
        try {
            keyspace(keyspace).ingest(entries.iterator());
        } catch (IllegalArgumentException _) {
            return;
        }
        throw new AssertionError("ingest around an entry was not refused: " + keyspace);
    }

    private void holdCursor() {
        if (held.size() == CURSORS_MAX) {
            held.remove(random.nextInt(CURSORS_MAX)).cursor.close();
        }
        String keyspace = drawn();
        Range range = random.nextBoolean() ? Range.all() : range(keyspace);
        var entries = new ArrayList<Entry>();
        workload.model()
                .now(keyspace, range)
                .forEach((name, value) -> entries.add(new Entry(Model.key(name), value)));
        held.add(new Held(keyspace(keyspace).cursor(range), new WalkedView(entries)));
    }

    private void moveCursors() {
        for (Held each : held) {
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                each.view.move(each.cursor, random, () -> Model.key(name()));
            }
        }
    }

    /// A range deletion, or an ingestion behind every key there is, in a recovered database.
    static void continueWith(Database db, Model model, SplittableRandom random) {
        OrderedKeyspace keyspace = db.ordered(PLAIN);
        if (random.nextBoolean()) {
            byte[] from = {(byte) random.nextInt(256)};
            byte[] to = {(byte) random.nextInt(256)};
            Range range = Range.closedOpen(from, to);
            var durability = range.isEmpty() ? Durability.BUFFERED : Durability.SYNC;
            model.begin(durability, model.without(PLAIN, range));
            keyspace.deleteRange(range, new WriteOptions(durability));
            model.acknowledge(durability);
            return;
        }
        Map.Entry<Name, byte[]> last = model.now(PLAIN, Range.all()).lastEntry();
        byte[] above = last == null ? new byte[] {1} : Model.key(last.getKey());
        if (above.length + 1 > Limits.KEY_SIZE_MAX) {
            return;
        }
        byte[] key = Arrays.copyOf(above, above.length + 1);
        byte[] value = new byte[random.nextInt(2_000)];
        random.nextBytes(value);
        model.begin(Durability.SYNC, List.of(Model.change(PLAIN, key, value)));
        keyspace.ingest(List.of(new Entry(key, value)).iterator());
        model.acknowledge(Durability.SYNC);
    }
}
