package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.Kvarts;
import dev.kvarts.api.ChangeBatch;
import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.WriteOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/// Consumers keep up with real threads that write, roll the log and have it archived, inside the
/// process and from its files.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FollowUnderLoadTest {
    private static final int WRITERS = 2;
    private static final int WRITES = 6_000; // of each
    private static final Duration SHORT = Duration.ofMillis(1);

    @TempDir private Path folder;

    private final AtomicBoolean written = new AtomicBoolean();

    /// What a batch was, as far as it fits a number.
    private record Told(long first, long last, int content) {
        static Told of(ChangeBatch batch) {
            int content =
                    batch.changes().stream()
                            .mapToInt(
                                    each ->
                                            Arrays.hashCode(each.key())
                                                    ^ Arrays.hashCode(each.value()))
                            .sum();
            return new Told(batch.firstSequence(), batch.lastSequence(), content);
        }
    }

    @Test
    void everyConsumerIsToldTheSame() throws Exception {
        var options =
                Workload.tinyOptions().withChanges(new ChangeRetention(1L << 30, Duration.ZERO));
        try (Database db = Kvarts.open(folder, options)) {
            Keyspace keyspace = db.hashed("k");
            var inside = follow(db.changes(0));
            var outside = follow(Kvarts.changes(folder, 0));
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                var random = new SplittableRandom(i);
                writers.add(run(() -> write(keyspace, random)));
            }
            for (CompletableFuture<Void> each : writers) {
                each.get();
            }
            db.flush();
            written.set(true);
            List<Told> told = new ArrayList<>();
            try (ChangeStream stream = db.changes(0)) {
                collect(stream, told);
            }
            assertEquals(WRITERS * WRITES, told.size());
            assertEquals(told, inside.get());
            assertEquals(told, outside.get());
        }
    }

    private static void write(Keyspace keyspace, SplittableRandom random) {
        for (int i = 0; i < WRITES; i++) {
            byte[] value = new byte[random.nextInt(300)];
            random.nextBytes(value);
            var durability = random.nextInt(20) == 0 ? Durability.SYNC : Durability.BUFFERED;
            byte[] key = ByteBuffer.allocate(8).putLong(random.nextLong(5_000)).array();
            keyspace.put(key, value, new WriteOptions(durability));
        }
    }

    private CompletableFuture<List<Told>> follow(ChangeStream stream) {
        List<Told> told = new ArrayList<>();
        return run(() -> {
                    try (stream) {
                        while (!written.get()) {
                            collect(stream, told);
                        }
                        collect(stream, told);
                    }
                })
                .thenApply(_ -> told);
    }

    private static void collect(ChangeStream stream, List<Told> told) {
        for (ChangeBatch batch = stream.next(SHORT); batch != null; batch = stream.next(SHORT)) {
            told.add(Told.of(batch));
        }
    }

    private static CompletableFuture<Void> run(Runnable work) {
        return CompletableFuture.runAsync(work, each -> Thread.ofPlatform().start(each));
    }
}
