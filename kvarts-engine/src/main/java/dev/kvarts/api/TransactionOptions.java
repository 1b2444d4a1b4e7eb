package dev.kvarts.api;

import java.time.Duration;
import java.util.Objects;

/// What a transaction is to be.
///
/// @param isolation default [Isolation#SERIALIZABLE]
/// @param readOnly whether it refuses writes; it never conflicts and remembers nothing of what it
///   read
/// @param attemptsMax how often [Database#transact] tries before it lets the conflict out, 1..1000,
///   default 64
/// @param bytesMax bytes of keys and values that it may write, at most [Limits#BATCH_SIZE_MAX],
///   default 64 MiB; beyond it a write is refused
/// @param readsMax keys and ranges that a serializable one may read, default 1,000,000; beyond it a
///   read is refused
/// @param lockTimeout how long [Transaction#lockFor] waits, default 10 seconds
public record TransactionOptions(
        Isolation isolation,
        boolean readOnly,
        int attemptsMax,
        long bytesMax,
        int readsMax,
        Duration lockTimeout) {
    public static final int ATTEMPTS_MAX = 1_000;

    private static final TransactionOptions DEFAULTS =
            new TransactionOptions(
                    Isolation.SERIALIZABLE,
                    false,
                    64,
                    64L << 20,
                    1_000_000,
                    Duration.ofSeconds(10));

    public TransactionOptions {
        Objects.requireNonNull(isolation, "isolation");
        Objects.requireNonNull(lockTimeout, "lockTimeout");
        require("attemptsMax", attemptsMax, ATTEMPTS_MAX);
        require("bytesMax", bytesMax, Limits.BATCH_SIZE_MAX);
        require("readsMax", readsMax, Integer.MAX_VALUE);
        if (lockTimeout.isNegative()) {
            throw new IllegalArgumentException(
                    "transaction option out of range: lockTimeout=" + lockTimeout);
        }
    }

    private static void require(String name, long value, long max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(
                    "transaction option out of range: " + name + "=" + value + " min=1 max=" + max);
        }
    }

    public static TransactionOptions defaults() {
        return DEFAULTS;
    }

    /// One that only reads.
    public static TransactionOptions reading() {
        return DEFAULTS.withReadOnly(true);
    }

    public TransactionOptions withIsolation(Isolation level) {
        return new TransactionOptions(
                level, readOnly, attemptsMax, bytesMax, readsMax, lockTimeout);
    }

    public TransactionOptions withReadOnly(boolean reads) {
        return new TransactionOptions(
                isolation, reads, attemptsMax, bytesMax, readsMax, lockTimeout);
    }

    public TransactionOptions withAttemptsMax(int attempts) {
        return new TransactionOptions(
                isolation, readOnly, attempts, bytesMax, readsMax, lockTimeout);
    }

    public TransactionOptions withBytesMax(long bytes) {
        return new TransactionOptions(
                isolation, readOnly, attemptsMax, bytes, readsMax, lockTimeout);
    }

    public TransactionOptions withReadsMax(int reads) {
        return new TransactionOptions(
                isolation, readOnly, attemptsMax, bytesMax, reads, lockTimeout);
    }

    public TransactionOptions withLockTimeout(Duration timeout) {
        return new TransactionOptions(
                isolation, readOnly, attemptsMax, bytesMax, readsMax, timeout);
    }
}
