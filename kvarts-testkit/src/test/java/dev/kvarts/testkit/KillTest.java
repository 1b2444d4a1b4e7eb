package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Real processes, killed with SIGKILL at random moments.
///
/// What was acknowledged must be there, `BUFFERED` or `SYNC`: the page cache outlives a process.
/// And what is there must be a prefix of what was written, every batch whole.
final class KillTest {
    private static final int CYCLES = Integer.getInteger("kvarts.kill.cycles", 300);
    private static final int LANES = 2;

    @Test
    void nothingAcknowledgedIsLostWhenTheProcessIsKilled(@TempDir Path directory) throws Exception {
        try (var lanes = Executors.newFixedThreadPool(LANES)) {
            @SuppressWarnings({"unchecked", "rawtypes"})
            Future<Long>[] results = new Future[LANES];
            for (int lane = 0; lane < LANES; lane++) {
                results[lane] = lanes.submit(lane(directory.resolve("lane-" + lane), lane));
            }
            long acknowledged = 0;
            for (Future<Long> result : results) {
                acknowledged += result.get();
            }
            System.out.println(
                    "killed "
                            + CYCLES / LANES * LANES
                            + " times; steps acknowledged "
                            + acknowledged
                            + ", lost 0");
        }
    }

    private static Callable<Long> lane(Path directory, int lane) {
        return () -> {
            long seed = 4711L + lane;
            var random = new Random(seed);
            long last = 0;
            for (int cycle = 0; cycle < CYCLES / LANES; cycle++) {
                String where = "seed=" + seed + " cycle=" + cycle;
                var durability = random.nextBoolean() ? Durability.SYNC : Durability.BUFFERED;
                long acknowledged = runAndKill(directory, durability, random.nextInt(250));
                last = check(directory, Math.max(last, acknowledged), where);
            }
            return last;
        };
    }

    /// Returns the last step that the process was acknowledged, 0 if none.
    private static long runAndKill(Path directory, Durability durability, int millis)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xshare:auto",
                                "-cp",
                                System.getProperty("java.class.path"),
                                KillWriter.class.getName(),
                                directory.toString(),
                                durability.name())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        long acknowledged = 0;
        try (var output = new DataInputStream(process.getInputStream())) {
            acknowledged = output.readLong(); // it is up and writing
            long until = System.nanoTime() + millis * 1_000_000L;
            while (System.nanoTime() < until) {
                acknowledged = output.readLong();
            }
            process.destroyForcibly();
            while (true) { // what it said before it died
                acknowledged = output.readLong();
            }
        } catch (EOFException end) {
            return acknowledged;
        } catch (
                IOException streamClosed) { // destroyForcibly may close the stream under the reader
            return acknowledged;
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    /// Returns the last step that is there.
    private static long check(Path directory, long acknowledged, String where) {
        try (Database database = Kvarts.open(directory, KillWriter.options())) {
            Keyspace slots = database.hashed("slots");
            long last = KillWriter.last(database.hashed("numbers"));
            assertTrue(
                    last >= acknowledged,
                    where + " last=" + last + " acknowledged=" + acknowledged);
            for (long step = Math.max(1, last - KillWriter.SLOTS + 1); step <= last; step++) {
                String at = where + " step=" + step + " last=" + last;
                byte[] value = KillWriter.value(step);
                assertArrayEquals(value, slots.get(KillWriter.key(step)), at);
                assertArrayEquals(value, database.ordered("ordered").get(KillWriter.key(step)), at);
            }
            checkKept(database.ordered("kept"), last, where + " last=" + last);
            assertEquals(0, database.verify().problems().size(), where);
            return last;
        }
    }

    /// The last steps, in both directions, and no other; the one after the last if it was ingested
    /// and then the process was killed.
    private static void checkKept(OrderedKeyspace kept, long last, String where) {
        long first = Math.max(1, last - KillWriter.KEPT + 1);
        try (OrderedCursor cursor = kept.cursor()) {
            for (long step = first; step <= last; step++) {
                assertTrue(cursor.next(), where);
                assertArrayEquals(KillWriter.keptKey(step), cursor.key(), where);
                assertArrayEquals(KillWriter.keptValue(step), cursor.value(), where);
            }
            if (cursor.next()) {
                assertArrayEquals(KillWriter.keptKey(last + 1), cursor.key(), where);
                assertFalse(cursor.next(), where);
            }
            for (long step = last; step >= first; step--) {
                boolean there =
                        step == last
                                ? cursor.seekBefore(KillWriter.keptKey(last + 1))
                                : cursor.previous();
                assertTrue(there, where);
                assertArrayEquals(KillWriter.keptValue(step), cursor.value(), where);
            }
            assertFalse(cursor.previous(), where);
        }
    }
}
