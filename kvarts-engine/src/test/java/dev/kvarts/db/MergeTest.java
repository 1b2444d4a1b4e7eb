package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.MergeOperator;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.bytes.Bytes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/// Merging makes a new value of the present one and an operand, at once and for all to see.
final class MergeTest {
    private static final byte[] KEY = Samples.bytes("key");
    private static final String HASHED = "hashed";
    private static final String ORDERED = "ordered";

    @TempDir private Path directory;

    /// Deletes the key when told so, else keeps the longer of the two.
    private record Longest() implements MergeOperator {
        @Override
        public String name() {
            return "longest";
        }

        @Override
        public byte[] merge(byte[] key, byte[] existing, byte[] operand) {
            if (operand.length == 0) {
                return null;
            }
            return existing == null || existing.length < operand.length ? operand : existing;
        }
    }

    private static Options withLongest() {
        return Samples.small().withMergeOperators(List.of(new Longest()));
    }

    private static Keyspace keyspace(Database db, String shape, String operator) {
        KeyspaceOptions options = KeyspaceOptions.defaults().withMergeOperator(operator);
        return shape.equals(HASHED) ? db.hashed(shape, options) : db.ordered(shape, options);
    }

    private static byte[] number(long value) {
        byte[] bytes = new byte[Long.BYTES];
        Bytes.putLong(bytes, 0, value);
        return bytes;
    }

    private static long number(byte[] bytes) {
        return Bytes.getLong(bytes, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {HASHED, ORDERED})
    void whatIsBuiltInAddsAppendsAndCompares(String shape) {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace sum = keyspace(db, shape, "add");
            for (long each : new long[] {5, -7, 40}) {
                sum.merge(KEY, number(each));
                db.flush();
            }
            assertEquals(38, number(sum.get(KEY)));
            Keyspace most = keyspace(db, shape, "max");
            most.merge(KEY, number(12));
            most.merge(KEY, number(99), WriteOptions.SYNC);
            assertEquals(99, number(most.get(KEY)));
            keyspace(db, shape, "min").merge(KEY, number(-4));
            assertEquals(-4, number(most.get(KEY)));
            Keyspace text = keyspace(db, shape, "append");
            text.delete(KEY);
            text.merge(KEY, Samples.bytes("ab"));
            text.merge(KEY, Samples.bytes("c"));
            assertEquals("abc", Samples.text(text.get(KEY)));
        }
    }

