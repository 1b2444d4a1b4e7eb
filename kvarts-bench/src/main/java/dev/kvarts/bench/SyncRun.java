package dev.kvarts.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.List;

/// Writes that wait for the device, by threads that share its forces.
@Command(
        name = "sync",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Overwrites entries chosen evenly, each on the device when put returns, by one thread"
                + " and by eight: both shapes of keyspace with SYNC, and RocksDB with sync=true.",
            "Before and after each, one thread alone appends as many bytes as one write of each"
                + " calling thread and forces them, again and again, through a mapping and through"
                + " a channel (--device-probe); 'of device' is what a store reaches of the faster"
                + " of them times the number of threads."
        })
final class SyncRun extends VariantsRun {
    private static final long NUM = 100_000;
    private static final long OPERATIONS = 40_000;

    @Option(
            names = "--stores",
            split = ",",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "kvarts,kvarts-ordered,rocksdb")
    List<String> stores;

    @Option(
            names = "--callers",
            split = ",",
            paramLabel = "N",
            description = "calling threads, one variant each (default: ${DEFAULT-VALUE})",
            defaultValue = "1,8")
    List<Integer> callers;

    SyncRun() {
        settings.num = NUM;
        settings.ops = OPERATIONS;
        rounds = 3;
    }

    @Override
    List<Variant> variants() {
        return callers.stream().map(this::variant).toList();
    }

    private Variant variant(int threads) {
        Settings own = settings.copy();
        own.threads = threads;
        own.ops = Math.max(1, settings.operations(Workload.OVERWRITE_SYNC) * threads / most());
        return new Variant(
                threads + (threads == 1 ? " thread" : " threads"),
                own,
                stores(stores),
                List.of(Workload.OVERWRITE_SYNC));
    }

    /// Fewer threads make fewer operations, so that each makes as many.
    private int most() {
        return callers.stream().mapToInt(Integer::intValue).max().orElse(1);
    }

    @Override
    String report(List<Variant.Outcome> outcomes) {
        return Variant.Outcome.table(
                outcomes,
                List.of(
                        Figure.OPS,
                        Figure.P50,
                        Figure.P99,
                        Figure.P999,
                        Figure.SYNCS,
                        Figure.GROUP,
                        Figure.DEVICE_MAPPED,
                        Figure.DEVICE_CHANNEL,
                        Figure.DEVICE_SHARE,
                        Figure.WA_DEVICE));
    }
}
