package dev.kvarts.api;

import java.time.Instant;

/// A record that is gathered from parts: see [Keyspace#writePartial].
///
/// @param value the parts so far, in the order in which they were committed; its own copy
/// @param sealed whether it takes no more parts: a final one came, or the window has ended
/// @param windowEnd when it takes no more parts, if no final one comes before
public record Gathered(byte[] value, boolean sealed, Instant windowEnd) {}
