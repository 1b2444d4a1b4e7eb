package dev.kvarts.manifest;

import dev.kvarts.api.KeyspaceOptions;

/// A keyspace and its files.
public sealed interface KeyspaceMeta permits HashedMeta, OrderedMeta {
    /// Shapes as they are on disk.
    int HASHED = 1;

    int ORDERED = 2;

    /// What the log calls it.
    int number();

    /// Unique.
    String name();

    KeyspaceOptions options();

    /// All its entries up to this sequence number are in files.
    long flushedSequence();

    KeyspaceMeta withOptions(KeyspaceOptions changed);

    /// The same keyspace with nothing in it.
    KeyspaceMeta withoutFiles();

    default int shape() {
        return switch (this) {
            case HashedMeta _ -> HASHED;
            case OrderedMeta _ -> ORDERED;
        };
    }
}
