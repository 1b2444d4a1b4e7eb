package dev.kvarts.entry;

import dev.kvarts.api.KeyspaceOptions;

import java.time.Duration;

/// When what is written expires: by what the write says, else by the keyspace's default, and never
/// later than the keyspace lets anything live.
///
/// @param ttlMillis default of the keyspace; 0: what is written does not expire
/// @param maximumMillis most that anything may live; 0: no limit
public record Lifetimes(long ttlMillis, long maximumMillis) {
    private static final Lifetimes ENDLESS = new Lifetimes(0, 0);

    public static Lifetimes of(KeyspaceOptions options) {
        Duration ttl = options.ttl();
        Duration maximum = options.policy().retention();
        return ttl.isZero() && maximum.isZero()
                ? ENDLESS
                : new Lifetimes(millis(ttl), millis(maximum));
    }

    /// Whether a write that says nothing expires.
    public boolean endless() {
        return ttlMillis == 0 && maximumMillis == 0;
    }

    /// When a write expires; 0: it does not.
    ///
    /// @param ttl of the write; null: the keyspace's default; zero: it does not expire
    public long expiry(Duration ttl, long nowMillis) {
        long millis = ttl == null ? ttlMillis : millis(ttl);
        return limited(millis == 0 ? 0 : after(nowMillis, millis), nowMillis);
    }

    /// When something that is written anew with the expiry that it had expires.
    public long limited(long expiry, long nowMillis) {
        if (maximumMillis == 0) {
            return expiry;
        }
        long latest = after(nowMillis, maximumMillis);
        return expiry == 0 ? latest : Math.min(expiry, latest);
    }

    private static long after(long nowMillis, long millis) {
        return Math.min(EntryFormat.EXPIRY_MAX, nowMillis + millis);
    }

    /// At least a millisecond, if it is anything.
    public static long millis(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time to live is negative: " + duration);
        }
        if (duration.toSeconds() >= EntryFormat.EXPIRY_MAX / 1000) {
            return EntryFormat.EXPIRY_MAX;
        }
        long millis = duration.toMillis();
        return millis == 0 && !duration.isZero() ? 1 : millis;
    }
}
