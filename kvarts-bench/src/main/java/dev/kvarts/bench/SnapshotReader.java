package dev.kvarts.bench;

import dev.kvarts.api.Keyspace;
import dev.kvarts.api.Snapshot;

import java.util.concurrent.locks.LockSupport;

/// A thread that reads a few keys beside the writers, again and again, so many times per second; in
/// a snapshot that it opens for them, or without.
///
/// Thread safety: [#start] and [#end] by one thread.
final class SnapshotReader {
    private static final int KEYS = 4;
    private static final long WAIT_NANOS_MIN = 50_000; // shorter ones take as long anyway

    private final KvartsData store;
    private final Settings settings;
    private final long perSecond;
    private final boolean snapshots;
    private final Thread thread;

    private volatile boolean stop;
    private long turns; // read when the thread has ended
    private Throwable failure; // likewise
    private long startNanos;

    /// @param perSecond 0: as often as it can
    /// @param snapshots whether it opens one each time
    SnapshotReader(KvartsData store, Settings settings, long perSecond, boolean snapshots) {
        this.store = store;
        this.settings = settings;
        this.perSecond = perSecond;
        this.snapshots = snapshots;
        this.thread = Thread.ofPlatform().unstarted(this::run);
    }

    void start() {
        startNanos = System.nanoTime();
        thread.start();
    }

    /// Ends the thread; returns how many times per second it has read.
    double end() {
        stop = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        if (failure != null) {
            throw new IllegalStateException("reading beside writers failed: " + failure, failure);
        }
        return turns * 1e9 / (System.nanoTime() - startNanos);
    }

    private void run() {
        try {
            var random = new SplitMix(settings.seed);
            while (!stop) {
                turn(random);
                turns++;
                long wait =
                        perSecond == 0
                                ? 0
                                : startNanos
                                        + turns * 1_000_000_000 / perSecond
                                        - System.nanoTime();
                if (wait > WAIT_NANOS_MIN) {
                    LockSupport.parkNanos(wait);
                }
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private void turn(SplitMix random) {
        Keyspace keyspace = store.keyspace();
        if (snapshots) {
            try (Snapshot snapshot = store.database().snapshot()) {
                for (int i = 0; i < KEYS; i++) {
                    long number = random.below(settings.num);
                    check(number, snapshot.get(keyspace, key(number)));
                }
            }
        } else {
            for (int i = 0; i < KEYS; i++) {
                long number = random.below(settings.num);
                check(number, keyspace.get(key(number)));
            }
        }
    }

    private static byte[] key(long number) {
        byte[] key = Keys.create();
        Keys.present(key, number);
        return key;
    }

    private static void check(long number, byte[] value) {
        if (value == null || !Values.belongs(value, value.length, number)) {
            throw new IllegalStateException("wrong answer beside writers: number=" + number);
        }
    }
}
