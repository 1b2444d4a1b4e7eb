package dev.kvarts.api;

import java.util.Objects;

/// How one write is to be done.
///
/// @param durability what it survives once acknowledged
public record WriteOptions(Durability durability) {
    public static final WriteOptions BUFFERED = new WriteOptions(Durability.BUFFERED);
    public static final WriteOptions SYNC = new WriteOptions(Durability.SYNC);
    public static final WriteOptions NONE = new WriteOptions(Durability.NONE);

    public WriteOptions {
        Objects.requireNonNull(durability, "durability");
    }
}
