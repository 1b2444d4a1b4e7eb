package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Backups;
import dev.kvarts.Kvarts;
import dev.kvarts.api.BackupInfo;
import dev.kvarts.api.Change;
import dev.kvarts.api.ChangeBatch;
import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.RestorePoint;
import dev.kvarts.api.VerifyReport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/// Backups are made while real threads write; the change stream says what each of them must hold.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BackupUnderLoadTest {
    private static final int WRITERS = 3;
    private static final int BACKUPS = 4;
    private static final int MOMENTS = 4;
    private static final int KEYS = 3_000;

    @TempDir private Path temporary;

    private final AtomicBoolean stop = new AtomicBoolean();
    private int restored;

    @Test
    void backupsAndCheckpointsBesideWritersAreTheDatabaseAtTheirSequenceNumbers() throws Exception {
        long seed = Long.getLong("kvarts.backup.seed", 20261122);
        List<BackupInfo> reports = new ArrayList<>();
        List<ChangeBatch> changes = new ArrayList<>();
        var options =
                Workload.tinyOptions().withChanges(new ChangeRetention(1L << 30, Duration.ZERO));
        try (Database db = Kvarts.open(temporary.resolve("db"), options)) {
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            Keyspace hashed = db.hashed("hashed");
            OrderedKeyspace ordered = db.ordered("ordered");
            for (int i = 0; i < WRITERS; i++) {
                var random = new SplittableRandom(seed + i);
                writers.add(
                        CompletableFuture.runAsync(
                                () -> {
                                    while (!stop.get()) {
                                        write(db, hashed, ordered, random);
                                    }
                                },
                                work -> Thread.ofPlatform().start(work)));
            }
            for (int i = 0; i < BACKUPS; i++) {
                long before = db.stats().sequence();
                reports.add(db.backup(temporary.resolve("backups")).backup());
                assertTrue(reports.getLast().sequence() >= before);
                db.checkpoint(temporary.resolve("checkpoint-" + i));
                while (db.stats().sequence() < reports.getLast().sequence() + 5_000) {
                    Thread.yield();
                }
            }
            stop.set(true);
            for (CompletableFuture<Void> each : writers) {
                each.get();
            }
            db.flush();
            try (ChangeStream stream = db.changes(0)) {
                for (ChangeBatch batch = stream.next(Duration.ZERO);
                        batch != null;
                        batch = stream.next(Duration.ZERO)) {
                    changes.add(batch);
                }
            }
            requireEqual(contents(changes, Long.MAX_VALUE), db, "seed=" + seed + " at the end");
        }
        VerifyReport verified = Backups.verify(temporary.resolve("backups"));
        assertTrue(verified.ok(), () -> verified.problems().toString());
        for (BackupInfo each : reports) {
            String where = "seed=" + seed + " backup=" + each.number();
            requireRestored(
                    new RestorePoint.Numbered(each.number()), each.sequence(), changes, where);
        }
        var random = new SplittableRandom(seed);
        List<Long> between =
                changes.stream()
                        .map(ChangeBatch::lastSequence)
                        .filter(
                                last ->
                                        last > reports.getFirst().sequence()
                                                && last < reports.getLast().sequence())
                        .toList();
        for (int i = 0; i < MOMENTS; i++) {
            long sequence = between.get(random.nextInt(between.size()));
            String where = "seed=" + seed + " sequence=" + sequence;
            requireRestored(new RestorePoint.AtSequence(sequence), sequence, changes, where);
        }
        for (int i = 0; i < BACKUPS; i++) {
            Path checkpoint = temporary.resolve("checkpoint-" + i);
            try (Database db = Kvarts.open(checkpoint, Workload.tinyOptions())) {
                String where = "seed=" + seed + " checkpoint=" + i;
                requireEqual(contents(changes, db.stats().sequence()), db, where);
            }
        }
    }

    private static void write(
            Database db, Keyspace hashed, OrderedKeyspace ordered, SplittableRandom random) {
        byte[] key = key(random.nextInt(KEYS));
        byte[] value = new byte[random.nextInt(400)];
        random.nextBytes(value);
        Keyspace either = random.nextBoolean() ? hashed : ordered;
        switch (random.nextInt(8)) {
            case 0 -> either.delete(key);
            case 1 ->
                    db.write(
                            db.batch()
                                    .put(hashed, key, value)
                                    .put(ordered, key, value)
                                    .delete(either, key(random.nextInt(KEYS))));
            case 2 -> {
                int from = random.nextInt(KEYS);
                ordered.deleteRange(Range.closedOpen(key(from), key(from + 5)));
            }
            case 3 ->
                    db.transact(
                            transaction -> {
                                byte[] read = transaction.get(hashed, key);
                                transaction.put(ordered, key, read == null ? value : read);
                                return null;
                            });
            default -> either.put(key, value);
        }
    }

    private static byte[] key(int number) {
        return "key-%05d".formatted(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.US_ASCII);
    }

    /// What is there after all batches up to a sequence number: by keyspace, by key.
    private static Map<String, NavigableMap<String, byte[]>> contents(
            List<ChangeBatch> changes, long upTo) {
        Map<String, NavigableMap<String, byte[]>> all =
                Map.of("hashed", new TreeMap<>(), "ordered", new TreeMap<>());
        for (ChangeBatch batch : changes) {
            if (batch.lastSequence() > upTo) {
                assertTrue(batch.firstSequence() > upTo, "a backup cuts a batch in two");
                break;
            }
            for (Change change : batch.changes()) {
                NavigableMap<String, byte[]> keyspace = all.get(change.keyspace());
                switch (change.kind()) {
                    case PUT -> keyspace.put(text(change.key()), change.value());
                    case DELETE -> keyspace.remove(text(change.key()));
                    case DELETE_RANGE ->
                            keyspace.subMap(text(change.key()), text(change.rangeEnd())).clear();
                    case UNLOGGED -> throw new AssertionError("nothing was unlogged");
                }
            }
        }
        return all;
    }

    private void requireRestored(
            RestorePoint point, long sequence, List<ChangeBatch> changes, String where) {
        Path target = temporary.resolve("restored-" + restored++);
        Backups.restore(temporary.resolve("backups"), point, target);
        try (Database db = Kvarts.open(target, Workload.tinyOptions())) {
            requireEqual(contents(changes, sequence), db, where);
        }
    }

    private static void requireEqual(
            Map<String, NavigableMap<String, byte[]>> all, Database db, String where) {
        all.forEach(
                (name, expected) -> {
                    var left = new TreeMap<>(expected);
                    try (Cursor cursor = db.keyspace(name).cursor()) {
                        while (cursor.next()) {
                            String key = text(cursor.key());
                            byte[] value = left.remove(key);
                            String what = where + " keyspace=" + name + " key=" + key;
                            assertArrayEquals(value, cursor.value(), what);
                        }
                    }
                    assertEquals(Set.of(), left.keySet(), where + " keyspace=" + name);
                });
    }
}
