package dev.kvarts.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What it costs a get that entries expire.
@Command(
        name = "ttl",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Reads entries (500,000 by default) of two keyspaces in turn, which are the same but"
                    + " that every entry of one of them expires, in a day: out of memory and out of"
                    + " files, hashed and ordered. After 500 gets it is the other's turn, so that"
                    + " what else the machine does meets both; the times are summed up and"
                    + " compared.",
            "Every round has a process and a database of its own; in every other round the keyspace"
                    + " that expires is the one that was made first."
        })
final class TtlRun extends SpecialRun {
    private static final long NUM = 500_000;
    private static final long MEMORY_STORE_BYTES = 256 << 20;
    private static final double ADDED_MAX = 0.03;

    @Option(
            names = "--stores",
            split = ",",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})",
            defaultValue = "kvarts,kvarts-ordered")
    List<String> stores;

    @Option(names = "--rounds", description = "processes of each store (default: ${DEFAULT-VALUE})")
    int rounds = 8;

    @Option(
            names = "--repeat",
            paramLabel = "N",
            description =
                    "such sums of a process, out of memory and out of files, after one"
                            + " that is not counted (default: ${DEFAULT-VALUE})")
    int repeat = 10;

    TtlRun() {
        settings.num = NUM;
        settings.memoryStoreBytes = MEMORY_STORE_BYTES;
    }

    @Override
    List<Finding> measure() {
        if (rounds < 1 || repeat < 1) {
            throw new IllegalArgumentException(
                    "option out of range: --rounds=" + rounds + " --repeat=" + repeat);
        }
        var phases = new ArrayList<List<Phased>>();
        stores.forEach(_ -> phases.add(new ArrayList<>()));
        for (int round = 1; round <= rounds; round++) {
            for (int i = 0; i < stores.size(); i++) {
                StoreKind kind = StoreKind.of(stores.get(i)).requireKvarts();
                phases.get(i).addAll(phases(kind, round));
            }
        }
        var findings = new ArrayList<Finding>();
        for (int i = 0; i < stores.size(); i++) {
            for (TtlChild.Place place : TtlChild.Place.values()) {
                describe(findings, stores.get(i), place, phases.get(i));
            }
        }
        return findings;
    }

    private static void describe(
            List<Finding> findings, String store, TtlChild.Place place, List<Phased> phases) {
        String plain = place.phase(false);
        String expiring = place.phase(true);
        String what = store + " out of " + plain + ": ";
        findings.add(
                Finding.plain(
                        what + "gets per second",
                        Phased.spread(phases, plain, Figure.OPS).median()));
        findings.add(
                Finding.plain(
                        "  the same of entries that expire",
                        Phased.spread(phases, expiring, Figure.OPS).median()));
        findings.addAll(
                Phased.findings(
                        what + "time that expiry adds, share",
                        Phased.added(phases, expiring, plain),
                        ADDED_MAX));
    }

    private List<Phased> phases(StoreKind kind, int round) {
        Path own = directory.resolve(kind.label());
        var arguments = new ArrayList<>(settings.arguments());
        arguments.add("--store=" + kind.label());
        arguments.add("--round=" + round);
        arguments.add("--repeat=" + repeat);
        arguments.add("--dir=" + own);
        return phases(kind, TtlChild.class, arguments, own);
    }
}
