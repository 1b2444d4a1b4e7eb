package dev.kvarts.log;

/// Where the records of a generation end: the offset after the last of them, 0 if the generation
/// counts for nothing.
public record LogEnd(long generation, long offset) {}
