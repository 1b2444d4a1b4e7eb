package dev.kvarts.cli;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.VerifyReport;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// The demo, step by step. The truth is the JDK's image, read again each time and never from
/// memory.
final class Demo {
    private static final String KEYSPACE = "jdk";
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long RANDOM_GETS_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long RANDOM_SEED = 1;
    private static final long LATENCY_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

    private final DemoSite site;
    private final Path image;
    private final int rounds;
    private final DemoLog log;
    private final Terminal terminal;
    private final long start = System.nanoTime();
    private final List<byte[]> keys = new ArrayList<>();
    private final Histogram latencies = new Histogram(LATENCY_NANOS_MAX, 3);
    private long bytes;
    private long putNanos;
    private long getsPerSecond;
    private KeyspaceStats stats;
    private long cleanReopenNanos;
    private long killReopenNanosMax;
    private long acknowledged;
    private long lost;

    Demo(DemoSite site, Path image, int rounds, DemoLog log, Terminal terminal) {
        this.site = site;
        this.image = image;
        this.rounds = rounds;
        this.log = log;
        this.terminal = terminal;
    }

    DemoResult run() throws IOException {
        try (Session session = site.open()) {
            Keyspace keyspace = session.database().hashed(KEYSPACE);
            putAll(keyspace);
            session.database().flush(); // so that what follows is read from files, not from memory
            compareByGet(keyspace);
            compareByCursor(keyspace);
            getRandomly(keyspace);
            stats = keyspace.stats();
        }
        reopen();
        for (int round = 1; round <= rounds; round++) {
            killAndReopen(round);
        }
        verify();
        return result();
    }

    private void putAll(Keyspace keyspace) throws IOException {
        var source = new TreeSource(JdkImage.modules(), image, null, JdkImage.CLASS_FILES);
        try (var progress = new Progress(terminal, "put", -1)) {
            source.read(
                    (key, value) -> {
                        MemorySegment keySegment = MemorySegment.ofArray(key);
                        long before = System.nanoTime();
                        keyspace.put(keySegment, value);
                        putNanos += System.nanoTime() - before;
                        keys.add(key);
                        bytes += key.length + value.byteSize();
                        progress.step(1);
                    });
        }
        log.passed(
                "put",
                Units.count(keys.size())
                        + " class files of the running JDK, "
                        + Units.bytes(bytes)
                        + ", "
                        + Units.rate(keys.size(), putNanos));
    }

    private void compareByGet(Keyspace keyspace) throws IOException {
        long differing = 0;
        try (var progress = new Progress(terminal, "get", keys.size())) {
            for (byte[] key : keys) {
                if (!Arrays.equals(keyspace.get(key), original(key))) {
                    differing++;
                }
                progress.step(1);
            }
        }
        log.result(
                "get",
                differing,
                "every file read back, every byte equal",
                "files differ or are missing");
    }

    private void compareByCursor(Keyspace keyspace) throws IOException {
        long differing = 0;
        long seen = 0;
        try (Cursor cursor = keyspace.cursor();
                var progress = new Progress(terminal, "cursor", keys.size())) {
            while (cursor.next()) {
                if (!Arrays.equals(cursor.value(), original(cursor.key()))) {
                    differing++;
                }
                seen++;
                progress.step(1);
            }
        }
        differing += Math.abs(seen - keys.size());
        log.result(
                "cursor",
                differing,
                "every entry seen once, every byte equal",
                "entries differ or are missing");
    }

    private byte[] original(byte[] key) throws IOException {
        return Files.readAllBytes(
                JdkImage.modules().resolve(new String(key, StandardCharsets.UTF_8)));
    }

    private void getRandomly(Keyspace keyspace) throws IOException {
        var random = new SplittableRandom(RANDOM_SEED);
        getFor(WARM_UP_NANOS, keyspace, random);
        latencies.reset();
        long nanos = getFor(RANDOM_GETS_NANOS, keyspace, random);
        long count = latencies.getTotalCount();
        getsPerSecond = Units.perSecond(count, nanos);
        log.passed(
                "random",
                Units.count(count)
                        + " gets in "
                        + Units.nanos(nanos)
                        + ", p50 "
                        + Units.nanos(latencies.getValueAtPercentile(50))
                        + ", p99 "
                        + Units.nanos(latencies.getValueAtPercentile(99)));
    }

    private long getFor(long nanosMax, Keyspace keyspace, SplittableRandom random)
            throws IOException {
        long begin = System.nanoTime();
        long now = begin;
        while (now - begin < nanosMax) {
            byte[] key = keys.get(random.nextInt(keys.size()));
            if (keyspace.get(key) == null) {
                log.failed("random", "missing: " + Notation.escaped(key));
                break;
            }
            long after = System.nanoTime();
            latencies.recordValue(Math.min(after - now, LATENCY_NANOS_MAX));
            now = after;
        }
        return now - begin;
    }

    private void reopen() throws IOException {
        long before = System.nanoTime();
        try (Session session = site.open()) {
            byte[] first = session.database().hashed(KEYSPACE).get(keys.getFirst());
            cleanReopenNanos = System.nanoTime() - before;
            log.result(
                    "reopen",
                    Arrays.equals(first, original(keys.getFirst())) ? 0 : 1,
                    "after a clean close, first get after " + Units.nanos(cleanReopenNanos),
                    "entry differs");
        }
    }

    private void killAndReopen(int round) throws IOException {
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
            Keyspace numbered = session.database().hashed(DemoWriterCommand.KEYSPACE);
            boolean firstIsThere = numbered.contains(NumberedEntry.key(1));
            long reopenNanos = System.nanoTime() - before;
            killReopenNanosMax = Math.max(killReopenNanosMax, reopenNanos);
            long missing = firstIsThere ? missing(numbered) : acknowledged;
            lost = Math.max(lost, missing);
            log.result(
                    "kill " + round,
                    missing + invented(numbered),
                    "SIGKILL after "
                            + Units.count(killed.acknowledged())
                            + " more acknowledged writes, reopened in "
                            + Units.nanos(reopenNanos)
                            + ", none of "
                            + Units.count(acknowledged)
                            + " lost",
                    "entries are lost or were never written, of " + Units.count(acknowledged));
        }
    }

    private long missing(Keyspace numbered) {
        long missing = 0;
        try (var progress = new Progress(terminal, "check", acknowledged)) {
            for (long number = 1; number <= acknowledged; number++) {
                if (!Arrays.equals(
                        numbered.get(NumberedEntry.key(number)), NumberedEntry.value(number))) {
                    missing++;
                }
                progress.step(1);
            }
        }
        return missing;
    }

    /// The write that was under way may have happened, but only whole; none after it can have.
    private long invented(Keyspace numbered) {
        byte[] underWay = numbered.get(NumberedEntry.key(acknowledged + 1));
        boolean whole =
                underWay == null || Arrays.equals(underWay, NumberedEntry.value(acknowledged + 1));
        boolean beyond = numbered.contains(NumberedEntry.key(acknowledged + 2));
        return (whole ? 0L : 1L) + (beyond ? 1L : 0L);
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
                keys.size(),
                bytes,
                Units.perSecond(keys.size(), putNanos),
                getsPerSecond,
                latencies.getValueAtPercentile(50),
                latencies.getValueAtPercentile(99),
                StatsCommand.indexBytesPerEntry(stats),
                stats.writeAmplification(),
                stats.readsPerHit(),
                cleanReopenNanos,
                rounds,
                killReopenNanosMax,
                acknowledged,
                lost,
                System.nanoTime() - start);
    }
}
