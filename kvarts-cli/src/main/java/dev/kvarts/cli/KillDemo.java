package dev.kvarts.cli;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;

import java.io.IOException;
import java.util.Arrays;

/// The demo of what survives: a process that writes batches to a hashed and an ordered keyspace is
/// killed again and again.
final class KillDemo {
    private final DemoSite site;
    private final DemoLog log;
    private final Terminal terminal;
    private long reopenNanosMax;
    private long acknowledged;
    private long lost;

    KillDemo(DemoSite site, DemoLog log, Terminal terminal) {
        this.site = site;
        this.log = log;
        this.terminal = terminal;
    }

    void killAndReopen(int round) throws IOException {
        var killed = KilledWriter.run(site, acknowledged + 1);
        if (killed.acknowledged() == 0) {
            log.failed(
                    "kill " + round,
                    "the writing process acknowledged nothing; its exit code is "
                            + killed.exitCode());
            return;
        }
        acknowledged += killed.acknowledged();
        long before = System.nanoTime();
        try (Session session = site.open()) {
            Database database = session.database();
            Keyspace hashed = database.hashed(DemoWriterCommand.HASHED);
            OrderedKeyspace ordered = database.ordered(DemoWriterCommand.ORDERED);
            boolean firstIsThere = hashed.contains(NumberedEntry.key(1)) && ordered.first() != null;
            long reopenNanos = System.nanoTime() - before;
            reopenNanosMax = Math.max(reopenNanosMax, reopenNanos);
            long missing =
                    firstIsThere ? Math.max(missing(hashed), missing(ordered)) : acknowledged;
            lost = Math.max(lost, missing);
            log.result(
                    "kill " + round,
                    missing + invented(hashed, ordered),
                    "SIGKILL after "
                            + Units.count(killed.acknowledged())
                            + " more acknowledged batches, reopened in "
                            + Units.nanos(reopenNanos)
                            + ", none of "
                            + Units.count(acknowledged)
                            + " lost or torn",
                    "entries are lost or were never written, of " + Units.count(acknowledged));
        }
    }

    private long missing(Keyspace hashed) {
        long missing = 0;
        try (var progress = new Progress(terminal, "check", acknowledged)) {
            for (long number = 1; number <= acknowledged; number++) {
                if (!Arrays.equals(
                        hashed.get(NumberedEntry.key(number)), NumberedEntry.value(number))) {
                    missing++;
                }
                progress.step(1);
            }
        }
        return missing;
    }

    /// The entries come in the order of their numbers, without a gap.
    private long missing(OrderedKeyspace ordered) {
        long found = 0;
        try (OrderedCursor cursor = ordered.cursor()) {
            for (long number = 1; number <= acknowledged && cursor.next(); number++) {
                if (Arrays.equals(cursor.key(), NumberedEntry.key(number))
                        && Arrays.equals(cursor.value(), NumberedEntry.value(number))) {
                    found++;
                }
            }
        }
        return acknowledged - found;
    }

    /// The batch that was under way may have happened, but only whole: in both keyspaces. None
    /// after it can have.
    private long invented(Keyspace hashed, OrderedKeyspace ordered) {
        byte[] key = NumberedEntry.key(acknowledged + 1);
        byte[] underWay = hashed.get(key);
        boolean whole =
                underWay == null || Arrays.equals(underWay, NumberedEntry.value(acknowledged + 1));
        boolean both = Arrays.equals(underWay, ordered.get(key));
        boolean beyond =
                hashed.contains(NumberedEntry.key(acknowledged + 2)) || ordered.higher(key) != null;
        return (whole ? 0L : 1L) + (both ? 0L : 1L) + (beyond ? 1L : 0L);
    }

    long reopenNanosMax() {
        return reopenNanosMax;
    }

    long acknowledged() {
        return acknowledged;
    }

    long lost() {
        return lost;
    }
}