    @Test
    void incrementsAndMergesOfNumbersAddUp() {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace sum = keyspace(db, HASHED, "add");
            sum.increment(KEY, 3);
            sum.merge(KEY, number(4));
            assertEquals(12, sum.increment(KEY, 5));
        }
    }

    @Test
    void whatCannotBeMergedIsRefusedAndChangesNothing() {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace sum = keyspace(db, HASHED, "add");
            sum.put(KEY, Samples.bytes("no number"));
            long before = db.stats().sequence();
            assertThrows(IllegalArgumentException.class, () -> sum.merge(KEY, number(1)));
            assertThrows(IllegalArgumentException.class, () -> sum.merge(KEY, KEY));
            assertEquals(before, db.stats().sequence());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {HASHED, ORDERED})
    void anOperatorOfOnesOwnMayDelete(String shape) {
        try (Database db = Kvarts.open(directory, withLongest())) {
            Keyspace keyspace = keyspace(db, shape, "longest");
            keyspace.merge(KEY, Samples.bytes("long"));
            keyspace.merge(KEY, Samples.bytes("s"));
            assertEquals("long", Samples.text(keyspace.get(KEY)));
            keyspace.merge(KEY, new byte[0]);
            assertNull(keyspace.get(KEY));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {HASHED, ORDERED})
    void withoutItsOperatorAKeyspaceIsReadAndWrittenButNotMerged(String shape) {
        try (Database db = Kvarts.open(directory, withLongest())) {
            keyspace(db, shape, "longest").merge(KEY, Samples.bytes("kept"));
        }
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace keyspace = db.keyspace(shape);
            assertEquals("kept", Samples.text(keyspace.get(KEY)));
            keyspace.put(Samples.key(2), KEY);
            var refused = assertThrows(IllegalStateException.class, () -> keyspace.merge(KEY, KEY));
            assertTrue(refused.getMessage().contains("operator=longest"), refused.getMessage());
            assertThrows(IllegalStateException.class, () -> db.batch().merge(keyspace, KEY, KEY));
            assertEquals("kept", Samples.text(keyspace.get(KEY)));
        }
        try (Database db = Kvarts.open(directory, withLongest())) {
            db.keyspace(shape).merge(KEY, Samples.bytes("longer"));
            assertEquals("longer", Samples.text(db.keyspace(shape).get(KEY)));
        }
    }

    @Test
    void aKeyspaceWithoutAnOperatorSaysSo() {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace plain = db.hashed("plain");
            var refused = assertThrows(IllegalStateException.class, () -> plain.merge(KEY, KEY));
            assertTrue(refused.getMessage().contains("no merge operator"), refused.getMessage());
        }
    }

    @Test
    void aMergeInABatchSeesWhatTheBatchDidBefore() {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            var ordered = (OrderedKeyspace) keyspace(db, ORDERED, "append");
            Keyspace hashed = keyspace(db, HASHED, "add");
            byte[] other = Samples.bytes("kez");
            ordered.put(KEY, Samples.bytes("old "));
            ordered.put(other, Samples.bytes("other "));
            hashed.put(KEY, number(10));
            db.write(
                    db.batch()
                            .merge(ordered, KEY, Samples.bytes("one "))
                            .merge(hashed, KEY, number(1))
                            .deleteRange(ordered, Range.prefix(other))
                            .merge(ordered, other, Samples.bytes("two "))
                            .merge(ordered, KEY, Samples.bytes("three "))
                            .delete(hashed, KEY)
                            .merge(hashed, KEY, number(2))
                            .put(hashed, other, number(5))
                            .merge(hashed, other, number(6)));
            assertEquals("old one three ", Samples.text(ordered.get(KEY)));
            assertEquals("two ", Samples.text(ordered.get(other)));
            assertEquals(2, number(hashed.get(KEY)));
            assertEquals(11, number(hashed.get(other)));
        }
    }

    @Test
    void aBatchWhoseMergeFailsWritesNothing() {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace sum = keyspace(db, HASHED, "add");
            var batch = db.batch().put(sum, Samples.key(1), KEY).merge(sum, KEY, KEY);
            assertThrows(IllegalArgumentException.class, () -> db.write(batch));
            assertNull(sum.get(Samples.key(1)));
        }
    }

    @Test
    void mergesInBatchesOfManyThreadsAreNotLost() throws Exception {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace hashed = keyspace(db, HASHED, "add");
            Keyspace ordered = keyspace(db, ORDERED, "add");
            List<FutureTask<Integer>> writers = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                var writer = new FutureTask<>(() -> mergeInBatches(db, hashed, ordered), 0);
                writers.add(writer);
                Thread.ofPlatform().start(writer);
            }
            for (int i = 0; i < 200; i++) {
                hashed.merge(KEY, number(1));
            }
            for (var writer : writers) {
                writer.get();
            }
            assertEquals(1_000, number(hashed.get(KEY)));
            assertEquals(800, number(ordered.get(KEY)));
        }
    }

    private static void mergeInBatches(Database db, Keyspace hashed, Keyspace ordered) {
        for (int i = 0; i < 200; i++) {
            db.write(db.batch().merge(hashed, KEY, number(1)).merge(ordered, KEY, number(1)));
        }
    }

    @Test
    void aSnapshotKeepsWhatWasThereBeforeAMerge() {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace sum = keyspace(db, HASHED, "add");
            sum.put(KEY, number(1));
            try (Snapshot before = db.snapshot()) {
                sum.merge(KEY, number(1));
                db.flush();
                assertArrayEquals(number(1), before.get(sum, KEY));
                assertArrayEquals(number(2), sum.get(KEY));
            }
        }
    }
}
