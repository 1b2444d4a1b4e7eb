package dev.kvarts.cli;

import dev.kvarts.api.Keyspace;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// Reads random keys of a keyspace for a while, in one thread, and measures each read.
///
/// @param perSecond reads
/// @param p50Nanos half of them were not slower
/// @param p99Nanos 99 of 100 were not slower
record RandomGets(long perSecond, long p50Nanos, long p99Nanos) {
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long MEASURED_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);
    private static final long LATENCY_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
    private static final long RANDOM_SEED = 1;

    static RandomGets run(Keyspace keyspace, List<byte[]> keys, DemoLog log) throws IOException {
        var random = new SplittableRandom(RANDOM_SEED);
        getFor(WARM_UP_NANOS, keyspace, keys, random, log, new Histogram(LATENCY_NANOS_MAX, 3));
        var latencies = new Histogram(LATENCY_NANOS_MAX, 3);
        long nanos = getFor(MEASURED_NANOS, keyspace, keys, random, log, latencies);
        long count = latencies.getTotalCount();
        long p50 = latencies.getValueAtPercentile(50);
        long p99 = latencies.getValueAtPercentile(99);
        log.passed(
                "random",
                Units.count(count)
                        + " gets in "
                        + Units.nanos(nanos)
                        + ", p50 "
                        + Units.nanos(p50)
                        + ", p99 "
                        + Units.nanos(p99));
        return new RandomGets(Units.perSecond(count, nanos), p50, p99);
    }

    private static long getFor(
            long nanosMax,
            Keyspace keyspace,
            List<byte[]> keys,
            SplittableRandom random,
            DemoLog log,
            Histogram latencies)
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
}
