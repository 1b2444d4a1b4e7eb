package dev.kvarts.bench;

import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.WriteOptions;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;

/// A process that reads two keyspaces of one database with the same entries, which expire in one of
/// them, in turn: first out of memory, then out of files. It prints a line for each phase; the
/// first repetition is not counted.
@Command(
        name = "ttl-child",
        hidden = true,
        description = "reads entries that expire, for a parent process")
final class TtlChild implements Callable<Integer> {
    private static final WriteOptions FOR_A_DAY = WriteOptions.BUFFERED.withTtl(Duration.ofDays(1));

    private static final int GETS_PER_SLICE = 500;

    @Mixin private final Settings settings = new Settings();

    @Option(names = "--store", required = true)
    private String store;

    @Option(names = "--round", required = true)
    private int round;

    @Option(names = "--repeat", required = true)
    private int repeat;

    @Option(names = "--dir", required = true)
    private Path directory;

    private final byte[] key = Keys.create();
    private byte[] value;
    private SplitMix random;

    /// Where entries are when they are read.
    enum Place {
        MEMORY,
        FILES;

        String phase(boolean expiring) {
            return name().toLowerCase(java.util.Locale.ROOT) + (expiring ? "-ttl" : "");
        }
    }

    /// For the launcher of the JVM.
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TtlChild()).execute(arguments));
    }

    @Override
    public Integer call() {
        StoreKind kind = StoreKind.of(store);
        value = new byte[settings.valueSize];
        random = new SplitMix(settings.seed + round);
        Disk.recreate(directory);
        try (KvartsData data = kind.openKvarts(directory, settings)) {
            var first = new KvartsView(data.database(), data.keyspace());
            KvartsView second = data.another("beside");
            boolean firstExpires = round % 2 == 0; // which one was made first is to tell nothing
            KvartsView plain = firstExpires ? second : first;
            KvartsView expiring = firstExpires ? first : second;
            fill(plain.keyspace(), expiring.keyspace());
            read(Place.MEMORY, kind, plain, expiring);
            data.rest();
            read(Place.FILES, kind, plain, expiring);
        } finally {
            Disk.delete(directory);
        }
        return 0;
    }

    /// Key by key, so that both are as old and lie as close together.
    private void fill(Keyspace plain, Keyspace expiring) {
        var order = new Permutation(settings.num, settings.seed);
        Values values = Values.create(settings.valueSize, settings.seed);
        for (long i = 0; i < settings.num; i++) {
            long number = order.at(i);
            Keys.present(key, number);
            byte[] next = values.next(number);
            plain.put(key, next);
            expiring.put(key, next, FOR_A_DAY);
        }
        if (plain.expiresAt(key) != null || expiring.expiresAt(key) == null) {
            throw new IllegalStateException("entries expire where they should not, or do not");
        }
    }

    /// A few gets of one keyspace, then as many of the other: what else the machine does meets
    /// both.
    private void read(Place place, StoreKind kind, KvartsView plain, KvartsView expiring) {
        long slices = Math.max(1, settings.operations(Workload.READRANDOM) / GETS_PER_SLICE);
        try (Session plainSession = plain.session(1);
                Session expiringSession = expiring.session(1)) {
            for (int i = 0; i <= repeat; i++) {
                KeyspaceStats plainBefore = plain.keyspace().stats();
                KeyspaceStats expiringBefore = expiring.keyspace().stats();
                long plainNanos = 0;
                long expiringNanos = 0;
                for (long slice = 0; slice < slices; slice++) {
                    if (slice % 2 == 0) {
                        plainNanos += get(plainSession);
                        expiringNanos += get(expiringSession);
                    } else {
                        expiringNanos += get(expiringSession);
                        plainNanos += get(plainSession);
                    }
                }
                requireIn(place, plainBefore, plain.keyspace().stats());
                requireIn(place, expiringBefore, expiring.keyspace().stats());
                if (i > 0) {
                    int number = (round - 1) * repeat + i;
                    print(kind, place.phase(false), number, slices, plainNanos);
                    print(kind, place.phase(true), number, slices, expiringNanos);
                }
            }
        }
    }

    private long get(Session session) {
        long start = System.nanoTime();
        for (int i = 0; i < GETS_PER_SLICE; i++) {
            long number = random.below(settings.num);
            Keys.present(key, number);
            int length = session.get(key, value);
            if (!Values.belongs(value, length, number)) {
                throw new IllegalStateException("wrong answer: number=" + number);
            }
        }
        return System.nanoTime() - start;
    }

    private static void print(StoreKind kind, String phase, int number, long slices, long nanos) {
        Map<Figure, Double> figures = Map.of(Figure.OPS, slices * GETS_PER_SLICE * 1e9 / nanos);
        var measured = new Measurement(kind, Workload.READRANDOM, number, figures);
        System.out.println(new Phased(phase, measured).toLine());
        System.out.flush();
    }

    private static void requireIn(Place place, KeyspaceStats before, KeyspaceStats after) {
        long hits = after.hits() - before.hits();
        long memoryHits = after.memoryHits() - before.memoryHits();
        if (memoryHits != (place == Place.MEMORY ? hits : 0)) {
            throw new IllegalStateException(
                    "entries are not where they should be: "
                            + place
                            + " hits="
                            + hits
                            + " in memory="
                            + memoryHits
                            + ", see --num and --memory-store");
        }
    }
}
