package dev.kvarts.api;

import java.time.Duration;

/// Everything has a limit and the limit has a name.
public final class Limits {
    /// Shortest key, in bytes.
    public static final int KEY_SIZE_MIN = 1;

    /// Longest key, in bytes.
    public static final int KEY_SIZE_MAX = 65_536;

    /// Longest value that fits a `byte[]`, in bytes.
    public static final int VALUE_ARRAY_SIZE_MAX = Integer.MAX_VALUE - 8;

    /// Longest value given as a segment, in bytes.
    public static final long VALUE_SIZE_MAX = 0xFFFF_FFFFL;

    /// Most bytes that one batch may take in the commit log; a single value outside a batch may be
    /// larger.
    public static final long BATCH_SIZE_MAX = 1L << 30;

    /// Longest that a ttl, a retention or a history may be.
    public static final Duration LIFETIME_MAX = Duration.ofDays(366_000);

    /// Longest name of a merge operator, in bytes of UTF-8.
    public static final int MERGE_OPERATOR_NAME_SIZE_MAX = 255;

    /// Most keyspaces in one database.
    public static final int KEYSPACES_MAX = 1024;

    /// Longest name of a keyspace, in bytes of UTF-8.
    public static final int KEYSPACE_NAME_SIZE_MAX = 255;

    private Limits() {}
}
