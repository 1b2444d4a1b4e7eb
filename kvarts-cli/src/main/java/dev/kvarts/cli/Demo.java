package dev.kvarts.cli;

import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.VerifyReport;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/// The demo, part by part.
final class Demo {
    private final DemoSite site;
    private final int rounds;
    private final DemoLog log;
    private final HashedDemo hashed;
    private final OrderedDemo ordered;
    private final KillDemo kills;
    private final long start = System.nanoTime();
    private KeyspaceStats hashedStats;
    private KeyspaceStats orderedStats;
    private long cleanReopenNanos;

    Demo(DemoSite site, Path image, int rounds, DemoLog log, Terminal terminal) {
        this.site = site;
        this.rounds = rounds;
        this.log = log;
        var truth = new DemoImage(image);
        this.hashed = new HashedDemo(truth, log, terminal);
        this.ordered = new OrderedDemo(truth, log, terminal);
        this.kills = new KillDemo(site, log, terminal);
    }

    DemoResult run() throws IOException {
        try (Session session = site.open()) {
            hashed(session.database());
            ordered(session.database());
        }
        log.section("closed, killed, reopened");
        reopen();
        for (int round = 1; round <= rounds; round++) {
            kills.killAndReopen(round);
        }
        verify();
        return result();
    }

    private void hashed(Database database) throws IOException {
        log.section("a hashed keyspace");
        Keyspace keyspace = database.hashed(HashedDemo.KEYSPACE);
        hashed.put(keyspace);
        database.flush(); // so that what follows is read from files, not from memory
        hashed.read(keyspace);
        hashedStats = keyspace.stats();
    }

    private void ordered(Database database) throws IOException {
        log.section("an ordered keyspace");
        OrderedKeyspace keyspace = database.ordered(OrderedDemo.KEYSPACE);
        ordered.put(keyspace);
        database.flush();
        ordered.read(keyspace);
        orderedStats = keyspace.stats();
        ordered.part(database, keyspace);
    }

    private void reopen() throws IOException {
        byte[] key = hashed.keys().getFirst();
        byte[] original = DemoImage.original(key);
        long before = System.nanoTime();
        try (Session session = site.open()) {
            byte[] got = session.database().hashed(HashedDemo.KEYSPACE).get(key);
            Entry floor = session.database().ordered(OrderedDemo.KEYSPACE).floor(key);
            cleanReopenNanos = System.nanoTime() - before;
            boolean equal =
                    Arrays.equals(got, original)
                            && floor != null
                            && Arrays.equals(floor.value(), original);
            log.result(
                    "reopen",
                    equal ? 0 : 1,
                    "after a clean close, read from both after " + Units.nanos(cleanReopenNanos),
                    "entry differs");
        }
    }

    private void verify() throws IOException {
        try (Session session = site.open()) {
            VerifyReport report = session.database().verify();
            log.result(
                    "verify",
                    report.problems().size(),
                    Units.count(report.files(), "file", "files")
                            + ", "
                            + Units.bytes(report.bytes())
                            + " read and checked, no damage",
                    "damaged places; kvarts verify DIR shows them");
        }
    }

    private DemoResult result() {
        return new DemoResult(
                log.failures(),
                site.directory().toString(),
                hashed.keys().size(),
                hashed.bytes(),
                measured(hashed.putsPerSecond(), hashed.gets(), hashedStats),
                measured(ordered.putsPerSecond(), ordered.gets(), orderedStats),
                ordered.scanPerSecond(),
                ordered.reversePerSecond(),
                cleanReopenNanos,
                rounds,
                kills.reopenNanosMax(),
                kills.acknowledged(),
                kills.lost(),
                System.nanoTime() - start);
    }

    private static DemoResult.Measured measured(
            long putsPerSecond, RandomGets gets, KeyspaceStats stats) {
        return new DemoResult.Measured(
                putsPerSecond,
                gets,
                StatsCommand.indexBytesPerEntry(stats),
                stats.writeAmplification(),
                stats.readsPerHit());
    }
}
