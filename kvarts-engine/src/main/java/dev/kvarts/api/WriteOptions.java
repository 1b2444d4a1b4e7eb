package dev.kvarts.api;

import java.time.Duration;
import java.util.Objects;

/// How one write is to be done.
///
/// @param durability what it survives once acknowledged
/// @param ttl how long the entry lives, counted from the write, in milliseconds rounded down, but
///   at least one; null: as long as the keyspace has it by default; zero: for ever, also if the
///   keyspace has a default. A keyspace's maximum is not exceeded by any of them. Deletes ignore it
public record WriteOptions(Durability durability, Duration ttl) {
    public static final WriteOptions BUFFERED = new WriteOptions(Durability.BUFFERED);
    public static final WriteOptions SYNC = new WriteOptions(Durability.SYNC);
    public static final WriteOptions NONE = new WriteOptions(Durability.NONE);

    public WriteOptions {
        Objects.requireNonNull(durability, "durability");
        if (ttl != null && ttl.isNegative()) {
            throw new IllegalArgumentException("write option out of range: ttl=" + ttl + " min=0");
        }
    }

    public WriteOptions(Durability durability) {
        this(durability, null);
    }

    /// The same, with this time to live.
    public WriteOptions withTtl(Duration duration) {
        return new WriteOptions(durability, duration);
    }
}
