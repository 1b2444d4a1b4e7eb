package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.OverQuotaException;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/// What many real threads gather, count against a quota, and write over, is as if they had come one
/// after the other.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ManyWritersTest {
    private static final String HASHED = "hashed";
    private static final String ORDERED = "ordered";
    private static final int WRITERS = 4;
    private static final long SEED = Long.getLong("kvarts.seed", System.nanoTime());

    @TempDir private Path directory;

    private interface Writer<R> {
        R write(int number, SplittableRandom random);
    }

    private static <R> List<R> together(Writer<R> writer) {
        List<CompletableFuture<R>> all = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int number = i;
            all.add(
                    CompletableFuture.supplyAsync(
                            () -> writer.write(number, new SplittableRandom(SEED + number)),
                            work -> Thread.ofPlatform().start(work)));
        }
        return all.stream().map(CompletableFuture::join).toList();
    }

    private Database open() {
        return Kvarts.open(directory, Workload.tinyOptions());
    }

    private static Keyspace keyspace(Database db, String shape, KeyspaceOptions options) {
        return shape.equals(HASHED) ? db.hashed(shape, options) : db.ordered(shape, options);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] value) {
        return new String(value, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {HASHED, ORDERED})
    void everyPartThatWasTakenIsInItsRecordOnceAndInItsWritersOrder(String shape) {
        int records = 300;
        var options = KeyspaceOptions.defaults().withGatherWindow(Duration.ofMinutes(5));
        List<Map<String, List<String>>> taken;
        try (Database db = open()) {
            Keyspace keyspace = keyspace(db, shape, options);
            taken =
                    together(
                            (number, random) -> {
                                Map<String, List<String>> own = new HashMap<>();
                                for (int i = 0; i < 6_000; i++) {
                                    String key = "record-" + random.nextInt(records);
                                    String part = number + "-" + i + ";";
                                    boolean last = random.nextInt(60) == 0;
                                    boolean took =
                                            last
                                                    ? keyspace.writeFinal(bytes(key), bytes(part))
                                                    : keyspace.writePartial(
                                                            bytes(key), bytes(part));
                                    if (took) {
                                        own.computeIfAbsent(key, _ -> new ArrayList<>()).add(part);
                                    }
                                }
                                return own;
                            });
        }
        long parts = 0;
        try (Database db = open()) {
            Keyspace keyspace = db.keyspace(shape);
            for (int i = 0; i < records; i++) {
                String key = "record-" + i;
                byte[] value = keyspace.get(bytes(key));
                List<String> all =
                        value == null ? List.of() : Arrays.asList(text(value).split("(?<=;)"));
                parts += all.size();
                int found = 0;
                for (int number = 0; number < WRITERS; number++) {
                    String own = number + "-";
                    List<String> expected = taken.get(number).getOrDefault(key, List.of());
                    assertEquals(
                            expected,
                            all.stream().filter(part -> part.startsWith(own)).toList(),
                            key + " seed=" + SEED);
                    found += expected.size();
                }
                assertEquals(found, all.size(), key + " seed=" + SEED);
            }
        }
        assertTrue(parts > records, "nothing was gathered by many: parts=" + parts);
    }

    @ParameterizedTest
    @ValueSource(strings = {HASHED, ORDERED})
    void manyWritersKeepAQuotaOfEntriesButForWhatIsEstimated(String shape) {
        int quota = 2_000;
        var policy = KeyspacePolicy.none().withQuotaEntries(quota);
        List<Set<String>> kept;
        List<Set<String>> refused = new ArrayList<>();
        try (Database db = open()) {
            Keyspace keyspace = keyspace(db, shape, KeyspaceOptions.defaults().withPolicy(policy));
            for (int i = 0; i < WRITERS; i++) {
                refused.add(new HashSet<>());
            }
            kept =
                    together(
                            (number, random) -> {
                                Set<String> own = new HashSet<>();
                                for (int i = 0; i < 4_000; i++) {
                                    String key = number + "-" + random.nextInt(2_000);
                                    // A tombstone in a table counts as one entry less.
                                    if (shape.equals(HASHED) && random.nextInt(4) == 0) {
                                        keyspace.delete(bytes(key));
                                        own.remove(key);
                                        continue;
                                    }
                                    try {
                                        keyspace.put(bytes(key), bytes("value of " + key));
                                        own.add(key);
                                        refused.get(number).remove(key);
                                    } catch (OverQuotaException e) {
                                        if (!own.contains(key)) {
                                            refused.get(number).add(key);
                                        }
                                    }
                                }
                                return own;
                            });
        }
        int count = kept.stream().mapToInt(Set::size).sum();
        // Some thousands are in memory, of which 256 are sampled: a standard error is up to 3 % of
        // them, and of many estimates the lowest lets in.
        int most = shape.equals(HASHED) ? quota + quota / 5 : quota + WRITERS;
        assertTrue(count <= most, "entries=" + count + " seed=" + SEED);
        assertTrue(count > quota / 2, "entries=" + count + " seed=" + SEED);
        assertTrue(refused.stream().anyMatch(keys -> !keys.isEmpty()), "nothing was refused");
        try (Database db = open()) {
            Keyspace keyspace = db.keyspace(shape);
            kept.forEach(
                    keys ->
                            keys.forEach(
                                    key ->
                                            assertEquals(
                                                    "value of " + key,
                                                    text(keyspace.get(bytes(key))),
                                                    "seed=" + SEED)));
            refused.forEach(
                    keys ->
                            keys.forEach(
                                    key -> assertNull(keyspace.get(bytes(key)), key + " " + SEED)));
        }
    }

    /// @param before when the value's writer began to write it, in whole milliseconds
    /// @param after when he had written it
    private record Written(Instant before, Instant after) {}

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    @ParameterizedTest
    @ValueSource(strings = {HASHED, ORDERED})
    void whatWasThereAtATimeWasBeingWrittenByThenAndNotYetReplaced(String shape) {
        var options = KeyspaceOptions.defaults().withHistory(Duration.ofHours(1));
        List<List<Written>> written;
        try (Database db = open()) {
            Keyspace keyspace = keyspace(db, shape, options);
            written =
                    together(
                            (number, _) -> {
                                List<Written> own = new ArrayList<>();
                                for (int i = 0; i < 3_000; i++) {
                                    Instant before = now();
                                    keyspace.put(bytes("key-" + number), bytes("" + i));
                                    own.add(new Written(before, now()));
                                }
                                return own;
                            });
            check(keyspace, written);
        }
        try (Database db = open()) {
            check(db.keyspace(shape), written);
        }
    }

    private static void check(Keyspace keyspace, List<List<Written>> written) {
        var random = new SplittableRandom(SEED);
        for (int number = 0; number < WRITERS; number++) {
            List<Written> all = written.get(number);
            for (int i = 0; i < 300; i++) {
                Instant time = all.get(random.nextInt(all.size())).after();
                byte[] value = keyspace.getAsOf(bytes("key-" + number), time);
                String message = "key-" + number + " at " + time + " seed=" + SEED;
                assertTrue(value != null, message);
                int seen = Integer.parseInt(text(value));
                assertTrue(!all.get(seen).before().isAfter(time), message + " seen=" + seen);
                assertTrue(
                        seen == all.size() - 1 || !all.get(seen + 1).after().isBefore(time),
                        message + " seen=" + seen);
            }
        }
    }
}
