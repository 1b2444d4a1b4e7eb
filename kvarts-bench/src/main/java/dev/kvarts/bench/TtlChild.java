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

    @Mixin private final Settings settings = new Settings();

    @Option(names = "--store", required = true)
    private String store;

    @Option(names = "--round", required = true)
    private int round;

    @Option(names = "--repeat", required = true)
    private int repeat;

    @Option(names = "--dir", required = true)
    private Path directory;

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
        byte[] key = Keys.create();
        for (long i = 0; i < settings.num; i++) {
            long number = order.at(i);
            Keys.present(key, number);
            byte[] value = values.next(number);
            plain.put(key, value);
            expiring.put(key, value, FOR_A_DAY);
        }
        if (plain.expiresAt(key) != null || expiring.expiresAt(key) == null) {
            throw new IllegalStateException("entries expire where they should not, or do not");
        }
    }

    private void read(Place place, StoreKind kind, KvartsView plain, KvartsView expiring) {
        var plainRun = new WorkloadRun(kind, plain, directory, settings);
        var expiringRun = new WorkloadRun(kind, expiring, directory, settings);
        plainRun.warmUp(Workload.READRANDOM);
        expiringRun.warmUp(Workload.READRANDOM);
        for (int i = 0; i <= repeat; i++) {
            for (int turn = 0; turn < 2; turn++) {
                boolean expires = (turn + i) % 2 == 0;
                Measurement measured =
                        read(
                                place,
                                expires ? expiring : plain,
                                expires ? expiringRun : plainRun,
                                (round - 1) * repeat + i);
                if (i > 0) {
                    System.out.println(new Phased(place.phase(expires), measured).toLine());
                    System.out.flush();
                }
            }
        }
    }

    private static Measurement read(Place place, KvartsView view, WorkloadRun run, int number) {
        KeyspaceStats before = view.keyspace().stats();
        Measurement measured = run.run(Workload.READRANDOM, number, true);
        KeyspaceStats after = view.keyspace().stats();
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
        return measured;
    }
}
