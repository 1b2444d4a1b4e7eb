package dev.kvarts.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/// Serializable transactions beside those of RocksDB, at low and at high contention.
@Command(
        name = "transactions",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Serializable transactions that read and change ten of a million entries, chosen evenly"
                + " (low contention), and ten of the first hundred (--hot-keys, high contention):"
                + " both shapes of keyspace, and RocksDB's OptimisticTransactionDB with"
                + " getForUpdate and a snapshot. Each is tried again at once until it commits;"
                + " ops/s counts those that did, their times include attempts in vain.",
            "Logs are written and not synced, by all stores. The counters in the entries are added"
                    + " up afterwards: a lost update ends the run."
        })
final class TransactionsRun extends VariantsRun {
    private static final long OPERATIONS = 2_000_000; // a tenth as many transactions

    @Option(
            names = "--stores",
            split = ",",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "kvarts,kvarts-ordered,rocksdb-optimistic")
    List<String> stores;

    @Option(
            names = "--callers",
            split = ",",
            paramLabel = "N",
            description =
                    "calling threads, one variant each; high contention where they are more than"
                            + " one (default: ${DEFAULT-VALUE})",
            defaultValue = "1,4")
    List<Integer> callers;

    TransactionsRun() {
        settings.ops = OPERATIONS;
        rounds = 3;
    }

    @Override
    List<Variant> variants() {
        if (settings.valueSize < Values.COUNTED_SIZE_MIN || settings.num < Transactor.KEYS) {
            throw new IllegalArgumentException(
                    "option out of range: --value-size="
                            + settings.valueSize
                            + " --num="
                            + settings.num);
        }
        return callers.stream().map(this::variant).toList();
    }

    private Variant variant(int threads) {
        Settings own = settings.copy();
        own.threads = threads;
        var workloads = new ArrayList<>(List.of(Workload.TRANSACTIONS));
        if (threads > 1) {
            workloads.add(Workload.TRANSACTIONS_HOT);
        }
        return new Variant(
                threads + (threads == 1 ? " thread" : " threads"), own, stores(stores), workloads);
    }

    @Override
    String report(List<Variant.Outcome> outcomes) {
        return Variant.Outcome.table(
                outcomes,
                List.of(
                        Figure.OPS,
                        Figure.ABORTED,
                        Figure.P50,
                        Figure.P99,
                        Figure.P999,
                        Figure.CPU,
                        Figure.ALLOC,
                        Figure.WA_STORE));
    }
}
