package dev.kvarts.lsm;

/// What compaction has not yet done, for slowing down writers.
///
/// @param bytes that a picker would have merged now; an estimate
/// @param runs that a lookup may have to look into, see [LevelView#layers]
record Debt(long bytes, int runs) {}
